"""Write what one turn of the event loop answers on a connection in one go."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Corked:
    """A transport that gathers writes until the turn ends; everything else passes through.

    A response's head and body are two writes, and the second system call costs as much as
    the risk gate. What is gathered is bounded by what one turn writes.
    """

    __slots__ = ("_gathered", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, *, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Gather the bytes; they leave when the turn ends."""
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(data)

    def close(self) -> None:
        """Close once everything written has left."""
        self._flush()
        self._transport.close()

    def write_eof(self) -> None:
        """End our side once everything written has left."""
        self._flush()
        self._transport.write_eof()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol, an upgrade for one."""
        self._flush()
        self._transport.set_protocol(protocol)

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered:
            self._transport.write(b"".join(gathered))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class CorkedHttp(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 over a corked transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection."""
        corked: Any = Corked(transport, loop=self.loop)
        super().connection_made(corked)
