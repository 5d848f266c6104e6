"""Events reach Kafka at least once and in order, and wait while it is away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events import KafkaEventStream
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.system.time import SystemSleeper
from application.streams.relay import Relay
from domain.shared.notices import Notice
from ports.streams import EventStream, StreamUnavailable
from tests import builders
from tests.contracts.streams.events import EventStreamContract, Start
from tests.services.service import Service
from tests.waiting import eventually


class TestKafkaEventStream(EventStreamContract):
    @pytest.fixture
    async def stream(self, kafka_bootstrap: str) -> AsyncIterator[EventStream]:
        stream = KafkaEventStream(address=KafkaAddress(bootstrap=kafka_bootstrap))
        yield stream
        await stream.stop()

    @pytest.fixture
    async def start(self, stream: KafkaEventStream) -> Start:
        return stream.start


async def test_brokers_that_are_not_there_are_told_of_soon_and_not_asked_all_the_time() -> None:
    asked = 0

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    notice = builders.notice(tenant_id=builders.new_id(), sequence=1)
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = KafkaEventStream(address=KafkaAddress(bootstrap=f"127.0.0.1:{port}"))
        with pytest.raises(StreamUnavailable):
            await stream.publish([notice])
        at_first = asked
        # However slow the machine is: the next is due when a part of a second is over.
        for _ in range(50):
            with pytest.raises(StreamUnavailable):
                await stream.publish([notice])
        await stream.stop()
    assert 0 < at_first <= asked < at_first * 50


async def test_the_backlog_drains_when_the_brokers_are_back(own_kafka: Service) -> None:
    tenant_id = builders.new_id()
    database = MemoryDatabase()
    journal = MemoryJournal(MemoryLink(database))
    address = KafkaAddress(bootstrap=own_kafka.url)
    out, back = KafkaEventStream(address=address), KafkaEventStream(address=address)
    states: list[Exception | None] = []
    relay = Relay(
        journal=journal,
        stream=out,
        wakeup=MemoryWakeup(),
        sleeper=SystemSleeper(),
        reader="kafka",
        on_state=states.append,
    )
    heard: list[Notice] = []

    async def hear(notice: Notice) -> None:
        if notice.tenant_id == tenant_id:
            heard.append(notice)

    def tell(count: int) -> None:
        told = len(database.notices)
        database.notices += [
            builders.notice(tenant_id=tenant_id, sequence=told + number + 1)
            for number in range(count)
        ]

    back.subscribe(name="test", subscriber=hear)
    await back.start()
    tell(50)
    relaying = asyncio.create_task(relay())
    await eventually(lambda: len(heard) >= 50)
    own_kafka.pause()
    try:
        tell(500)
        await eventually(lambda: isinstance(states[-1], StreamUnavailable), within_s=40)
        tell(50)
    finally:
        own_kafka.resume()
    await eventually(lambda: {one.sequence for one in heard} >= set(range(1, 601)), within_s=40)
    await eventually(lambda: states[-1] is None)
    relaying.cancel()
    # Some may come twice; none comes for the first time before an earlier one.
    first_times: list[int] = []
    for notice in heard:
        if notice.sequence not in first_times:
            first_times.append(notice.sequence)
    assert first_times == list(range(1, 601))
    await asyncio.gather(out.stop(), back.stop(), relaying, return_exceptions=True)
