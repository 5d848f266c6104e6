"""A replay keeps its pace, can be paused, and goes on after any interruption where it stood."""

import asyncio
from datetime import datetime

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from adapters.system.time import SystemClock
from domain.market.prices import MarketEvent, SessionClosed, SessionOpened, event_time
from ports.market import ReplayState
from tests.contracts.market.sample import YieldingSleeper, calendars, history
from tests.unit.adapters.market_data.replays import (
    FEW,
    Crash,
    Recorder,
    feed_of,
    record,
    view_of,
    whole,
)


async def test_two_runs_are_the_same_to_the_byte() -> None:
    first, second = await whole(), await whole()
    assert repr(first).encode() == repr(second).encode()


async def test_a_restart_after_a_crash_at_any_event_loses_nothing_and_repeats_one_step() -> None:
    expected = await whole()
    finished = await feed_of()
    await finished.run()
    for dies_at in range(len(expected)):
        cursor = MemoryReplayCursor()
        recorder = Recorder(dies_at=dies_at)
        crashed = await feed_of(cursor=cursor)
        crashed.subscribe(recorder)
        with pytest.raises(Crash):
            await crashed.run()
        again = await feed_of(cursor=cursor)
        after = await record(again)
        assert recorder.events == expected[:dies_at]
        assert after == expected[len(expected) - len(after) :]
        repeated = dies_at + len(after) - len(expected)
        assert repeated >= 0
        # All that repeats belongs to the one step at which it died.
        at = event_time(expected[dies_at])
        assert all(event_time(event) == at for event in after[:repeated])
        assert view_of(again) == view_of(finished)


async def test_a_restart_knows_what_was_known_up_to_the_cursor() -> None:
    expected = await whole()
    for at in sorted({event_time(event) for event in expected}):
        seen = await feed_of()
        known: dict[datetime, tuple[object, ...]] = {}

        async def look(
            event: MarketEvent,
            known: dict[datetime, tuple[object, ...]] = known,
            seen: ReplayFeed = seen,
        ) -> None:
            known[event_time(event)] = view_of(seen)

        seen.subscribe(look)
        await seen.run()
        restarted = await feed_of(cursor=MemoryReplayCursor(at))
        assert restarted.now() == at
        assert view_of(restarted) == known[at]


async def test_running_again_after_an_error_repeats_only_the_event_that_failed() -> None:
    expected = await whole()
    for dies_at in range(len(expected)):
        feed = await feed_of()
        before, dying, after = Recorder(), Recorder(dies_at=dies_at), Recorder()
        for each in (before, dying, after):
            feed.subscribe(each)
        with pytest.raises(Crash):
            await feed.run()
        await feed.run()
        assert before.events == [*expected[: dies_at + 1], *expected[dies_at:]]
        assert dying.events == after.events == expected
        assert feed.state() is ReplayState.FINISHED


async def test_a_cursor_that_cannot_be_saved_stops_the_feed_until_it_can() -> None:
    class BrokenOnce(MemoryReplayCursor):
        broken = True

        async def save(self, at: datetime) -> None:
            if self.broken:
                self.broken = False
                raise ConnectionError
            await super().save(at)

    feed = await feed_of(cursor=BrokenOnce())
    recorder = Recorder()
    feed.subscribe(recorder)
    with pytest.raises(ConnectionError):
        await feed.run()
    assert {event_time(event) for event in recorder.events} == {feed.now()}
    await feed.run()
    assert recorder.events == await whole()


async def test_a_pause_holds_the_next_event_and_a_resume_lets_it_go() -> None:
    expected = await whole()
    feed = await feed_of()
    recorder = Recorder()

    async def pause_at_tenth(_: MarketEvent) -> None:
        if len(recorder.events) == 10:
            feed.pause()

    feed.subscribe(recorder)
    feed.subscribe(pause_at_tenth)
    running = asyncio.create_task(feed.run())
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(recorder.events) == 10
    assert feed.state() is ReplayState.PAUSED
    time = feed.now()
    feed.resume()
    assert feed.state() is ReplayState.RUNNING
    await running
    assert feed.now() > time
    assert recorder.events == expected
    feed.pause()
    assert feed.state() is ReplayState.FINISHED


async def test_a_cancelled_run_goes_on_where_it_stood() -> None:
    feed = await feed_of()
    recorder = Recorder()
    feed.subscribe(recorder)
    feed.pause()
    running = asyncio.create_task(feed.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert recorder.events == []
    feed.resume()
    await feed.run()
    assert recorder.events == await whole()


async def test_a_trading_day_takes_the_wall_time_set_and_a_night_none() -> None:
    sleeper = YieldingSleeper()
    feed = await feed_of(sleeper=sleeper, settings=ReplaySettings(seconds_per_day=8))
    await feed.run()
    assert sleeper.slept == [2, 2, 2, 2, 0] * FEW


async def test_at_full_speed_others_get_their_turn_once_a_day() -> None:
    sleeper = YieldingSleeper()
    await (await feed_of(sleeper=sleeper, settings=ReplaySettings(seconds_per_day=0))).run()
    assert sleeper.slept == [0] * FEW


async def test_the_cursor_is_saved_at_the_open_the_close_and_between() -> None:
    class Keeping(MemoryReplayCursor):
        saved: list[datetime]

        async def save(self, at: datetime) -> None:
            self.saved.append(at)

    cursor = Keeping()
    cursor.saved = []
    events = await record(await feed_of(cursor=cursor))
    assert cursor.saved == sorted({event_time(event) for event in events})
    borders = [event.at for event in events if isinstance(event, SessionOpened | SessionClosed)]
    assert set(borders) <= set(cursor.saved)


async def test_nothing_can_be_asked_before_start() -> None:
    feed = ReplayFeed(
        read=history,
        calendars=calendars(),
        cursor=MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=YieldingSleeper(),
        settings=ReplaySettings(),
    )
    with pytest.raises(RuntimeError, match="start"):
        feed.now()
    with pytest.raises(RuntimeError, match="start"):
        await feed.run()
