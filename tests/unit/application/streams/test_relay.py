"""The relay publishes every notice, in order, and never stands beyond what was published."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.memory.time import ManualClock, ManualSleeper
from application.streams.relay import BATCH, PACE_S, POLL_S, Relay
from domain.shared.notices import Notice
from ports.storage import StorageUnavailable
from ports.streams import PublishedNotice, StreamUnavailable, Subscriber
from tests import builders

TENANT = builders.new_id()


@dataclass(slots=True)
class Recorder:
    """A stream that keeps what it was given, or refuses it."""

    notices: list[Notice] = field(default_factory=list)
    refusing: bool = False
    away: bool = False
    tries: int = 0

    async def publish(self, notices: Sequence[Notice]) -> None:
        self.tries += 1
        if self.away:
            raise StreamUnavailable("it has them, or not")
        if self.refusing:
            raise StorageUnavailable("the stream is away")
        self.notices += notices

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        raise AssertionError("the relay only publishes")


@dataclass(slots=True)
class Bench:
    """A relay over a journal in memory."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    heard: Recorder = field(default_factory=Recorder)
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    wakeup: MemoryWakeup = field(default_factory=MemoryWakeup)
    journal: MemoryJournal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(MemoryLink(self.database))

    def relay(self) -> Relay:
        return Relay(
            journal=self.journal,
            stream=self.heard,
            wakeup=self.wakeup,
            sleeper=ManualSleeper(self.clock),
        )

    def tell(self, count: int) -> None:
        told = len(self.database.notices)
        self.database.notices += [
            builders.notice(tenant_id=TENANT, sequence=told + n + 1) for n in range(count)
        ]

    async def saved(self) -> str:
        return await self.journal.load_cursor(reader="relay")

    def sequences(self) -> list[int]:
        return [one.sequence for one in self.heard.notices]


async def test_all_there_is_is_published_in_order() -> None:
    bench = Bench()
    bench.tell(2 * BATCH + 7)
    assert await bench.relay().drain() == 2 * BATCH + 7
    assert bench.sequences() == list(range(1, 2 * BATCH + 8))


async def test_where_it_stands_is_saved_when_there_is_nothing_more() -> None:
    bench = Bench()
    relay = bench.relay()
    bench.tell(3)
    await relay.drain()
    assert await bench.saved() == ""
    assert await relay.drain() == 0
    assert await bench.saved() == "3"


async def test_under_traffic_it_is_saved_once_in_a_batch() -> None:
    bench = Bench()
    relay = bench.relay()
    for _ in range(BATCH + 1):
        bench.tell(1)
        await relay.drain()
    assert await bench.saved() == str(BATCH)


async def test_another_life_goes_on_where_the_last_one_was_saved() -> None:
    bench = Bench()
    first = bench.relay()
    bench.tell(BATCH + 2)
    await first.drain()
    again = bench.relay()
    await again.resume()
    while await again.drain():
        pass
    assert await bench.saved() == str(BATCH + 2)
    # Not saved are the two behind the whole batch at most: those alone come twice.
    assert set(bench.sequences()) == set(range(1, BATCH + 3))
    assert len(bench.sequences()) <= BATCH + 4


async def test_what_the_stream_refused_comes_with_the_next_round() -> None:
    bench = Bench()
    relay = bench.relay()
    bench.tell(4)
    bench.heard.refusing = True
    with pytest.raises(StorageUnavailable):
        await relay.drain()
    assert await bench.saved() == ""
    bench.heard.refusing = False
    assert await relay.drain() == 4
    assert bench.sequences() == [1, 2, 3, 4]


class AwayOnce(MemoryJournal):
    """A journal that fails at its second reading."""

    reads: ClassVar[int] = 0

    async def after(self, *, cursor: str, limit: int) -> Sequence[PublishedNotice]:
        AwayOnce.reads += 1
        if AwayOnce.reads == 2:
            raise StorageUnavailable("away for a moment")
        return await MemoryJournal.after(self, cursor=cursor, limit=limit)


async def test_a_journal_that_fails_while_it_is_read_ahead_costs_nothing() -> None:
    bench = Bench()
    AwayOnce.reads = 0
    bench.journal = AwayOnce(MemoryLink(bench.database))
    relay = bench.relay()
    bench.tell(2 * BATCH + 1)
    with pytest.raises(StorageUnavailable):
        await relay.drain()
    assert await bench.saved() == str(BATCH)
    assert await relay.drain() == BATCH + 1
    assert bench.sequences() == list(range(1, 2 * BATCH + 2))


async def test_while_there_is_traffic_notices_are_gathered() -> None:
    bench = Bench()
    running = asyncio.create_task(bench.relay()())
    bench.tell(1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.sequences() == [1]
    bench.tell(2)
    bench.wakeup.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.sequences() == [1]
    bench.clock.advance(PACE_S)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.sequences() == [1, 2, 3]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_hints_make_no_busy_loop_while_the_stream_is_away() -> None:
    bench = Bench()
    bench.heard.away = True
    bench.tell(1)
    running = asyncio.create_task(bench.relay()())
    for _ in range(50):
        bench.wakeup.set()
        await asyncio.sleep(0)
    assert bench.heard.tries == 1
    bench.clock.advance(POLL_S)
    for _ in range(10):
        await asyncio.sleep(0)
    assert bench.heard.tries == 2
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
