"""A replay covers the range set, goes on from the cursor, and refuses impossible settings."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from domain.market.latest import AVERAGE_VOLUME_DAYS
from domain.market.prices import SessionClosed, SessionOpened
from domain.shared.values import InvalidValue
from ports.market import ReplayState
from tests.contracts.market.sample import DAYS, SPLIT, calendars, weekdays
from tests.unit.adapters.market_data.replays import FEW, feed_of, record, whole


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
def test_impossible_settings_are_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as raised:
        ReplaySettings(**{field: value})
    assert raised.value.field == field


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(InvalidValue, match="must not be after end"):
        ReplaySettings(start=date(2024, 2, 1), end=date(2024, 1, 1))
