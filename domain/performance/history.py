"""Hold what accounts were worth over time, and sum long times up for a curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

QUARTER = timedelta(minutes=15)
POINTS_MAX = 2_000
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """What an account was worth at a market time, in its own currency.

    lap is the one of the replay: its times come again. closing says that a session closed then.
    """

    tenant_id: UUID
    account_id: UUID
    lap: int
    at: datetime
    equity: Decimal
    closing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EquitySpan:
    """A stretch of time cut into equal buckets: from since on, before until; raises ValueError."""

    since: datetime
    until: datetime
    buckets: int

    def __post_init__(self) -> None:
        if self.since >= self.until or not 1 <= self.buckets <= POINTS_MAX:
            raise ValueError(f"a span has a beginning, an end and 1 to {POINTS_MAX} buckets")

    def bucket_of(self, at: datetime) -> int:
        """Return in which bucket a time of the span is."""
        whole = (self.until - self.since) // _MICROSECOND
        return (at - self.since) // _MICROSECOND * self.buckets // whole


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityBucket:
    """The points of one bucket: first and last with their times, the least and the greatest."""

    first_at: datetime
    last_at: datetime
    first: Decimal
    last: Decimal
    least: Decimal
    greatest: Decimal


def quarter_of(at: datetime) -> datetime:
    """Return the beginning of the quarter hour."""
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % QUARTER


def bucketed(points: Iterable[EquityPoint], *, span: EquitySpan) -> Sequence[EquityBucket]:
    """Sum points up, which are in the span and in the order of time; an empty bucket is none."""
    grouped = groupby(points, key=lambda point: span.bucket_of(point.at))
    return [_summed(list(within)) for _, within in grouped]


def _summed(points: Sequence[EquityPoint]) -> EquityBucket:
    values = [point.equity for point in points]
    return EquityBucket(
        first_at=points[0].at,
        last_at=points[-1].at,
        first=values[0],
        last=values[-1],
        least=min(values),
        greatest=max(values),
    )
