"""Hold what is known of a log and of those who read it, as of one look."""

from dataclasses import dataclass
from datetime import datetime

from domain.streams.alarms import Alarm
from domain.streams.figures import Latency
from domain.streams.lag import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPicture:
    """One topic: its rate, its latency, and partitions that lack replicas."""

    name: str
    partitions: int
    messages_per_s: float | None
    latency: Latency | None
    under_replicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionPicture:
    """How a group stands on one partition."""

    topic: str
    number: int
    end: int
    committed: int
    committed_at: datetime
    lag: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPicture:
    """How a consumer group does; lag is the sum over its partitions."""

    name: str
    lag: int
    verdict: Verdict
    partitions: tuple[PartitionPicture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPicture:
    """All of it. at is the time of the last look that was answered, None before the first."""

    configured: bool
    reachable: bool = False
    detail: str = ""
    at: datetime | None = None
    topics: tuple[TopicPicture, ...] = ()
    groups: tuple[GroupPicture, ...] = ()
    alarms: tuple[Alarm, ...] = ()


NOT_CONFIGURED = StreamPicture(configured=False, detail="no Kafka is configured")
