"""Count who is still shaking hands over TLS among those who are connected."""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from typing import Any

from adapters.http.server.timeouts import TimedHttp


class CountedTls(SSLProtocol):
    """asyncio's TLS, whose connections have their network's place from the first byte on.

    asyncio tells a protocol of a connection when hands are shaken: whoever never does would be
    counted nowhere, and could hold every descriptor that the process may have.
    """

    def __init__(self, http: TimedHttp, *, context: ssl.SSLContext, handshake_s: float) -> None:
        loop = asyncio.get_running_loop()
        # asyncio says by it that hands were shaken, or why not; nobody here waits for that.
        shaken: asyncio.Future[None] = loop.create_future()
        shaken.add_done_callback(_seen)
        # typeshed has whole seconds; asyncio takes any.
        limit: Any = handshake_s
        super().__init__(loop, http, context, shaken, server_side=True, ssl_handshake_timeout=limit)
        self._http = http

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the place, and begin to shake hands unless the network is a crowd."""
        taken: Any = transport
        peer = taken.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self._http.is_let_in(address, hang_up=taken.abort):
            super().connection_made(transport)
        else:
            taken.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back, however far it came."""
        self._http.let_go()
        super().connection_lost(exc)


def _seen(shaken: "asyncio.Future[None]") -> None:
    """Look at why it failed, or asyncio complains that nobody did."""
    if not shaken.cancelled():
        shaken.exception()
