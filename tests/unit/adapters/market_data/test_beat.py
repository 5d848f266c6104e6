"""A feed that should deliver and does not says so, whatever its clock shows."""

import asyncio
from datetime import UTC, datetime

import pytest

from adapters.market_data.beat import LATE_S
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from adapters.memory.time import ManualClock, ManualSleeper
from domain.market.prices import MarketEvent
from ports.market import ReplayState
from tests.contracts.market.sample import calendars, history
from tests.unit.adapters.market_data.replays import FEW, Crash, Recorder

# A quarter of it lies between two steps of a day.
PACE = ReplaySettings(seconds_per_day=40.0)


class Played:
    """A feed at a pace, and the clock that it goes by."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.feed = ReplayFeed(
            read=lambda: history(FEW),
            calendars=calendars(),
            cursor=MemoryReplayCursor(),
            clock=self.clock,
            sleeper=ManualSleeper(self.clock),
            settings=PACE,
        )

    async def turns(self, count: int = 200) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    async def run(self) -> "asyncio.Task[None]":
        task = asyncio.create_task(self.feed.run())
        await self.turns()
        return task


async def test_a_feed_that_nobody_runs_is_down() -> None:
    played = Played()
    await played.feed.start()
    assert played.feed.problem() == "it is not running"
    assert played.feed.state() is ReplayState.DOWN
    running = await played.run()
    assert played.feed.problem() == ""
    assert played.feed.state() is ReplayState.RUNNING
    running.cancel()
    await played.turns()
    assert played.feed.problem() == "it is not running"


async def test_the_wait_for_the_next_step_is_no_silence_and_what_is_longer_is() -> None:
    played = Played()
    await played.feed.start()
    running = await played.run()
    # Time passes for the clock alone, as when the loop that should play is stuck.
    played.clock.set_wall(played.clock.now())
    gap_s = PACE.seconds_per_day / 4
    played.clock.advance(gap_s - 0.1)
    assert played.feed.problem() == ""
    played.clock.advance(LATE_S)
    # The sleeper has woken the feed, which had no turn yet: it is not late enough so far.
    assert played.feed.problem() == ""
    played.clock.advance(0.2)
    assert "overdue" in played.feed.problem()
    assert played.feed.state() is ReplayState.DOWN
    await played.turns()
    assert played.feed.state() is ReplayState.RUNNING
    running.cancel()


async def test_a_listener_that_hangs_makes_the_feed_silent() -> None:
    played = Played()
    await played.feed.start()
    hangs = asyncio.Event()

    async def hang(_: MarketEvent) -> None:
        await hangs.wait()

    played.feed.subscribe(hang)
    running = await played.run()
    assert played.feed.problem() == ""
    played.clock.advance(LATE_S + 0.1)
    assert "silent" in played.feed.problem()
    hangs.set()
    await played.turns()
    assert played.feed.problem() == ""
    running.cancel()


async def test_a_listener_that_fails_is_named_until_the_event_has_reached_it() -> None:
    played = Played()
    await played.feed.start()
    recorder = Recorder(dies_at=1)
    played.feed.subscribe(recorder)
    with pytest.raises(Crash):
        await played.feed.run()
    assert played.feed.problem() == "it failed: Crash: "
    assert played.feed.state() is ReplayState.DOWN
    running = await played.run()
    assert played.feed.problem() == ""
    running.cancel()


async def test_a_pause_is_no_silence_however_long_it_lasts() -> None:
    played = Played()
    await played.feed.start()
    played.feed.pause()
    running = await played.run()
    played.clock.advance(1_000_000.0)
    assert played.feed.state() is ReplayState.PAUSED
    assert played.feed.problem() == ""
    played.feed.resume()
    await played.turns()
    assert played.feed.state() is ReplayState.RUNNING
    running.cancel()
