"""What every adapter of ReplayPulses promises."""

from abc import abstractmethod
from datetime import UTC, datetime

import pytest

from ports.market import ReplayCursor, ReplayPulses, ReplayState
from tests.contracts.contract import Contract

AT = datetime(2000, 3, 1, 14, 30, tzinfo=UTC)


class ReplayPulsesContract(Contract):
    """Subclasses give `pulses`, to which nothing was told, and the `cursor` of that replay."""

    @pytest.fixture
    @abstractmethod
    def pulses(self) -> ReplayPulses: ...

    @pytest.fixture
    @abstractmethod
    def cursor(self) -> ReplayCursor: ...

    async def test_nothing_is_heard_at_first(self, pulses: ReplayPulses) -> None:
        assert await pulses.hear() is None

    async def test_the_latest_word_is_heard_with_the_cursor(
        self, pulses: ReplayPulses, cursor: ReplayCursor
    ) -> None:
        await pulses.tell(ReplayState.RUNNING)
        heard = await pulses.hear()
        assert heard is not None
        assert (heard.at, heard.state) == (None, ReplayState.RUNNING)
        await cursor.save(AT)
        await pulses.tell(ReplayState.PAUSED)
        heard = await pulses.hear()
        assert heard is not None
        assert (heard.at, heard.state) == (AT, ReplayState.PAUSED)
        assert 0 <= heard.age_s < 10

    async def test_a_wish_is_taken_once_and_the_latest_counts(self, pulses: ReplayPulses) -> None:
        assert await pulses.take_wish() is None
        await pulses.wish(paused=True)
        await pulses.wish(paused=False)
        assert await pulses.take_wish() is False
        assert await pulses.take_wish() is None
        await pulses.wish(paused=True)
        assert await pulses.take_wish() is True
