"""A replay keeps its pace, can be paused, and goes on after any interruption where it stood."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from domain.market.latest import AVERAGE_VOLUME_DAYS
from domain.market.prices import MarketEvent, SessionClosed, SessionOpened, event_time
from domain.shared.values import InvalidValue
from ports.market import ReplayState
from tests.contracts.market.sample import (
    DAYS,
    SPLIT,
    YieldingSleeper,
    calendars,
    history,
    weekdays,
)

# Nine days: the second symbol begins on the third, its split is on the last.
FEW = 9


class Crash(Exception):
    """The listener's process died."""


class Recorder:
    """Keep events; die once, at the event with a given number, before keeping it."""

    def __init__(self, *, dies_at: int | None = None) -> None:
        self.events: list[MarketEvent] = []
        self._dies_at = dies_at

    async def __call__(self, event: MarketEvent) -> None:
        if len(self.events) == self._dies_at:
            self._dies_at = None
            raise Crash
        self.events.append(event)


async def feed_of(
    *,
    cursor: MemoryReplayCursor | None = None,
    settings: ReplaySettings | None = None,
    sleeper: YieldingSleeper | None = None,
    days: int = FEW,
) -> ReplayFeed:
    feed = ReplayFeed(
        read=lambda: history(days),
        calendars=calendars(),
        cursor=cursor or MemoryReplayCursor(),
        sleeper=sleeper or YieldingSleeper(),
        settings=settings or ReplaySettings(),
    )
    await feed.start()
    return feed


async def record(feed: ReplayFeed) -> list[MarketEvent]:
    recorder = Recorder()
    feed.subscribe(recorder)
    await feed.run()
    return recorder.events


def view_of(feed: ReplayFeed) -> tuple[object, ...]:
    return tuple(
        (feed.quote(symbol), feed.average_daily_volume(symbol), feed.bars(symbol, count=512))
        for symbol in ("AAA", "BBB")
    )


async def whole() -> list[MarketEvent]:
    return await record(await feed_of())


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


async def test_a_start_date_makes_the_days_before_it_history() -> None:
    start = weekdays()[AVERAGE_VOLUME_DAYS + 2]
    feed = await feed_of(days=DAYS, settings=ReplaySettings(start=start))
    assert (feed.days_done, feed.days_total) == (0, DAYS - AVERAGE_VOLUME_DAYS - 2)
    assert feed.average_daily_volume("BBB") is not None
    quote, bar = feed.quote("AAA"), feed.bars("AAA", count=1)[0]
    assert quote is not None
    assert (quote.last, quote.at) == (bar.close, bar.closed_at)
    session = calendars().session("TEST", at=feed.now())
    assert (session.is_open, session.date) == (False, start)
    events = await record(feed)
    assert isinstance(events[0], SessionOpened)
    assert events[0].date == start
    assert feed.days_done == feed.days_total


async def test_a_start_date_without_trading_means_the_next_session() -> None:
    saturday = date(2024, 1, 6)
    events = await record(await feed_of(settings=ReplaySettings(start=saturday)))
    assert isinstance(events[0], SessionOpened)
    assert events[0].date == date(2024, 1, 8)


async def test_the_end_date_is_the_last_day_delivered() -> None:
    events = await record(await feed_of(settings=ReplaySettings(end=date(2024, 1, 6))))
    last = events[-1]
    assert isinstance(last, SessionClosed)
    assert last.date == date(2024, 1, 5)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (ReplaySettings(start=date(2030, 1, 1)), "start"),
        (ReplaySettings(end=date(1999, 1, 1)), "end"),
        (ReplaySettings(start=date(2024, 1, 6), end=date(2024, 1, 7)), "start"),
    ],
)
async def test_a_range_without_prices_is_refused(settings: ReplaySettings, field: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        await feed_of(settings=settings)
    assert raised.value.field == field


async def test_the_cursor_wins_over_the_start_date() -> None:
    cursor = MemoryReplayCursor()
    await (await feed_of(cursor=cursor, settings=ReplaySettings(end=weekdays()[3]))).run()
    feed = await feed_of(cursor=cursor, settings=ReplaySettings(start=SPLIT.ex_date))
    events = await record(feed)
    assert isinstance(events[0], SessionOpened)
    assert events[0].date == weekdays()[4]


async def test_a_cursor_beyond_the_data_means_finished() -> None:
    beyond = datetime.fromisoformat("2024-12-31T00:00:00Z")
    feed = await feed_of(cursor=MemoryReplayCursor(beyond))
    assert feed.state() is ReplayState.FINISHED
    assert feed.now() == beyond
    assert feed.quote("AAA") is not None
    assert await record(feed) == []


async def test_a_cursor_before_the_data_starts_at_its_beginning() -> None:
    early = datetime.fromisoformat("2023-06-01T00:00:00Z")
    feed = await feed_of(cursor=MemoryReplayCursor(early))
    assert await record(feed) == await whole()


async def test_time_never_runs_backwards_over_restarts() -> None:
    cursor = MemoryReplayCursor()
    times: list[datetime] = []
    for index in range(FEW):
        feed = await feed_of(cursor=cursor, settings=ReplaySettings(end=weekdays()[index]))
        times.append(feed.now())
        await feed.run()
        times.append(feed.now())
    assert times == sorted(times)
    assert times[-1] - times[0] > timedelta(days=FEW - 1)


async def test_nothing_can_be_asked_before_start() -> None:
    feed = ReplayFeed(
        read=history,
        calendars=calendars(),
        cursor=MemoryReplayCursor(),
        sleeper=YieldingSleeper(),
        settings=ReplaySettings(),
    )
    with pytest.raises(RuntimeError, match="start"):
        feed.now()
    with pytest.raises(RuntimeError, match="start"):
        await feed.run()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds_per_day", -1.0),
        ("seconds_per_day", float("nan")),
        ("seconds_per_day", float("inf")),
        ("half_spread_ticks", -1),
        ("half_spread_ticks", 100_000),
    ],
)
def test_impossible_settings_are_refused(field: str, value: float) -> None:
    with pytest.raises(InvalidValue) as raised:
        ReplaySettings(**{field: value})  # type: ignore[arg-type]
    assert raised.value.field == field


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(InvalidValue, match="must not be after end"):
        ReplaySettings(start=date(2024, 2, 1), end=date(2024, 1, 1))
