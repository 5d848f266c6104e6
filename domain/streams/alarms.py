"""Raise an alarm when a figure passes its threshold, and clear it once that is well over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class AlarmKind(StrEnum):
    """What an alarm is about."""

    UNREACHABLE = "unreachable"  # looks in a row that the log did not answer
    LATENCY = "latency_ms"  # end to end, of a topic
    LAG = "lag"  # messages that wait for a consumer group
    UNDER_REPLICATED = "under_replicated"  # partitions of a topic
    CONSUMER = "consumer"  # partitions on which a group stalled or stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Above `above` there is an alarm; it is over at `clears_at` or below.

    The distance keeps a figure that trembles around its limit from telling each time.
    """

    kind: AlarmKind
    above: float
    clears_at: float

    def __post_init__(self) -> None:
        if not 0 <= self.clears_at <= self.above:
            raise ValueError(f"{self.kind}: clears_at must be 0 to {self.above}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A figure of one subject: a topic, a group, the log itself."""

    kind: AlarmKind
    subject: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A figure beyond its threshold, and since when."""

    kind: AlarmKind
    subject: str
    value: float
    threshold: float
    raised_at: datetime


AlarmsByKey = Mapping[tuple[AlarmKind, str], Alarm]
NONE: AlarmsByKey = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmReview:
    """The alarms that stand after a look, and what it changed."""

    standing: AlarmsByKey
    raised: tuple[Alarm, ...] = ()
    cleared: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every threshold, by kind."""

    by_kind: Mapping[AlarmKind, Threshold] = field(default_factory=dict)

    def judge(
        self,
        standing: AlarmsByKey,
        *,
        readings: Iterable[Reading],
        at: datetime,
        covers: Iterable[AlarmKind],
    ) -> AlarmReview:
        """Return what stands after these readings.

        covers: the kinds of which the readings are complete. What stands of them without a
        reading is cleared, for its subject is gone; what stands of other kinds stays.
        """
        given = {(one.kind, one.subject): one for one in readings}
        covered = frozenset(covers)
        after: dict[tuple[AlarmKind, str], Alarm] = {}
        raised: list[Alarm] = []
        for key, reading in given.items():
            before, threshold = standing.get(key), self.by_kind[reading.kind]
            limit = threshold.above if before is None else threshold.clears_at
            if reading.value <= limit:
                continue
            after[key] = Alarm(
                kind=reading.kind,
                subject=reading.subject,
                value=reading.value,
                threshold=threshold.above,
                raised_at=at if before is None else before.raised_at,
            )
            if before is None:
                raised.append(after[key])
        after |= {
            key: alarm
            for key, alarm in standing.items()
            if key not in given and alarm.kind not in covered
        }
        cleared = tuple(alarm for key, alarm in standing.items() if key not in after)
        return AlarmReview(standing=MappingProxyType(after), raised=tuple(raised), cleared=cleared)


def usual_thresholds(*, latency_ms_max: float, lag_max: int) -> Thresholds:
    """Return the thresholds; latency and lag clear at four fifths of theirs."""
    found = (
        Threshold(kind=AlarmKind.UNREACHABLE, above=1, clears_at=0),
        Threshold(kind=AlarmKind.LATENCY, above=latency_ms_max, clears_at=latency_ms_max * 0.8),
        Threshold(kind=AlarmKind.LAG, above=lag_max, clears_at=lag_max * 0.8),
        Threshold(kind=AlarmKind.UNDER_REPLICATED, above=0, clears_at=0),
        Threshold(kind=AlarmKind.CONSUMER, above=0, clears_at=0),
    )
    return Thresholds(by_kind={one.kind: one for one in found})
