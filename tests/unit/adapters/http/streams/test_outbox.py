"""The line of frames towards one reader: order, room, and what happens when it is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from adapters.http.streams.outbox import Outbox
from adapters.memory.time import ManualClock


class Peer:
    """Takes frames at once, or holds them up, or is gone."""

    def __init__(self) -> None:
        self.took: list[str] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = False
        self.closed: list[tuple[int, str]] = []
        self.broken: list[Exception] = []
        self.clock = ManualClock(datetime(2026, 1, 7, tzinfo=UTC))
        self.outbox = Outbox(
            send=self.send,
            clock=self.clock,
            frames_max=4,
            close=lambda code, reason: self.closed.append((code, reason)),
            broken=self.broken.append,
        )

    async def send(self, message: Any) -> None:
        if self.gone:
            raise ConnectionResetError
        await self.reads.wait()
        self.took.append(message["text"])

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.outbox.write())
        await settled()
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_frame_for_a_reader_that_keeps_up_is_gone_at_once() -> None:
    peer = Peer()
    async with peer.writing():
        for frame in "abc":
            peer.outbox.push(frame)
        # No other task had a turn.
        assert peer.took == ["a", "b", "c"]
        assert not peer.outbox.is_stalled(after_s=0)


async def test_frames_keep_their_order_when_the_reader_stops_and_goes_on() -> None:
    peer = Peer()
    async with peer.writing():
        peer.outbox.push("a")
        peer.reads.clear()
        for frame in "bcd":
            peer.outbox.push(frame)
        await settled()
        assert peer.took == ["a"]
        peer.clock.advance(5)
        assert peer.outbox.is_stalled(after_s=5)
        assert not peer.outbox.is_stalled(after_s=5.1)
        peer.reads.set()
        await settled()
        peer.outbox.push("e")
        assert peer.took == ["a", "b", "c", "d", "e"]


async def test_one_too_many_closes_and_none_is_dropped_before() -> None:
    peer = Peer()
    async with peer.writing():
        peer.reads.clear()
        for frame in "abcde":
            peer.outbox.push(frame)
        assert peer.closed == []
        peer.outbox.push("f")
        assert [code for code, _ in peer.closed] == [1013]
        peer.reads.set()
        await settled()
        assert peer.took == ["a", "b", "c", "d", "e"]


async def test_history_waits_for_room_instead_of_closing() -> None:
    peer = Peer()
    async with peer.writing():
        peer.reads.clear()

        async def replay() -> None:
            for frame in "abcdefgh":
                await peer.outbox.push_when_room(frame)

        telling = asyncio.create_task(replay())
        await settled()
        assert not telling.done()
        peer.reads.set()
        await asyncio.wait_for(telling, 1)
        await settled()
        assert peer.took == list("abcdefgh")
        assert peer.closed == []


async def test_only_the_latest_quote_of_a_symbol_waits_and_events_pass_it() -> None:
    peer = Peer()
    async with peer.writing():
        peer.reads.clear()
        peer.outbox.push("event-1")
        for number in range(3):
            peer.outbox.offer_quote("AAPL", f"aapl-{number}")
        peer.outbox.offer_quote("MSFT", "msft-0")
        peer.outbox.push("event-2")
        peer.reads.set()
        await settled()
        assert peer.took[:4] == ["event-1", "event-2", "aapl-2", "msft-0"]
        assert json.loads(peer.took[4])["dropped"] == 2
        peer.outbox.offer_quote("AAPL", "aapl-3")
        assert peer.took[5:] == ["aapl-3"]


async def test_a_reader_that_is_gone_costs_the_teller_nothing() -> None:
    peer = Peer()
    async with peer.writing():
        peer.gone = True
        peer.outbox.push("a")
        assert [type(error) for error in peer.broken] == [ConnectionResetError]


async def test_a_sign_of_life_is_left_out_while_anything_waits() -> None:
    peer = Peer()
    async with peer.writing():
        peer.reads.clear()
        peer.outbox.push("a")
        peer.outbox.push_if_idle("beat")
        peer.reads.set()
        await settled()
        peer.outbox.push_if_idle("beat")
        assert peer.took == ["a", "beat"]
