"""What whoever asks people's own strategy classes promises."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.market.prices import Bar
from ports.own_strategies import OwnStrategies, OwnStrategyFailed
from tests import builders
from tests.contracts.contract import Contract


def days(count: int) -> Sequence[Bar]:
    """Closed days whose prices rise by one each."""
    return [
        Bar(
            symbol="AAPL",
            opened_at=builders.MARKET_AT + timedelta(days=day),
            closed_at=builders.MARKET_AT + timedelta(days=day, hours=6),
            open=Decimal(100 + day),
            high=Decimal(102 + day),
            low=Decimal(99 + day),
            close=Decimal(101 + day),
            volume=Decimal(1_000),
        )
        for day in range(count)
    ]


class OwnStrategiesContract(Contract):
    """Subclasses give `own`, in which `rising` says 0.5 where a close is above the one before.

    It says nothing of the first day. `broken` raises KeyError("volume").
    """

    @pytest.fixture
    @abstractmethod
    async def own(self) -> OwnStrategies: ...

    async def test_there_is_one_score_a_bar(self, own: OwnStrategies) -> None:
        assert list(own.names()) == ["broken", "rising"]
        assert list(await own.scores("rising", days(4))) == [None, 0.5, 0.5, 0.5]
        assert list(await own.scores("rising", ())) == []

    async def test_one_that_fails_says_how_and_is_asked_again(self, own: OwnStrategies) -> None:
        for _ in range(2):
            with pytest.raises(OwnStrategyFailed, match="broken failed: KeyError: 'volume'"):
                await own.scores("broken", days(2))
        assert list(await own.scores("rising", days(2))) == [None, 0.5]

    async def test_one_that_is_not_there_is_told_of(self, own: OwnStrategies) -> None:
        with pytest.raises(OwnStrategyFailed, match="no class nobody is installed here"):
            await own.scores("nobody", days(2))
