"""Find the trading session at a time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from domain.market.prices import Session
from domain.shared.frozen import builder
from domain.shared.values import InvalidValue, checked_time

# A market that never closes: one session per UTC day.
ALWAYS_OPEN = "24/7"

_DAY = timedelta(days=1)
_session = builder(Session)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """One stretch of time in which a market is open: from opens_at until before closes_at."""

    date: date
    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        for field in ("opens_at", "closes_at"):
            if getattr(self, field).tzinfo is not UTC:
                raise InvalidValue(field=field, problem="must be in UTC")
        if self.opens_at >= self.closes_at:
            raise InvalidValue(field="opens_at", problem="must be before closes_at")


class SessionTable:
    """The open hours of one calendar in order; it knows nothing beyond its first and last."""

    def __init__(self, *, calendar: str, hours: Sequence[OpenHours]) -> None:
        if not hours:
            raise InvalidValue(field="hours", problem=f"{calendar} needs at least one session")
        for before, after in pairwise(hours):
            if before.closes_at > after.opens_at or before.date > after.date:
                raise InvalidValue(
                    field="hours", problem=f"{calendar} has sessions out of order at {after.date}"
                )
        self._calendar = calendar
        self._hours = tuple(hours)
        self._closes = [each.closes_at for each in hours]

    @property
    def starts_at(self) -> datetime:
        """The first time of which the table knows whether the market was open."""
        return self._hours[0].opens_at

    @property
    def ends_at(self) -> datetime:
        """The close of the last session known; from then on the table knows nothing."""
        return self._closes[-1]

    def session(self, *, at: datetime) -> Session | None:
        """Return the session at a time, or None outside of what the table knows."""
        time = at if at.tzinfo is UTC else checked_time(at, field="at")
        index = bisect_right(self._closes, time)
        if index == len(self._closes) or (index == 0 and time < self._hours[0].opens_at):
            return None
        hours = self._hours[index]
        return _session(
            calendar=self._calendar,
            at=time,
            is_open=hours.opens_at <= time,
            date=hours.date,
            opens_at=hours.opens_at,
            closes_at=hours.closes_at,
        )


def always_open_session(*, at: datetime) -> Session:
    """Return the session of the market that never closes: the UTC day around a time."""
    time = checked_time(at, field="at")
    opens_at = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return Session(
        calendar=ALWAYS_OPEN,
        at=time,
        is_open=True,
        date=time.date(),
        opens_at=opens_at,
        closes_at=opens_at + _DAY,
    )
