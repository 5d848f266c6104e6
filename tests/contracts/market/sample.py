"""A small market for tests: two symbols, six weeks, one split and one dividend, all made up."""

import functools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from adapters.market_data.replay.history import DailyPrice, PriceHistory
from adapters.memory.market import MemoryCalendars, weekday_calendar
from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Split
from domain.market.sessions import SessionTable

CALENDAR = "TEST"
FIRST = date(2024, 1, 1)  # a Monday
DAYS = 30
SPLIT = Split(symbol="BBB", ex_date=date(2024, 1, 11), numerator=Decimal(2), denominator=Decimal(1))
DIVIDEND = Dividend(symbol="AAA", ex_date=date(2024, 1, 9), amount=Decimal("0.25"))


class YieldingSleeper:
    """Record how long was slept, without sleeping."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Return at once."""
        self.slept.append(seconds)


def weekdays(count: int = DAYS) -> Sequence[date]:
    """Return the first weekdays of the sample market."""
    days = (FIRST + timedelta(days=index) for index in range(count * 2))
    return [day for day in days if day.weekday() < 5][:count]


def calendars() -> MemoryCalendars:
    """Return the sample market's calendar, open 14:30 to 21:00 UTC."""
    return MemoryCalendars([_year()])


@functools.cache
def _year() -> tuple[str, SessionTable]:
    # Nothing changes a table: tests that begin anew hundreds of times share it.
    return weekday_calendar(CALENDAR, first=FIRST - timedelta(days=7), last=date(2024, 12, 31))


def history(days: int = DAYS) -> PriceHistory:
    """Return the sample prices; BBB halves on its split day and begins on the third day."""
    dates = weekdays(days)
    split = SPLIT.ex_date
    return PriceHistory(
        calendar=CALENDAR,
        instruments=tuple(
            Instrument(symbol=symbol, name=symbol, calendar=CALENDAR) for symbol in ("AAA", "BBB")
        ),
        prices={
            "AAA": [_price(day, level=Decimal(100 + index)) for index, day in enumerate(dates)],
            "BBB": [
                _price(day, level=Decimal(40 + index) / (2 if day >= split else 1))
                for index, day in enumerate(dates)
            ][2:],
        },
        splits=(SPLIT,) if split in dates else (),
        dividends=(DIVIDEND,) if DIVIDEND.ex_date in dates else (),
    )


def before_first() -> datetime:
    """Return a time before the sample market's first event."""
    return datetime.combine(FIRST, datetime.min.time(), UTC)


def _price(day: date, *, level: Decimal) -> DailyPrice:
    return DailyPrice(
        day, level, level + 3, level - 2, level + 1, Decimal(1000) + day.toordinal() % 97
    )
