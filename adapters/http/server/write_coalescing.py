"""Write a whole answer on a connection in one go, and at once."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class CoalescingTransport:
    """A transport that gathers writes until the turn ends; everything else passes through.

    A response's head and body are two writes, and the second system call costs as much as
    the risk gate. What is gathered is bounded by what one turn writes. Whoever knows that
    nothing more belongs to it says so: what a request has set going runs in the next turn,
    and an answer that waits for the turn's end leaves behind it.
    """

    __slots__ = ("_gathered", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, *, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Gather the bytes; they leave when the turn ends."""
        if not self._gathered:
            self._loop.call_soon(self.flush)
        self._gathered.append(data)

    def close(self) -> None:
        """Close once everything written has left."""
        self.flush()
        self._transport.close()

    def write_eof(self) -> None:
        """End our side once everything written has left."""
        self.flush()
        self._transport.write_eof()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol, an upgrade for one."""
        self.flush()
        self._transport.set_protocol(protocol)

    def flush(self) -> None:
        """Let go what was gathered."""
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._transport.write(b"".join(gathered))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Cycle(RequestResponseCycle):
    """uvicorn's request and response; with its end, an answer leaves."""

    async def send(self, message: Any) -> None:
        """Send one message of the response."""
        await super().send(message)
        if self.response_complete:
            # The transport is a CoalescingTransport.
            self.transport.flush()  # type: ignore[attr-defined]


# At the end, whoever has just connected gets so long to ask.
HEARD_S = 1.0


class CoalescingHttp(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 over a coalescing transport.

    uvicorn ends by closing every connection that has no request in hand, also one whose first
    request is on its way: its client would never know what became of it. Ours is heard first.
    """

    _asked = False
    _ending = False

    # Uvicorn says Transport, where typeshed has BaseTransport.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection."""
        coalescing: Any = CoalescingTransport(transport, loop=self.loop)
        super().connection_made(coalescing)

    def on_headers_complete(self) -> None:
        """Take the request; its task starts in a later turn of the loop."""
        before = self.cycle
        self._asked = True
        super().on_headers_complete()
        cycle = self.cycle
        if cycle is not before:
            cycle.__class__ = _Cycle
            if self._ending:
                cycle.keep_alive = False

    def shutdown(self) -> None:
        """Take no more than what is in hand, or the first request where there was none yet."""
        if self._asked:
            super().shutdown()
            return
        self._ending = True
        self.loop.call_later(HEARD_S, self._close_unless_asked)

    def _close_unless_asked(self) -> None:
        if not self._asked:
            self.transport.close()
