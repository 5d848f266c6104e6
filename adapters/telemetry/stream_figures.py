"""Tell the streams' figures to Prometheus, and their state to the health board."""

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from application.streams.watch_streams import WatchStreams
from domain.streams.lag import Verdict
from domain.streams.picture import StreamPicture
from ports.health import ComponentState

_ALARMS_SAID = 3


def state_of(picture: StreamPicture) -> tuple[ComponentState, str]:
    """Return Kafka's state and why. It is never down for us: nothing of ours waits for it."""
    if not picture.reachable:
        starting = picture.at is None and not picture.alarms
        state = ComponentState.STARTING if starting else ComponentState.DEGRADED
        return state, picture.detail
    if picture.alarms:
        said = [f"{one.kind} {one.subject}: {one.value:g}" for one in picture.alarms]
        more = len(said) - _ALARMS_SAID
        detail = "; ".join(said[:_ALARMS_SAID]) + (f"; and {more} more" if more > 0 else "")
        return ComponentState.DEGRADED, detail
    return ComponentState.UP, ""


def stream_collector(watch: WatchStreams) -> Collector:
    """Return what tells the latest picture when Prometheus asks."""
    return _StreamCollector(watch)


class _StreamCollector(Collector):
    def __init__(self, watch: WatchStreams) -> None:
        self._watch = watch

    def collect(self) -> list[Metric]:
        """Return the gauges; while Kafka is out of reach, only that."""
        picture = self._watch.picture
        reachable = GaugeMetricFamily("ballast_stream_reachable", "Whether Kafka answers.")
        reachable.add_metric([], float(picture.reachable))
        alarms = GaugeMetricFamily(
            "ballast_stream_alarm", "A standing alarm.", labels=["kind", "subject"]
        )
        for alarm in picture.alarms:
            alarms.add_metric([alarm.kind.value, alarm.subject], 1.0)
        if not picture.reachable:
            return [reachable, alarms]
        return [reachable, alarms, *_of_topics(picture), *_of_groups(picture)]


def _of_topics(picture: StreamPicture) -> list[Metric]:
    rate = GaugeMetricFamily(
        "ballast_stream_messages_per_second", "Messages per second.", labels=["topic"]
    )
    latency = GaugeMetricFamily(
        "ballast_stream_latency_seconds",
        "From producer to reader, over ten seconds.",
        labels=["topic", "quantile"],
    )
    lacking = GaugeMetricFamily(
        "ballast_stream_under_replicated_partitions", "Lacking replicas.", labels=["topic"]
    )
    for topic in picture.topics:
        lacking.add_metric([topic.name], topic.under_replicated)
        if topic.messages_per_s is not None:
            rate.add_metric([topic.name], topic.messages_per_s)
        if topic.latency is not None:
            latency.add_metric([topic.name, "0.5"], topic.latency.p50_ms / 1000)
            latency.add_metric([topic.name, "0.99"], topic.latency.p99_ms / 1000)
    return [rate, latency, lacking]


def _of_groups(picture: StreamPicture) -> list[Metric]:
    lag = GaugeMetricFamily(
        "ballast_stream_consumer_lag", "Messages that wait.", labels=["group", "topic"]
    )
    status = GaugeMetricFamily(
        "ballast_stream_consumer_status", "1 for the state it is in.", labels=["group", "status"]
    )
    for group in picture.groups:
        for topic in sorted({one.topic for one in group.partitions}):
            waiting = sum(one.lag for one in group.partitions if one.topic == topic)
            lag.add_metric([group.name, topic], waiting)
        for verdict in Verdict:
            status.add_metric([group.name, verdict.value], float(group.verdict is verdict))
    return [lag, status]
