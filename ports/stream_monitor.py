"""What the core needs to know of a log in order to watch over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.shared.notices import Notice
from domain.streams.alarms import Alarm


class LogUnreachable(Exception):
    """The log did not answer in time; nothing is known of it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionSeen:
    """A partition of a watched topic: its end offset, and its copies."""

    topic: str
    number: int
    end: int
    replicas: int
    in_sync: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOffset:
    """What a group has committed of a partition: the next offset to be read."""

    group: str
    topic: str
    number: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSeen:
    """A group's commit, and when we saw it: our clock is the one that silence is measured by."""

    group: str
    topic: str
    number: int
    offset: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a log told: partitions, where groups stand, their commits, delays by topic in ms."""

    partitions: Sequence[PartitionSeen] = ()
    standing: Sequence[StandingOffset] = ()
    commits: Sequence[CommitSeen] = ()
    delays_ms: Mapping[str, Sequence[float]] = field(default_factory=dict)


class StreamMonitor(Protocol):
    """A log that is watched, and never changed but for a probe of our own."""

    async def look(self) -> Look:
        """Return how the log is now; raises LogUnreachable.

        partitions and standing are complete for the watched topics. commits holds those that
        were seen since the look before, oldest first, repetitions of an offset too; where
        they cannot be seen it is empty. delays_ms holds how long messages took from their
        producer to us, of those that came since the look before; a probe sees to it that
        there is a topic with some. It connects by itself, and again after an outage.
        """
        ...

    async def stop(self) -> None:
        """Let go of every connection."""
        ...


class StandingAlarms(Protocol):
    """The alarms that were told and are not over, one list for all processes.

    Of many that see the same, one tells: each change is stored with its notices or not at
    all, and the notices get the next numbers of their channels.
    """

    async def all(self) -> Sequence[Alarm]:
        """Return them, oldest first."""
        ...

    async def add(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Store an alarm and tell of it; False, and nothing, if it stands already."""
        ...

    async def remove(self, alarm: Alarm, *, notices: Sequence[Notice]) -> bool:
        """Remove an alarm and tell of it; False, and nothing, if it stands no more."""
        ...
