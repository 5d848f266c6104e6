"""Build what watches Kafka and its consumers."""

from dataclasses import dataclass
from datetime import timedelta

from application.streams.health import StreamHealthUseCases
from application.streams.restart_consumer import RestartConsumer
from application.streams.watch_streams import WatchStreams
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.streams.alarms import usual_thresholds
from domain.streams.picture import NOT_CONFIGURED, StreamPicture
from ports.stream_monitor import StreamMonitor


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorParts:
    """The facade, and what looks; without Kafka nothing does."""

    facade: StreamHealthUseCases
    watch: WatchStreams | None


def build(
    *,
    settings: Settings,
    storage: Storage,
    system: System,
    monitor: StreamMonitor | None = None,
) -> MonitorParts:
    """Watch the given log, else Kafka where it is set, else nothing."""
    if monitor is None and settings.kafka.bootstrap is not None:
        monitor = _kafka(settings, system=system)
    watch = None
    if monitor is not None:
        own = settings.monitor
        watch = WatchStreams(
            monitor=monitor,
            alarms=storage.stream_alarms,
            users=storage.users,
            thresholds=usual_thresholds(latency_ms_max=own.latency_ms_max, lag_max=own.lag_max),
            clock=system.clock,
            sleeper=system.sleeper,
            ids=system.ids,
            every_s=own.every_s,
            quiet_min=timedelta(seconds=own.quiet_s),
        )

    def picture() -> StreamPicture:
        return NOT_CONFIGURED if watch is None else watch.picture

    facade = StreamHealthUseCases(
        picture_now=picture,
        restarts=storage.consumer_restarts,
        restart_consumer=RestartConsumer(
            restarts=storage.consumer_restarts,
            picture=picture,
            own_group=settings.kafka.group,
            clock=system.clock,
            ids=system.ids,
        ),
    )
    return MonitorParts(facade=facade, watch=watch)


def _kafka(settings: Settings, *, system: System) -> StreamMonitor:
    from adapters.kafka.monitor import KafkaStreamMonitor
    from bootstrap.streams.kafka import kafka_address

    return KafkaStreamMonitor(
        address=kafka_address(settings.kafka), clock=system.clock, prefix=settings.monitor.prefix
    )
