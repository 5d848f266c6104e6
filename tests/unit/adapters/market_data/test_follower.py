"""A follower sees the market that another process plays, never ahead, and never stale."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import STALE_S, ReplayFollower
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor, MemoryReplayPulses
from adapters.memory.time import ManualClock
from domain.market.prices import MarketEvent
from ports.market import ReplayPulse, ReplayState
from ports.storage import StorageUnavailable
from tests.contracts.market.sample import calendars, history
from tests.unit.adapters.market_data.replays import FEW, Crash, Recorder, feed_of, whole


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


async def test_the_last_prices_are_kept_and_not_to_be_relied_on_once_the_player_is_silent() -> None:
    two = Two()
    player = await two.player()
    await player.run()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.quote("AAA") is not None
    assert two.follower.average_daily_volume("AAA") == player.average_daily_volume("AAA")
    assert two.follower.problem() == ""
    two.clock.advance(STALE_S + 0.1)
    assert "no process plays the market" in two.follower.problem()
    assert two.follower.state() is ReplayState.DOWN
    # Price enough to leave at.
    assert two.follower.quote("AAA") == player.quote("AAA")
    await turns()
    # Looking again does not help: it is the player who says nothing.
    assert two.follower.problem()
    await two.pulses.tell(ReplayState.RUNNING)
    await turns()
    assert two.follower.problem() == ""
    following.cancel()


async def test_prices_are_not_to_be_relied_on_once_the_storage_is_silent() -> None:
    two = Two()
    await (await two.player()).run()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.problem() == ""
    two.pulses.away = True
    two.clock.advance(STALE_S + 0.1)
    await turns()
    assert two.follower.problem()
    following.cancel()


async def test_a_player_that_was_never_heard_of_is_down() -> None:
    two = Two()
    await two.follower.start()
    assert "nothing was ever heard" in two.follower.problem()
    assert two.follower.state() is ReplayState.DOWN
    assert two.follower.quote("AAA") is None


async def test_a_player_whose_feed_is_down_says_so_although_it_is_heard() -> None:
    two = Two()
    await two.pulses.tell(ReplayState.DOWN)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert "its feed is down" in two.follower.problem()
    assert two.follower.state() is ReplayState.DOWN
    two.follower.resume()
    assert two.follower.state() is ReplayState.DOWN
    following.cancel()


async def test_a_follower_that_cannot_deliver_is_down_although_the_player_goes_on() -> None:
    two = Two()
    await two.follower.start()
    await (await two.player()).run()
    await two.pulses.tell(ReplayState.RUNNING)
    two.follower.subscribe(Recorder(dies_at=3))
    with suppress(Crash):
        await two.follower.run()
    assert "it failed" in two.follower.problem()


async def test_a_pause_is_passed_on_and_shown_at_once() -> None:
    two = Two()
    await two.pulses.tell(ReplayState.RUNNING)
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await asyncio.sleep(0)
    assert two.follower.state() is ReplayState.RUNNING
    two.follower.pause()
    assert two.follower.state() is ReplayState.PAUSED
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


async def test_a_process_that_read_fewer_days_than_are_played_says_so() -> None:
    two = Two()
    player = await two.player()
    await two.pulses.tell(ReplayState.RUNNING)
    await player.run()
    await two.follower.start()
    following = asyncio.create_task(two.follower.run())
    await turns()
    assert two.follower.problem() == ""
    # The player was started again, on a folder that has grown since.
    await two.cursor.save(player.now() + timedelta(days=1))
    await two.pulses.tell(ReplayState.RUNNING)
    await turns()
    assert "beyond the prices" in two.follower.problem()
    assert two.follower.state() is ReplayState.DOWN
    following.cancel()
