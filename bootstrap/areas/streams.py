"""Build the streams: from the journal over the relay to whoever listens."""

from dataclasses import dataclass

from adapters.memory.streams import MemoryEventStream
from application.streams.facade import StreamUseCases
from application.streams.relay import Relay
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from ports.streams import EventStream


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParts:
    """The stream that readers subscribe to, its facade, and the relay that feeds it."""

    stream: EventStream
    facade: StreamUseCases
    relay: Relay


def build(
    *, storage: Storage, system: System, wakeups: Wakeups, stream: EventStream | None = None
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
        journal=storage.journal, stream=stream, wakeup=wakeups.relay, sleeper=system.sleeper
    )
    return StreamParts(stream=stream, facade=facade, relay=relay)
