"""Build the streams: from the journal over the relay to whoever listens."""

from dataclasses import dataclass

from adapters.system.supervisor import Run
from adapters.telemetry.kafka_reach import KafkaReach
from application.streams.facade import StreamUseCases
from application.streams.relay import Relay
from bootstrap.area import Area, Task, of_role
from bootstrap.parts import Parts
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role
from bootstrap.storage import Storage
from bootstrap.streams.sharing import Fanout, Sharing
from bootstrap.system import System, Wakeups
from ports.health import ComponentState
from ports.signals import SignalStream
from ports.streams import EventStream, StreamUnavailable

# The part that /health/ready tells of: whether events reach Kafka.
KAFKA_EVENTS = "kafka_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParts:
    """The stream that readers subscribe to, its facade, and the relay that feeds it.

    fanout says how this process gets what the relay, here or elsewhere, published; signals
    is the line of signals on their way to whoever acts on them.
    """

    stream: EventStream
    fanout: Fanout
    facade: StreamUseCases
    relay: Relay
    signals: SignalStream


def build(
    *,
    storage: Storage,
    system: System,
    wakeups: Wakeups,
    sharing: Sharing,
    plan: Plan,
    jobs: Jobs,
) -> StreamParts:
    """Carry notices over the stream that processes share."""
    fanout = sharing.fanout
    facade = StreamUseCases(
        books=storage.books,
        directory=storage.directory,
        archive=storage.archive,
        latches=storage.latches,
        journal=storage.journal,
    )
    # Over a stream that others follow one publishes for all. Else each of several processes
    # tells its own WebSockets what is new; whoever connects gets the state, and what it
    # missed, from the journal itself.
    for_all = fanout.is_followed or plan.is_whole
    relay = Relay(
        journal=storage.journal,
        stream=fanout.stream,
        wakeup=wakeups.relay,
        sleeper=system.sleeper,
        reader="relay" if for_all else None,
        fence=jobs.fence(Role.RELAY) if fanout.is_followed else _unfenced,
    )
    return StreamParts(
        stream=fanout.stream, fanout=fanout, facade=facade, relay=relay, signals=sharing.signals
    )


def _unfenced() -> None:
    """Fence nothing: what the relay keeps is this process's own."""


def build_event_relay(
    *,
    events: EventStream | None,
    storage: Storage,
    system: System,
    wakeups: Wakeups,
    jobs: Jobs,
    reach: KafkaReach,
) -> Relay | None:
    """Carry notices out to Kafka, by a cursor of their own, so that it holds up nobody."""
    if events is None:
        return None

    def told(problem: Exception | None) -> None:
        if problem is None:
            reach.tell(KAFKA_EVENTS, ComponentState.UP)
        elif isinstance(problem, StreamUnavailable):
            reach.tell(KAFKA_EVENTS, ComponentState.DEGRADED, detail=f"waiting: {problem}")

    return Relay(
        journal=storage.journal,
        stream=events,
        wakeup=wakeups.events,
        sleeper=system.sleeper,
        reader="kafka",
        fence=jobs.fence(Role.RELAY),
        on_state=told,
    )


def _relaying(parts: Parts) -> Run | None:
    """Tell the WebSockets of this process what is new, where no other publishes for all."""
    return None if parts.sharing.fanout.is_followed else parts.of(build).relay


def _publishing(parts: Parts) -> Run | None:
    return parts.of(build).relay if parts.sharing.fanout.is_followed else None


def _to_kafka(parts: Parts) -> Run | None:
    relay = parts.of(build_event_relay)
    if relay is not None:
        parts.reach.declare(KAFKA_EVENTS)
    return relay


def _subscribe(parts: Parts) -> None:
    parts.of(build).stream.subscribe(name="metrics", subscriber=parts.metrics.told)


AREA = Area(
    name="streams",
    sentence="What happened, in order, to WebSockets, Redis and Kafka.",
    builds={"streams": build, "event_relay": build_event_relay},
    subscribes=_subscribe,
    tasks=(
        Task(name="relay", run=_relaying, roles=frozenset({Role.API})),
        of_role(Role.RELAY, "relay", _publishing),
        Task(
            name="fanout",
            run=lambda parts: parts.sharing.fanout.follow,
            roles=frozenset({Role.API}),
            required=False,
        ),
        of_role(Role.RELAY, "kafka_relay", _to_kafka, required=False, tells=(KAFKA_EVENTS,)),
    ),
)
