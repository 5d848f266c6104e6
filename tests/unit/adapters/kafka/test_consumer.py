"""The consumer keeps order per key, never skips, and lets nothing hold up the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from adapters.kafka.consumer import CommandConsumer, ConsumerLimits
from adapters.memory.commands import MemoryCommandSource, MemoryMessageSink, MemoryTopics
from ports.commands import Outgoing, Partition, ReceivedMessage, TransportUnavailable
from tests.waiting import eventually

TOPIC = "commands"
ACCOUNTS = [f"account-{number}".encode() for number in range(6)]


@dataclass(slots=True)
class Line:
    """Consumers over one log, and what they carried out, in the order that they did."""

    topics: MemoryTopics = field(default_factory=lambda: MemoryTopics(partitions=3))
    done: list[tuple[bytes, int]] = field(default_factory=list)
    running: dict[tuple[bytes, int], int] = field(default_factory=dict)
    most: int = 0
    held: bool = False
    # Awaited before a message is done.
    gate: Callable[[ReceivedMessage], Awaitable[None]] | None = None
    tasks: list[tuple[CommandConsumer, "asyncio.Task[None]"]] = field(default_factory=list)

    def put(self, key: bytes, number: int) -> ReceivedMessage:
        return self.topics.put(Outgoing(topic=TOPIC, key=key, value=str(number).encode()))

    def put_many(self, numbers: range) -> None:
        for number in numbers:
            for account in ACCOUNTS:
                self.put(account, number)

    async def process(self, received: ReceivedMessage) -> None:
        assert received.key is not None
        one = (received.key, int(received.value or b"0"))
        self.running[one] = self.running.get(one, 0) + 1
        self.most = max(self.most, len(self.running))
        try:
            await asyncio.sleep(0)
            if self.gate is not None:
                await self.gate(received)
            self.done.append(one)
        finally:
            del self.running[one]

    def start(self, *, in_flight_max: int = 8, drain_s: float = 0.2) -> CommandConsumer:
        consumer = CommandConsumer(
            source=MemoryCommandSource(self.topics, topic=TOPIC),
            sink=MemoryMessageSink(self.topics),
            process=self.process,
            is_held=lambda: self.held,
            limits=ConsumerLimits(in_flight_max=in_flight_max, poll_s=0.002, drain_s=drain_s),
        )
        self.tasks.append((consumer, asyncio.create_task(consumer.run())))
        return consumer

    async def until(self, holds: Callable[[], bool]) -> None:
        await eventually(holds, within_s=5, every_s=0.001)

    async def drained(self) -> None:
        await self.until(lambda: self.topics.lag(TOPIC) == 0)

    async def kill(self) -> None:
        for _, task in self.tasks:
            task.cancel()
        await asyncio.gather(*(task for _, task in self.tasks), return_exceptions=True)
        self.tasks.clear()

    def of(self, account: bytes) -> list[int]:
        return [number for key, number in self.done if key == account]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    await made.kill()


async def test_the_order_of_a_key_holds_while_keys_overtake_each_other(line: Line) -> None:
    slow = asyncio.Event()

    async def hold_the_first(received: ReceivedMessage) -> None:
        if received.key == ACCOUNTS[0]:
            await slow.wait()

    line.gate = hold_the_first
    line.put_many(range(3))
    line.start(in_flight_max=32)
    await line.until(lambda: len(line.done) == 15)
    assert line.of(ACCOUNTS[0]) == []
    slow.set()
    await line.drained()
    assert all(line.of(account) == [0, 1, 2] for account in ACCOUNTS)


async def test_no_more_is_in_hand_than_may_be(line: Line) -> None:
    line.put_many(range(20))
    line.start(in_flight_max=3)
    await line.drained()
    assert line.most <= 3
    assert len(line.done) == 120


async def test_nothing_is_committed_over_what_is_not_done(line: Line) -> None:
    slow = asyncio.Event()

    async def hold_one(received: ReceivedMessage) -> None:
        if received.key == ACCOUNTS[0]:
            await slow.wait()

    line.gate = hold_one
    first = line.put(ACCOUNTS[0], 0)
    line.put_many(range(1, 5))
    line.start(in_flight_max=64)
    await line.until(lambda: len(line.done) == 20)
    await asyncio.sleep(0.01)
    assert line.topics.committed(first.partition) == 0
    await line.kill()
    slow.set()
    line.start(in_flight_max=64)
    await line.drained()
    assert line.of(ACCOUNTS[0]) == [0, 1, 2, 3, 4]


async def test_what_was_not_committed_before_a_crash_comes_again(line: Line) -> None:
    line.put_many(range(10))
    line.start()
    await line.until(lambda: len(line.done) > 20)
    await line.kill()
    line.start()
    await line.drained()
    for account in ACCOUNTS:
        seen = line.of(account)
        assert sorted(set(seen)) == list(range(10))
        assert list(dict.fromkeys(seen)) == list(range(10))


async def test_a_rebalance_in_the_middle_loses_nothing_and_keeps_the_order(line: Line) -> None:
    line.put_many(range(10))
    line.start()
    await line.until(lambda: len(line.done) > 10)
    line.start()
    await line.until(lambda: len(line.done) > 30)
    (leaver, task), *_ = line.tasks
    leaver.finish()
    await task
    line.put_many(range(10, 12))
    await line.drained()
    # Each was given up only when it was done: nobody had to do anything twice.
    assert all(line.of(account) == list(range(12)) for account in ACCOUNTS)


async def test_what_takes_too_long_at_a_rebalance_goes_to_the_next_one(line: Line) -> None:
    stuck: list[ReceivedMessage] = []

    async def stick_once(received: ReceivedMessage) -> None:
        if not stuck:
            stuck.append(received)
            await asyncio.Event().wait()

    line.gate = stick_once
    line.put_many(range(4))
    line.start(drain_s=0.02)
    await line.until(lambda: bool(stuck))
    line.start(drain_s=0.02)
    await line.drained()
    # What was done behind the stuck one comes again, in its order: the inbox answers it.
    assert all(list(dict.fromkeys(line.of(one))) == [0, 1, 2, 3] for one in ACCOUNTS)


async def test_while_storage_is_down_nothing_is_taken(line: Line) -> None:
    line.held = True
    line.put_many(range(2))
    line.start()
    await asyncio.sleep(0.02)
    assert line.done == []
    assert line.running == {}
    line.held = False
    await line.drained()
    assert len(line.done) == 12


async def test_it_finishes_what_is_in_hand_and_commits_it(line: Line) -> None:
    line.put_many(range(100))
    consumer = line.start(in_flight_max=4)
    await line.until(lambda: len(line.done) > 3)
    consumer.finish()
    await line.tasks[0][1]
    assert line.running == {}
    committed = sum(line.topics.committed(Partition(TOPIC, number)) for number in range(3))
    assert committed == len(line.done) < 600


async def test_a_defect_ends_the_run_and_is_not_committed_over(line: Line) -> None:
    broken = True

    async def break_once(received: ReceivedMessage) -> None:
        if broken and received.value == b"2":
            raise RuntimeError("a defect")

    line.gate = break_once
    line.put_many(range(5))
    line.start()
    with pytest.raises(RuntimeError, match="a defect"):
        await line.tasks[0][1]
    broken = False
    line.tasks.clear()
    line.start()
    await line.drained()
    assert all(list(dict.fromkeys(line.of(one))) == [0, 1, 2, 3, 4] for one in ACCOUNTS)


async def test_nothing_overtakes_a_broken_message_of_its_key(line: Line) -> None:
    broken = asyncio.Event()

    async def break_the_first(received: ReceivedMessage) -> None:
        if received.value == b"0" and not broken.is_set():
            broken.set()
            raise RuntimeError("a defect")

    line.gate = break_the_first
    line.put(ACCOUNTS[0], 0)
    consumer = line.start(in_flight_max=8)
    # What is behind it comes while the consumer waits for more, and the break with it.
    receive = consumer.source.receive

    async def receive_later(*, limit: int, timeout_s: float) -> Sequence[ReceivedMessage]:
        found = await receive(limit=limit, timeout_s=timeout_s)
        if line.running or broken.is_set():
            await broken.wait()
            line.put(ACCOUNTS[0], 1)
            await asyncio.sleep(0.01)
            return await receive(limit=limit, timeout_s=timeout_s)
        return found

    consumer.source.receive = receive_later  # type: ignore[method-assign]  # the defect
    with pytest.raises(RuntimeError, match="a defect"):
        await line.tasks.pop()[1]
    assert line.done == []
    line.start()
    await line.drained()
    assert list(dict.fromkeys(line.of(ACCOUNTS[0]))) == [0, 1]


async def test_a_log_that_is_down_is_told_and_the_run_can_begin_again(line: Line) -> None:
    line.topics.down = True
    line.start()
    with pytest.raises(TransportUnavailable):
        await line.tasks.pop()[1]
    line.topics.down = False
    line.put_many(range(1))
    consumer = line.start()
    await line.drained()
    line.topics.down = True
    with pytest.raises(TransportUnavailable):
        await line.tasks.pop()[1]
    line.topics.down = False
    line.put_many(range(1, 2))
    line.tasks.append((consumer, asyncio.create_task(consumer.run())))
    await line.drained()
    assert all(line.of(account) == [0, 1] for account in ACCOUNTS)
