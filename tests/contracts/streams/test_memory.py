"""The journal, stream and wakeup in memory keep their promises."""

from dataclasses import dataclass

import pytest

from adapters.memory.stream_monitor import MemoryStreamMonitor
from adapters.memory.streams import MemoryEventStream, MemoryWakeup
from adapters.memory.time import ManualClock
from ports.streams import EventStream, Wakeup
from tests import builders
from tests.contracts.storage import OverMemory
from tests.contracts.streams.alarms import ConsumerRestartsContract, StandingAlarmsContract
from tests.contracts.streams.events import EventStreamContract
from tests.contracts.streams.journal import JournalContract
from tests.contracts.streams.monitor import StreamMonitorContract, WatchedLog
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


class TestMemoryStandingAlarms(OverMemory, StandingAlarmsContract):
    pass


class TestMemoryConsumerRestarts(OverMemory, ConsumerRestartsContract):
    pass


@dataclass(frozen=True, slots=True)
class MemoryLog:
    """The log of numbers (WatchedLog)."""

    monitor: MemoryStreamMonitor
    topic: str = "ballast.a"
    group: str = "g"

    async def produce(self, count: int) -> None:
        self.monitor.produce(self.topic, count=count)

    async def commit(self, offset: int) -> None:
        self.monitor.commit(self.group, topic=self.topic, offset=offset)

    async def cut(self) -> None:
        self.monitor.reachable = False

    async def mend(self) -> None:
        self.monitor.reachable = True


class TestMemoryStreamMonitor(StreamMonitorContract):
    @pytest.fixture
    async def log(self) -> WatchedLog:
        log = MemoryLog(MemoryStreamMonitor(clock=ManualClock(builders.AT)))
        log.monitor.make_topic(log.topic)
        return log
