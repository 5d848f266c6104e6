"""What every source of a strategy's factor promises."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest

from domain.strategies.factors import FactorAbsent
from ports.strategy_factors import FactorSource
from tests.contracts.contract import Contract

SYMBOL, SILENT, UNKNOWN = "AAPL", "IBM", "ZZZZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A source that says something of SYMBOL by now, nothing of SILENT, and knows no UNKNOWN.

    later: moves time on, lets something else become known, and returns the new moment.
    """

    source: FactorSource
    tenant_id: UUID
    model: str
    now: datetime
    later: Callable[[], Awaitable[datetime]]

    async def said(self, symbol: str, *, at: datetime) -> float | FactorAbsent:
        """Ask it."""
        return await self.source.of(
            tenant_id=self.tenant_id, symbol=symbol, model=self.model, at=at
        )


class FactorSourceContract(Contract):
    """Subclasses give `telling`."""

    @pytest.fixture
    @abstractmethod
    async def telling(self) -> Telling: ...

    async def test_what_is_said_is_from_minus_one_to_one(self, telling: Telling) -> None:
        said = await telling.said(SYMBOL, at=telling.now)
        assert isinstance(said, float), said
        assert -1 <= said <= 1
        assert said != 0

    async def test_without_anything_known_it_is_absent_with_a_reason(
        self, telling: Telling
    ) -> None:
        for symbol in (SILENT, UNKNOWN):
            said = await telling.said(symbol, at=telling.now)
            assert isinstance(said, FactorAbsent)
            assert said.reason

    async def test_the_same_is_said_of_the_same_moment(self, telling: Telling) -> None:
        said = await telling.said(SYMBOL, at=telling.now)
        assert await telling.said(SYMBOL, at=telling.now) == said

    async def test_what_became_known_later_counts_then_alone(self, telling: Telling) -> None:
        before = await telling.said(SYMBOL, at=telling.now)
        later = await telling.later()
        after = await telling.said(SYMBOL, at=later)
        assert isinstance(after, float)
        assert after != before


class DatedFactorSourceContract(FactorSourceContract):
    """Of sources that keep what they knew when: they can be asked of an earlier moment."""

    async def test_an_earlier_moment_is_told_as_it_was(self, telling: Telling) -> None:
        before = await telling.said(SYMBOL, at=telling.now)
        await telling.later()
        assert await telling.said(SYMBOL, at=telling.now) == before
