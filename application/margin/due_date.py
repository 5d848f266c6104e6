"""Say until when a margin call may be met."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ports.market import Calendars, MarketClock, UnknownCalendar

_SATURDAY = 5
_DAY = timedelta(days=1)
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """Counts trading days of the market's calendar from today, which is none of them."""

    calendars: Calendars
    market_clock: MarketClock
    calendar: Callable[[], str]

    def __call__(self, days: int) -> date:
        """Return the last of so many trading days, today where there are none.

        Beyond what the calendar knows weekdays count: a call may be due too early, never too late.
        """
        at = self.market_clock.now()
        day, counted = at.date(), 0
        while counted < days:
            try:
                session = self.calendars.session(self.calendar(), at=at)
            except UnknownCalendar:
                return _weekdays_after(day, days - counted)
            if session.date > day:
                day, counted = session.date, counted + 1
            at = max(session.closes_at, at) + _MOMENT
        return day


def _weekdays_after(day: date, count: int) -> date:
    while count:
        day += _DAY
        count -= day.weekday() < _SATURDAY
    return day
