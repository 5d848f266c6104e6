"""Answer from exchange_calendars whether a market is open."""

import asyncio
import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.market.prices import Session
from domain.market.sessions import ALWAYS_OPEN, OpenHours, SessionTable, always_open_session
from ports.market import OutsideCalendar, UnknownCalendar

# The XNYS schedule is asked from the first replayed day on; a year before costs nothing.
FIRST_DATE = date(1999, 1, 1)

# The exchanges whose every day is one stretch with a night behind it: daily prices can be
# played on these. A lunch break, or a market that hardly closes, has no such days.
DAILY_CALENDARS = (
    *("BVMF", "IEPA", "XAMS", "XASX", "XBDA", "XBKK", "XBOG", "XBOM", "XBRA", "XBRU"),
    *("XBUD", "XBUE", "XCBF", "XCSE", "XDUB", "XDUS", "XEEE", "XETR", "XEUR", "XFRA"),
    *("XHAM", "XHEL", "XICE", "XIDX", "XIST", "XJSE", "XKAR", "XKLS", "XKRX", "XLIM"),
    *("XLIS", "XLIT", "XLJU", "XLON", "XLUX", "XMAD", "XMEX", "XMIL", "XMOS", "XNYS"),
    *("XNZE", "XOSL", "XPAR", "XPHS", "XPRA", "XRIS", "XSES", "XSGO", "XSTO", "XSTU"),
    *("XSWX", "XTAI", "XTAL", "XTSE", "XWAR", "XWBO", "XZAG"),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS_PER_MICROSECOND = 1000


class ExchangeCalendars:
    """Trading sessions of the named exchanges (ISO 10383 codes) and of the market "24/7".

    start() reads the schedules, from `first` to `last` or else to a year from now, which
    is as far as exchanges publish theirs. After it look-ups only search sorted lists.
    """

    def __init__(
        self, *, names: Sequence[str], first: date = FIRST_DATE, last: date | None = None
    ) -> None:
        self._names = tuple(name for name in dict.fromkeys(names) if name != ALWAYS_OPEN)
        self._first = first
        self._last = last
        self._tables: dict[str, SessionTable] = {}

    async def start(self) -> None:
        """Load the schedules in a thread; raise UnknownCalendar or OutsideCalendar."""
        # The import brings pandas and takes a second: other parts start meanwhile.
        self._tables = await asyncio.to_thread(self._load)

    def session(self, calendar: str, *, at: datetime) -> Session:
        """Return the session at a time; raise UnknownCalendar, OutsideCalendar."""
        if calendar == ALWAYS_OPEN:
            return always_open_session(at=at)
        table = self._tables.get(calendar)
        if table is None:
            loaded = ", ".join(sorted((*self._tables, ALWAYS_OPEN)))
            raise UnknownCalendar(f"no calendar {calendar!r} is loaded, only {loaded}")
        session = table.session(at=at)
        if session is None:
            raise OutsideCalendar(
                f"calendar {calendar} is known from {table.starts_at} until {table.ends_at},"
                f" not at {at}"
            )
        return session

    def _load(self) -> dict[str, SessionTable]:
        return {
            name: SessionTable(
                calendar=name, hours=_hours(_schedule(name, first=self._first, last=self._last))
            )
            for name in self._names
        }


def session_dates(calendar: str, *, first: date, last: date) -> list[date]:
    """Return the days of an exchange's sessions; raises UnknownCalendar, OutsideCalendar.

    It brings pandas and takes a second: not to be called in a loop that others wait for.
    """
    return sorted({one.date for one in _hours(_schedule(calendar, first=first, last=last))})


def _schedule(name: str, *, first: date, last: date | None) -> Any:
    import exchange_calendars

    try:
        with warnings.catch_warnings():
            # exchange_calendars 4.13 calls what pandas 3.1 deprecates: not our reader's
            # concern, and an error where warnings are errors.
            warnings.simplefilter("ignore", DeprecationWarning)
            return exchange_calendars.get_calendar(name, start=first, end=last)
    except exchange_calendars.errors.InvalidCalendarName as error:
        raise UnknownCalendar(
            f"exchange_calendars knows no calendar {name!r};"
            " use an ISO 10383 code such as XNYS, or 24/7"
        ) from error
    except ValueError as error:
        raise OutsideCalendar(f"calendar {name}: {error}") from error


def _hours(schedule: Any) -> list[OpenHours]:
    """Turn a schedule into open hours, two for a day with a lunch break."""
    hours: list[OpenHours] = []
    for day, opens, closes, pauses, resumes in zip(
        schedule.sessions.date,
        schedule.opens_nanos.tolist(),
        schedule.closes_nanos.tolist(),
        schedule.break_starts_nanos.tolist(),
        schedule.break_ends_nanos.tolist(),
        strict=True,
    ):
        # A missing break is NaT, the smallest integer.
        parts = [(opens, closes)] if pauses < opens else [(opens, pauses), (resumes, closes)]
        hours.extend(
            OpenHours(date=day, opens_at=_time(start), closes_at=_time(end)) for start, end in parts
        )
    return hours


def _time(nanoseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=nanoseconds // _NANOSECONDS_PER_MICROSECOND)
