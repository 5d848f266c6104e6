"""Build what watches Kafka and its consumers."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.http.streams_monitor.cases import CASES
from adapters.http.streams_monitor.routes import stream_health_routes
from adapters.system.supervisor import Run
from adapters.telemetry.stream_figures import stream_collector
from application.streams.health import StreamHealthUseCases
from application.streams.restart_consumer import RestartConsumer
from application.streams.watch_streams import WatchStreams
from bootstrap.area import Area, Task
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
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
    stream_monitor: StreamMonitor | None,
) -> MonitorParts:
    """Watch the log, where there is one."""
    watch = None
    if stream_monitor is not None:
        own = settings.monitor
        watch = WatchStreams(
            monitor=stream_monitor,
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


def build_monitor(settings: Settings, system: System) -> StreamMonitor | None:
    """Build what looks at Kafka, where it is set."""
    if settings.kafka.bootstrap is None:
        return None
    from adapters.kafka.monitor import KafkaStreamMonitor
    from bootstrap.streams.kafka import kafka_address

    return KafkaStreamMonitor(
        address=kafka_address(settings.kafka), clock=system.clock, prefix=settings.monitor.prefix
    )


def _watching(parts: Parts) -> Run | None:
    watch = parts.of(build).watch
    if watch is None:
        return None
    parts.metrics.show(stream_collector(watch))
    parts.reach.declare("kafka")
    return watch.run


AREA = Area(
    name="stream_monitor",
    sentence="How Kafka and its consumers are, with alarms.",
    builds={"stream_monitor": build_monitor, "stream_health": build},
    routes=lambda parts: (stream_health_routes(parts.of(build).facade, keys=parts.storage.keys),),
    parameters=frozenset({"group"}),
    cases=CASES,
    tasks=(Task(name="stream_watch", run=_watching, roles=frozenset({Role.API}), required=False),),
)
