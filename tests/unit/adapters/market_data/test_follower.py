"""A follower sees the market that another process plays, never ahead, and never stale."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import STALE_S, ReplayFollower
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor, MemoryReplayPulses
from adapters.memory.time import ManualClock
from domain.market.prices import MarketEvent
from ports.market import ReplayPulse, ReplayState
from ports.storage import StorageUnavailable
from tests.contracts.market.sample import calendars, history
from tests.unit.adapters.market_data.replays import FEW, Recorder, feed_of, whole


class Pulses(MemoryReplayPulses):
    """Pulses whose storage a test can take away."""

    away = False

    async def hear(self) -> ReplayPulse | None:
        if self.away:
            raise StorageUnavailable("away")
        return await super().hear()


class OneTurn:
    """Sleep for one turn of the loop."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Two:
    """A process that plays and one that follows."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.cursor = MemoryReplayCursor()
        self.pulses = Pulses(clock=self.clock, cursor=self.cursor)
        self.follower = ReplayFollower(
            read=lambda: history(FEW),
            calendars=calendars(),
            cursor=self.cursor,
            pulses=self.pulses,
            clock=self.clock,
            sleeper=OneTurn(),
            settings=ReplaySettings(),
        )
        self.seen = Recorder()
        self.follower.subscribe(self.seen)

    async def player(self) -> ReplayFeed:
        return await feed_of(cursor=self.cursor)


async def turns(count: int = 400) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_delivers_what_was_delivered_there_and_no_more() -> None:
    two = Two()
    expected = await whole()
    player = await two.player()
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    played: list[MarketEvent] = []

    async def check(event: MarketEvent) -> None:
        played.append(event)
        await turns(20)
        # What is being delivered there now is not known here yet.
        assert len(two.seen.events) < len(played)

    player.subscribe(check)
    await two.pulses.tell(ReplayState.RUNNING)
    await turns()
    assert two.seen.events == []
    await player.run()
    await turns()
    assert two.seen.events == expected
    assert two.follower.now() == player.now()
    for symbol in ("AAA", "BBB"):
        assert two.follower.quote(symbol) == player.quote(symbol)
        assert two.follower.bars(symbol, count=9) == player.bars(symbol, count=9)
    following.cancel()


async def test_there_are_no_prices_once_the_player_is_silent() -> None:
    two = Two()
    player = await two.player()
    await player.run()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.quote("AAA") is not None
    assert two.follower.average_daily_volume("AAA") == player.average_daily_volume("AAA")
    two.clock.advance(STALE_S + 0.1)
    assert two.follower.quote("AAA") is None
    assert two.follower.average_daily_volume("AAA") is None
    await turns()
    # Looking again does not help: it is the player who says nothing.
    assert not two.follower.is_fresh()
    await two.pulses.tell(ReplayState.RUNNING)
    await turns()
    assert two.follower.quote("AAA") is not None
    following.cancel()


async def test_there_are_no_prices_once_the_storage_is_silent() -> None:
    two = Two()
    await (await two.player()).run()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.is_fresh()
    two.pulses.away = True
    two.clock.advance(STALE_S + 0.1)
    await turns()
    assert not two.follower.is_fresh()
    following.cancel()


async def test_nobody_ever_heard_of_gives_no_prices() -> None:
    two = Two()
    await two.follower.start()
    assert not two.follower.is_fresh()
    assert two.follower.quote("AAA") is None


async def test_a_pause_is_passed_on_and_shown_at_once() -> None:
    two = Two()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    assert two.follower.state() is ReplayState.RUNNING
    two.follower.pause()
    assert two.follower.state() is ReplayState.PAUSED
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert await two.pulses.take_wish() is True
    await two.pulses.tell(ReplayState.PAUSED)
    await turns()
    assert two.follower.state() is ReplayState.PAUSED
    two.follower.resume()
    await turns()
    assert await two.pulses.take_wish() is False
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
