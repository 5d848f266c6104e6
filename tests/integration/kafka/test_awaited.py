"""Before its topics are made a worker of commands says so once, and then begins."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from adapters.kafka.awaited import AwaitedTopics, waits
from adapters.kafka.connection import KafkaAddress
from adapters.kafka.consumer import CommandConsumer
from adapters.kafka.sink import KafkaMessageSink
from adapters.kafka.topics import make_topics
from adapters.kafka.transport import KafkaCommandSource
from adapters.memory.time import ManualClock
from adapters.system.supervisor import Supervisor
from adapters.telemetry.health import HealthBoard
from ports.commands import Outgoing, ReceivedMessage, TransportUnavailable
from ports.health import Component, ComponentState
from tests.builders import AT
from tests.services.ports import free_ports
from tests.waiting import eventually

PART = "kafka_commands"


class _Worker:
    """A consumer of a topic of the test's own, as the product runs one."""

    def __init__(self, bootstrap: str) -> None:
        self.address = KafkaAddress(bootstrap=bootstrap)
        name = uuid4().hex[:12]
        self.names = [f"commands-{name}", f"replies-{name}"]
        self.board = HealthBoard(clock=ManualClock(AT))
        self.board.declare(PART, required=False)
        self.heard: list[bytes | None] = []
        topics = AwaitedTopics(address=self.address, names=self.names, told=self._told)
        self.consumer = topics.before(
            CommandConsumer(
                source=KafkaCommandSource(
                    address=self.address, group=f"group-{name}", topic=self.names[0]
                ),
                sink=KafkaMessageSink(address=self.address),
                process=self._process,
                is_held=lambda: False,
            )
        )
        self.supervisor = Supervisor(health=self.board, on_restart=lambda _: None)

    def _told(self, problem: str | None) -> None:
        state = ComponentState.UP if problem is None else ComponentState.DEGRADED
        self.board.set(PART, state, detail=problem or "")

    async def _process(self, received: ReceivedMessage) -> None:
        self.heard.append(received.value)

    @property
    def part(self) -> Component:
        return next(one for one in self.board.components() if one.name == PART)

    async def make(self, *names: str) -> None:
        await make_topics(names, address=self.address, partitions=1, replicas=1)


@asynccontextmanager
async def _working(bootstrap: str) -> AsyncIterator[_Worker]:
    worker = _Worker(bootstrap)
    worker.supervisor.start("commands", worker.consumer.run, required=False, may_end=True)
    try:
        yield worker
    finally:
        await worker.supervisor.stop(timeout_s=10)


class _KeptLines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def library() -> Iterator[list[str]]:
    """Give what the client library complains of."""
    kept, logger = _KeptLines(), logging.getLogger("aiokafka")
    logger.addHandler(kept)
    yield kept.lines
    logger.removeHandler(kept)


async def test_missing_topics_are_said_once_and_what_is_sent_then_is_taken_in(
    kafka_bootstrap: str, library: list[str]
) -> None:
    with capture_logs() as logs:
        async with _working(kafka_bootstrap) as worker:
            commands, replies = worker.names
            await eventually(lambda: worker.part.state is ComponentState.DEGRADED)
            assert worker.part.detail == f"no topic {commands}, {replies}: run `ballast topics`"
            # Several looks later, one of which comes after half of them are there.
            await worker.make(replies)
            await eventually(lambda: replies not in worker.part.detail)
            await asyncio.sleep(1.0)
            assert worker.part.detail == f"no topic {commands}: run `ballast topics`"
            await worker.make(commands)
            await eventually(lambda: worker.part.state is ComponentState.UP)
            sink = KafkaMessageSink(address=worker.address)
            await sink.start()
            await sink.send([Outgoing(topic=commands, key=b"k", value=b"first")])
            await sink.stop()
            await eventually(lambda: worker.heard == [b"first"])
            assert worker.board.components()[0].state is ComponentState.UP
    ours = [one for one in logs if one["event"].startswith("commands.topics")]
    assert [(one["event"], one.get("topics")) for one in ours] == [
        ("commands.topics_missing", [commands, replies]),
        ("commands.topics_missing", [commands]),
        ("commands.topics_found", None),
    ]
    assert {one["event"] for one in logs} & {"task.failed"} == set()
    # A Kafka that has just started may have no coordinator of groups yet, and say so.
    assert [line for line in library if commands in line or replies in line] == []


async def test_whoever_is_told_to_finish_waits_no_longer(kafka_bootstrap: str) -> None:
    async with _working(kafka_bootstrap) as worker:
        await eventually(lambda: worker.part.state is ComponentState.DEGRADED)
        worker.consumer.finish()
        assert await worker.supervisor.join("commands", timeout_s=10)
        await worker.make(*worker.names)
    assert worker.heard == []


def test_it_is_looked_for_ever_less_often_up_to_some_seconds() -> None:
    assert list(itertools.islice(waits(), 6)) == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


async def test_kafka_that_is_away_is_told_and_raised() -> None:
    told: list[str | None] = []
    address = KafkaAddress(bootstrap=f"127.0.0.1:{free_ports(1)[0]}")
    topics = AwaitedTopics(address=address, names=["a"], told=told.append)
    with pytest.raises(TransportUnavailable):
        await topics.wait(finished=asyncio.Event())
    assert len(told) == 1
    assert "Kafka" in str(told[0])
