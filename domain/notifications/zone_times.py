"""Find the moments of wall times in a zone, on the days when clocks are changed too."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.shared.values import InvalidValue

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone of a name; raises InvalidValue."""
    try:
        return ZoneInfo(name)
    # A name that is no path below the zones raises ValueError, a folder OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise InvalidValue(
            field="zone", problem=f"must be an IANA zone such as Europe/Berlin, not {name!r}"
        ) from problem


def moment_of(day: date, wall: time, *, zone: ZoneInfo, last: bool = False) -> datetime:
    """Return when clocks show that time on that day, in UTC.

    Where they show it twice the first moment, with last the second; where they never do the
    moment at which they jump over it.
    """
    naive = datetime.combine(day, wall)
    first = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:
        return second if last else first
    # In a gap the two readings stand around the jump, the later offset's before it.
    low, high = second, first
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def quiet_until(at: datetime, *, begins: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours that a moment is in are over, None when it is in none.

    They begin at the first moment that clocks show it, and end at the last.
    """
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today):
        start, end = _night(day, begins, ends, zone)
        if start <= at < end:
            return end
    return None


@lru_cache(maxsize=4_096)
def _night(day: date, begins: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the quiet hours that begin on a day: many ask for the same."""
    until = day if begins < ends else day + _DAY
    return moment_of(day, begins, zone=zone), moment_of(until, ends, zone=zone, last=True)


def next_hour(at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return when the next hour begins on clocks of the zone."""
    wall = at.astimezone(zone)
    into = timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return at.astimezone(UTC) + timedelta(hours=1) - into


def next_day(at: datetime, *, wall: time, zone: ZoneInfo) -> datetime:
    """Return when clocks of the zone show that time next."""
    day = at.astimezone(zone).date()
    while True:
        found = moment_of(day, wall, zone=zone)
        if found > at:
            return found
        day += _DAY
