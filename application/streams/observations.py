"""Remember as much of a log's looks as judging it takes, and draw the picture from it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.streams.alarms import AlarmKind, Reading
from domain.streams.figures import latency_of, per_second
from domain.streams.lag import Commit, LagWindow, Verdict, judge, worst
from domain.streams.picture import GroupPicture, PartitionPicture, TopicPicture
from ports.stream_monitor import Look

# Rates and latencies are those of so many seconds.
SPAN_S = 10.0
_DELAYS_MAX = 1_000
_LOOKS_MAX = 100
_BAD = (Verdict.STALLED, Verdict.STOPPED)

Place = tuple[str, str, int]


@dataclass(slots=True)
class Observations:
    """What the looks of the last seconds brought; forgotten with the process."""

    _windows: dict[Place, LagWindow] = field(default_factory=dict)
    _ends: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)
    _delays_ms: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def add(self, look: Look, *, at: datetime, monotonic_s: float) -> None:
        """Take a look in; what is no longer there is forgotten."""
        self._add_topics(look, monotonic_s=monotonic_s)
        ends = {(one.topic, one.number): one.end for one in look.partitions}
        standing = {
            (one.group, one.topic, one.number): one.offset
            for one in look.standing
            if (one.topic, one.number) in ends
        }
        windows = {
            place: self._windows.get(place, LagWindow()).seen(ends[place[1:]]) for place in standing
        }
        for seen in look.commits:
            place = (seen.group, seen.topic, seen.number)
            if place in windows:
                lag = max(0, ends[place[1:]] - seen.offset)
                commit = Commit(offset=seen.offset, at=seen.at, lag=lag)
                windows[place] = windows[place].committed(commit)
        for place, offset in standing.items():
            commits = windows[place].commits
            # A commit that nobody saw: before the first look, or where they cannot be seen.
            if not commits or commits[-1].offset != offset:
                lag = max(0, ends[place[1:]] - offset)
                windows[place] = windows[place].committed(Commit(offset=offset, at=at, lag=lag))
        self._windows = windows

    def _add_topics(self, look: Look, *, monotonic_s: float) -> None:
        totals: dict[str, int] = {}
        for one in look.partitions:
            totals[one.topic] = totals.get(one.topic, 0) + one.end
        for gone in self._ends.keys() - totals.keys():
            del self._ends[gone]
            self._delays_ms.pop(gone, None)
        oldest = monotonic_s - SPAN_S
        for topic, total in totals.items():
            ends = self._ends.setdefault(topic, deque(maxlen=_LOOKS_MAX))
            ends.append((monotonic_s, total))
            while ends[0][0] < oldest:
                ends.popleft()
            delays = self._delays_ms.setdefault(topic, deque(maxlen=_DELAYS_MAX))
            delays.extend((monotonic_s, one) for one in look.delays_ms.get(topic, ()))
            while delays and delays[0][0] < oldest:
                delays.popleft()

    def topics(self, look: Look) -> tuple[TopicPicture, ...]:
        """Return every topic's figures, by name."""
        return tuple(
            TopicPicture(
                name=topic,
                partitions=sum(one.topic == topic for one in look.partitions),
                messages_per_s=per_second(self._ends[topic]),
                latency=latency_of([one for _, one in self._delays_ms[topic]]),
                under_replicated=sum(
                    one.topic == topic and one.in_sync < one.replicas for one in look.partitions
                ),
            )
            for topic in sorted(self._ends)
        )

    def groups(self, *, at: datetime, quiet_min: timedelta) -> tuple[GroupPicture, ...]:
        """Return how every group does, by name."""
        found: dict[str, list[PartitionPicture]] = {}
        for (group, topic, number), window in sorted(self._windows.items()):
            found.setdefault(group, []).append(
                PartitionPicture(
                    topic=topic,
                    number=number,
                    end=window.ends[-1],
                    committed=window.commits[-1].offset,
                    committed_at=window.commits[-1].at,
                    lag=window.lag,
                    verdict=judge(window, now=at, quiet_min=quiet_min),
                )
            )
        return tuple(
            GroupPicture(
                name=group,
                lag=sum(one.lag for one in partitions),
                verdict=worst(one.verdict for one in partitions),
                partitions=tuple(partitions),
            )
            for group, partitions in found.items()
        )


def readings_of(topics: Sequence[TopicPicture], groups: Sequence[GroupPicture]) -> list[Reading]:
    """Return the figures that alarms are raised on; a topic without traffic has no latency."""
    found = [
        Reading(kind=AlarmKind.LATENCY, subject=one.name, value=one.latency.p99_ms)
        for one in topics
        if one.latency is not None
    ]
    found += [
        Reading(kind=AlarmKind.UNDER_REPLICATED, subject=one.name, value=one.under_replicated)
        for one in topics
    ]
    for group in groups:
        bad = sum(one.verdict in _BAD for one in group.partitions)
        found += [
            Reading(kind=AlarmKind.LAG, subject=group.name, value=group.lag),
            Reading(kind=AlarmKind.CONSUMER, subject=group.name, value=bad),
        ]
    return found
