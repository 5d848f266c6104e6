"""Show the health of the streams on the wire."""

import msgspec

from adapters.http.wire import moment, time_of
from domain.streams.alarms import Alarm
from domain.streams.figures import Latency
from domain.streams.picture import GroupPicture, PartitionPicture, StreamPicture, TopicPicture
from ports.consumers import RestartRequest


class LatencyView(msgspec.Struct):
    """From producer to reader, of the last ten seconds' messages."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    samples: int


class TopicView(msgspec.Struct):
    """One topic; latency is null without traffic, the rate until two looks were taken."""

    name: str
    partitions: int
    messages_per_s: float | None
    latency: LatencyView | None
    under_replicated: int


class AlarmView(msgspec.Struct):
    """A figure beyond its threshold."""

    kind: str
    subject: str
    value: float
    threshold: float
    raised_at: str


class StreamsView(msgspec.Struct):
    """The streams as of a look; reachable false means that the rest is as old as `at`."""

    configured: bool
    reachable: bool
    detail: str
    at: str | None
    topics: list[TopicView]
    alarms: list[AlarmView]


class RestartView(msgspec.Struct):
    """A request to restart a group's members; done_at is when the first one was back."""

    id: str
    group: str
    asked_at: str
    done_at: str | None


class PartitionView(msgspec.Struct):
    """How a group stands on one partition; status is OK, WARN, STALLED or STOPPED."""

    topic: str
    partition: int
    end: int
    committed: int
    committed_at: str
    lag: int
    status: str


class ConsumerView(msgspec.Struct):
    """A consumer group; its status is that of its worst partition."""

    group: str
    lag: int
    status: str
    partitions: list[PartitionView]
    restart: RestartView | None


class ConsumerList(msgspec.Struct):
    """Every group that reads a watched topic, by name."""

    configured: bool
    reachable: bool
    at: str | None
    items: list[ConsumerView]


def streams_view(picture: StreamPicture) -> StreamsView:
    """Show the streams."""
    return StreamsView(
        configured=picture.configured,
        reachable=picture.reachable,
        detail=picture.detail,
        at=time_of(picture.at),
        topics=[_topic(one) for one in picture.topics],
        alarms=[_alarm(one) for one in picture.alarms],
    )


def consumer_view(group: GroupPicture, *, restart: RestartRequest | None) -> ConsumerView:
    """Show a consumer group."""
    return ConsumerView(
        group=group.name,
        lag=group.lag,
        status=group.verdict.value,
        partitions=[_partition(one) for one in group.partitions],
        restart=None if restart is None else restart_view(restart),
    )


def restart_view(request: RestartRequest) -> RestartView:
    """Show a request to restart."""
    return RestartView(
        id=str(request.id),
        group=request.group,
        asked_at=moment(request.asked_at),
        done_at=time_of(request.done_at),
    )


def _topic(topic: TopicPicture) -> TopicView:
    rate = topic.messages_per_s
    return TopicView(
        name=topic.name,
        partitions=topic.partitions,
        messages_per_s=None if rate is None else round(rate, 3),
        latency=None if topic.latency is None else _latency(topic.latency),
        under_replicated=topic.under_replicated,
    )


def _latency(latency: Latency) -> LatencyView:
    return LatencyView(
        p50_ms=round(latency.p50_ms, 3),
        p99_ms=round(latency.p99_ms, 3),
        max_ms=round(latency.max_ms, 3),
        samples=latency.samples,
    )


def _alarm(alarm: Alarm) -> AlarmView:
    return AlarmView(
        kind=alarm.kind.value,
        subject=alarm.subject,
        value=round(alarm.value, 3),
        threshold=alarm.threshold,
        raised_at=moment(alarm.raised_at),
    )


def _partition(partition: PartitionPicture) -> PartitionView:
    return PartitionView(
        topic=partition.topic,
        partition=partition.number,
        end=partition.end,
        committed=partition.committed,
        committed_at=moment(partition.committed_at),
        lag=partition.lag,
        status=partition.verdict.value,
    )
