"""Tell without waiting whether a session that should be silent has been ended by the server."""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

# poll(2): it hung up, or closed its side. Not every system has a name for the latter.
_ENDED = select.POLLIN | select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


@contextmanager
def silence(
    connection: "PoolConnectionProxy[asyncpg.Record]",
) -> Iterator[Callable[[], bool]]:
    """Ask nothing on a connection, and give what tells whether its session still lives.

    A server that ends a session writes its farewell before it lets go of the locks, and an
    idle session is told nothing else. So the socket itself is looked at, however late this
    process gets to run; the event loop must not read the farewell away meanwhile.
    """
    # The driver shows its socket nowhere.
    session: Any = connection
    transport = session._transport
    if transport.is_closing():
        yield _ended
        return
    wire = transport.get_extra_info("socket")
    watched = select.poll()
    watched.register(wire.fileno(), _ENDED)

    def lives() -> bool:
        # A closed transport's number may be another's socket by now.
        return not transport.is_closing() and not watched.poll(0)

    transport.pause_reading()
    try:
        yield lives
    finally:
        # One that is about to close takes no orders.
        with suppress(RuntimeError):
            transport.resume_reading()


def _ended() -> bool:
    return False
