"""Build the streams: from the journal over the relay to whoever listens."""

from dataclasses import dataclass

from application.streams.facade import StreamUseCases
from application.streams.relay import Relay
from bootstrap.sharing import Fanout
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from ports.signals import SignalStream
from ports.streams import EventStream


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
    fanout: Fanout,
    signals: SignalStream,
) -> StreamParts:
    """Carry notices over the given stream."""
    facade = StreamUseCases(
        books=storage.books,
        directory=storage.directory,
        archive=storage.archive,
        latches=storage.latches,
        journal=storage.journal,
    )
    relay = Relay(
        journal=storage.journal, stream=fanout.stream, wakeup=wakeups.relay, sleeper=system.sleeper
    )
    return StreamParts(
        stream=fanout.stream, fanout=fanout, facade=facade, relay=relay, signals=signals
    )
