"""Put the venue behind a real socket on loopback, in a thread of its own."""

import asyncio
import concurrent.futures
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any, Self, TypeVar

from adapters.brokers.paper.http11 import HangUp, HttpServer, Request, Response
from ports.broker import Dedup
from tests.fakes.venue.core import TIMEOUT_S, Fault, VenueCore

HOST = "127.0.0.1"
_BODY_BYTES_MAX = 1024 * 1024
_TURNS = 20
_WORKING, _ODD = b'"kind":"working"', b'"kind":"odd"'
_Answer = TypeVar("_Answer")

# Speaks an adapter's own wire; the faults are none of its business.
Front = Callable[[Request], Awaitable[Response]]


class VenueServer:
    """A venue that adapters reach by HTTP; what a test asks of it goes past the wire.

    It runs beside the test's event loop, not in it: so a test can hold its own loop still
    and look whether a request had left by then.
    """

    def __init__(
        self,
        front: Callable[[VenueCore], Front],
        *,
        dedup: Dedup = Dedup.FULL,
        quote_size: Decimal | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self._core = VenueCore(dedup=dedup, quote_size=quote_size, in_process=False)
        self._front = front(self._core)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._free: asyncio.Event
        self._server: HttpServer
        # Holds the port while nobody listens there.
        self._shut: socket.socket | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT_S)
        self._loop.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return HOST, self.port

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self._tls else ''}://{HOST}:{self.port}"

    @contextlib.contextmanager
    def suffering(self, fault: Fault) -> Iterator[None]:
        """Have a fault for a while; what was held back by it comes when it is over."""
        self._run(self._suffer(fault))
        try:
            yield
        finally:
            self._run(self._suffer(None))

    async def quote(self, bid: Decimal, ask: Decimal) -> None:
        """Quote IBM anew."""
        await asyncio.wrap_future(self._send(self._core.quote(bid, ask)))

    async def pass_time(self, seconds: float) -> None:
        """Let the venue's clock go on."""
        await asyncio.wrap_future(self._send(self._core.pass_time(seconds)))

    async def settle(self) -> None:
        """Return when what was written before has been read."""
        await asyncio.wrap_future(self._send(_turns()))

    def count(self, what: str, client_order_id: str) -> int:
        """Return how often a request arrived."""
        return self._core.book.count(what, client_order_id)

    def has_arrived(self, what: str, client_order_id: str, *, within_s: float) -> bool:
        """Tell whether a request arrives in time; the calling thread does nothing else."""
        return self._core.book.has_arrived(what, client_order_id, within_s=within_s)

    async def _open(self) -> None:
        await self._core.broker.start()
        self._free = asyncio.Event()
        self._free.set()
        await self._listen()

    async def _listen(self) -> None:
        self._server = HttpServer(
            handler=self._answer, error_body=_error_body, body_bytes_max=_BODY_BYTES_MAX
        )
        self.port = await self._server.start(host=HOST, port=self.port, tls=self._tls)

    async def _close(self) -> None:
        self._free.set()
        await self._hang_up()
        if self._shut is not None:
            self._shut.close()
        await self._core.broker.stop()

    async def _suffer(self, fault: Fault | None) -> None:
        if fault in (Fault.SLOW_REPLY, Fault.TIME_OUT):
            self._free.clear()
        else:
            self._free.set()
        self._core.suffer(fault)
        if fault is Fault.REFUSE_CONNECTION:
            await self._hang_up()
            self._shut = socket.socket()
            self._shut.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._shut.bind((HOST, self.port))
        elif self._shut is not None:
            self._shut.close()
            self._shut = None
            await self._listen()

    async def _hang_up(self) -> None:
        """Listen no more and end every connection, those that begin just now too."""
        # One that is accepted and not yet begun when its server closes is left open for good.
        await _turns()
        await self._server.stop()
        await _turns()
        begun = asyncio.all_tasks() - {asyncio.current_task()}
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        # What was aborted closes in its turn.
        await _turns()

    async def _answer(self, request: Request) -> Response:
        fault = self._core.fault
        if fault is Fault.LOSE_REQUEST:
            raise HangUp("the request is lost")
        response = await self._front(request)
        if fault is Fault.LOSE_REPLY:
            raise HangUp("the reply is lost")
        if fault is Fault.CUT_REPLY:
            return Response(response.status, response.body[: len(response.body) // 2])
        if fault is Fault.ODD_REPORTS:
            return Response(response.status, response.body.replace(_WORKING, _ODD))
        await self._free.wait()
        return response

    def _send(self, work: Coroutine[Any, Any, _Answer]) -> "concurrent.futures.Future[_Answer]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        return self._send(work).result(TIMEOUT_S)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _error_body(problem: str) -> bytes:
    del problem
    return b"{}"
