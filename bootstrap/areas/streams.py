"""Build the streams: from the journal over the relay to whoever listens."""

from dataclasses import dataclass

from adapters.memory.streams import MemoryEventStream
from application.streams.facade import StreamUseCases
from application.streams.relay import Relay
from bootstrap.health import HealthBoard
from bootstrap.jobs import Jobs
from bootstrap.roles import Plan, Role
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from ports.health import ComponentState
from ports.streams import EventStream, StreamUnavailable

# The part that /health/ready tells of: whether events reach Kafka.
KAFKA_EVENTS = "kafka_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParts:
    """The stream that readers subscribe to, its facade, and the relay that feeds it."""

    stream: EventStream
    facade: StreamUseCases
    relay: Relay


def build(
    *,
    storage: Storage,
    system: System,
    wakeups: Wakeups,
    stream: EventStream | None = None,
    plan: Plan | None = None,
) -> StreamParts:
    """Carry notices within this process, or over the given stream."""
    stream = stream or MemoryEventStream()
    facade = StreamUseCases(
        books=storage.books,
        directory=storage.directory,
        archive=storage.archive,
        latches=storage.latches,
        journal=storage.journal,
    )
    relay = Relay(
        journal=storage.journal,
        stream=stream,
        wakeup=wakeups.relay,
        sleeper=system.sleeper,
        # One of several processes tells its own WebSockets what is new; whoever connects
        # gets the state, and what it missed, from the journal itself.
        reader="relay" if plan is None or plan.is_whole else None,
    )
    return StreamParts(stream=stream, facade=facade, relay=relay)


def build_event_relay(
    *,
    events: EventStream | None,
    storage: Storage,
    system: System,
    wakeups: Wakeups,
    jobs: Jobs,
    health: HealthBoard,
) -> Relay | None:
    """Carry notices out to Kafka, by a cursor of their own, so that it holds up nobody."""
    if events is None:
        return None

    def told(problem: Exception | None) -> None:
        if problem is None:
            health.set(KAFKA_EVENTS, ComponentState.UP)
        elif isinstance(problem, StreamUnavailable):
            health.set(KAFKA_EVENTS, ComponentState.DEGRADED, detail=f"waiting: {problem}")

    return Relay(
        journal=storage.journal,
        stream=events,
        wakeup=wakeups.events,
        sleeper=system.sleeper,
        reader="kafka",
        fence=jobs.fence(Role.RELAY),
        on_state=told,
    )
