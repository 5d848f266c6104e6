"""The journal, stream and wakeup in memory keep their promises."""

import pytest

from adapters.memory.streams import MemoryEventStream, MemoryWakeup
from ports.streams import EventStream, Wakeup
from tests.contracts.storage import OverMemory
from tests.contracts.streams.events import EventStreamContract
from tests.contracts.streams.journal import JournalContract
from tests.contracts.streams.wakeup import WakeupContract


class TestMemoryJournal(OverMemory, JournalContract):
    pass


class TestMemoryEventStream(EventStreamContract):
    @pytest.fixture
    async def stream(self) -> EventStream:
        return MemoryEventStream()


class TestMemoryWakeup(WakeupContract):
    @pytest.fixture
    async def wakeup(self) -> Wakeup:
        return MemoryWakeup()
