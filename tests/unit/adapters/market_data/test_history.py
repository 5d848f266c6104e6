"""Prices that disagree with the calendar, their instruments or their splits are refused."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.market_data.replay.history import PriceHistory, trading_days
from adapters.memory.market import MemoryCalendars, weekday_calendar
from domain.market.prices import Split
from ports.market import MarketDataCorrupt, UnknownCalendar
from tests.contracts.market.sample import CALENDAR, DAYS, SPLIT, calendars, history, weekdays


def without(symbol: str, index: int) -> PriceHistory:
    whole = history()
    prices = list(whole.prices[symbol])
    del prices[index]
    return replace(whole, prices={**whole.prices, symbol: prices})


def test_days_follow_the_calendar_with_symbols_in_order() -> None:
    days = trading_days(history(), calendars=calendars())
    assert [day.date for day in days] == list(weekdays())
    assert [each.symbol for each, _ in days[0].prices] == ["AAA"]
    assert [each.symbol for each, _ in days[2].prices] == ["AAA", "BBB"]
    assert [day.date for day in days if day.splits] == [SPLIT.ex_date]


def test_a_day_missing_within_a_symbols_prices_is_refused() -> None:
    with pytest.raises(MarketDataCorrupt, match="BBB must have one price per session"):
        trading_days(without("BBB", 7), calendars=calendars())


def test_a_symbol_may_begin_later_and_end_earlier() -> None:
    assert len(trading_days(without("BBB", 0), calendars=calendars())) == DAYS
    assert len(trading_days(without("BBB", -1), calendars=calendars())) == DAYS


def test_a_price_on_a_holiday_is_refused() -> None:
    holiday = weekdays()[5]
    closed = MemoryCalendars(
        [
            weekday_calendar(
                CALENDAR,
                first=date(2023, 12, 1),
                last=date(2024, 12, 31),
                holidays=frozenset({holiday}),
            )
        ]
    )
    with pytest.raises(MarketDataCorrupt, match=f"differs on {holiday}"):
        trading_days(history(), calendars=closed)


def test_a_day_that_no_price_knows_is_refused() -> None:
    whole = history()
    prices = {
        symbol: [each for each in prices if each.date != weekdays()[5]]
        for symbol, prices in whole.prices.items()
    }
    with pytest.raises(MarketDataCorrupt, match=f"differs on {weekdays()[5]}"):
        trading_days(replace(whole, prices=prices), calendars=calendars())


@pytest.mark.parametrize("last", [date(2024, 1, 20), date(2023, 12, 8)])
def test_prices_beyond_the_calendar_are_refused(last: date) -> None:
    short = MemoryCalendars([weekday_calendar(CALENDAR, first=date(2023, 12, 1), last=last)])
    with pytest.raises(MarketDataCorrupt):
        trading_days(history(), calendars=short)


def test_prices_without_instrument_are_refused() -> None:
    with pytest.raises(MarketDataCorrupt, match="BBB has prices but no instrument"):
        trading_days(
            replace(history(), instruments=history().instruments[:1]), calendars=calendars()
        )


def test_a_history_without_prices_is_refused() -> None:
    with pytest.raises(MarketDataCorrupt, match="empty"):
        trading_days(replace(history(), prices={}), calendars=calendars())
    emptied = replace(history(), prices={**history().prices, "BBB": []})
    with pytest.raises(MarketDataCorrupt, match="BBB has no prices"):
        trading_days(emptied, calendars=calendars())


@pytest.mark.parametrize(
    "split",
    [
        replace(SPLIT, ex_date=SPLIT.ex_date + timedelta(days=2)),
        replace(SPLIT, ex_date=weekdays()[0]),
        replace(SPLIT, symbol="CCC"),
    ],
)
def test_a_split_on_a_day_without_prices_is_refused(split: Split) -> None:
    with pytest.raises(MarketDataCorrupt, match="falls on a day without prices"):
        trading_days(replace(history(), splits=(split,)), calendars=calendars())


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(UnknownCalendar):
        trading_days(replace(history(), calendar="NONE"), calendars=calendars())


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": Decimal(0)},
        {"low": Decimal(-1)},
        {"low": Decimal(102)},
        {"high": Decimal(99)},
        {"close": Decimal("NaN")},
        {"open": Decimal("Infinity")},
        {"volume": Decimal(-1)},
        {"volume": Decimal("NaN")},
    ],
    ids=str,
)
def test_what_is_no_price_is_refused_by_symbol_and_day(wrong: dict[str, Any]) -> None:
    sound = history()
    first, *others = sound.prices["AAA"]
    rows = [replace(first, **wrong), *others]
    with pytest.raises(MarketDataCorrupt, match=f"AAA on {first.date}"):
        trading_days(replace(sound, prices={**sound.prices, "AAA": rows}), calendars=calendars())


def test_the_least_of_prices_is_one() -> None:
    sound = history()
    first, *others = sound.prices["AAA"]
    one = first.open
    flat = replace(first, high=one, low=one, close=one, volume=Decimal(0))
    days = trading_days(
        replace(sound, prices={**sound.prices, "AAA": [flat, *others]}), calendars=calendars()
    )
    assert days[0].prices[0][1] == flat
