"""What every adapter of ReplayCursor promises."""

from abc import abstractmethod
from datetime import UTC, datetime, timedelta

import pytest

from domain.shared.values import InvalidValue
from ports.market import ReplayCursor, ReplayPlace
from tests.contracts.contract import Contract

AT = datetime(2000, 3, 1, 14, 30, 0, 123456, tzinfo=UTC)


class ReplayCursorContract(Contract):
    """Subclasses give a fixture `cursor` that nothing was saved to."""

    @pytest.fixture
    @abstractmethod
    def cursor(self) -> ReplayCursor: ...

    async def test_nothing_is_loaded_at_first(self, cursor: ReplayCursor) -> None:
        assert await cursor.load() == ReplayPlace(lap=1, at=None)

    async def test_what_was_saved_last_is_loaded_exactly(self, cursor: ReplayCursor) -> None:
        await cursor.save(AT)
        await cursor.save(AT + timedelta(microseconds=1))
        place = await cursor.load()
        assert place.lap == 1
        loaded = place.at
        assert loaded is not None
        assert loaded == AT + timedelta(microseconds=1)
        assert loaded.tzinfo is UTC

    async def test_a_time_without_zone_is_refused(self, cursor: ReplayCursor) -> None:
        with pytest.raises(InvalidValue):
            await cursor.save(AT.replace(tzinfo=None))
        assert await cursor.load() == ReplayPlace()
