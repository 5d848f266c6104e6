"""Listen on a port, answer, and end gracefully when told."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from bootstrap.patience import Limits, Patience, PatientHttp
from bootstrap.settings.http import HttpSettings

_BACKLOG = 2_048
_FRAME_BYTES_MAX = 65_536


class PortTaken(Exception):
    """Another program listens on the address, or it is not this machine's."""


class HttpServer:
    """uvicorn, started and stopped by us: signals belong to the whole process.

    `bind` takes the port before anything else is started, alone or with other processes that
    share it, `start` begins to answer, `stop` lets requests in hand finish and closes
    WebSockets with 1012 (service restart).
    """

    def __init__(self, *, settings: HttpSettings, shares_port: bool = False) -> None:
        self._settings = settings
        self._shares_port = shares_port
        self._socket: socket.socket | None = None
        self._server: _Uvicorn | None = None
        self._task: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None

    def bind(self) -> str:
        """Take the port and return the server's URL; raises PortTaken."""
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._shares_port:
            # The kernel spreads connections over all who listen; see bootstrap/fleet.py.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            taken.bind((host, port))
        except OSError as problem:
            taken.close()
            raise PortTaken(
                f"cannot listen on {host} port {port}: {problem.strerror};"
                " choose another with BALLAST_HTTP_PORT, or 0 for a free one"
            ) from problem
        self._socket = taken
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        return f"http://{shown}:{taken.getsockname()[1]}"

    async def start(self, app: Any) -> None:
        """Answer requests with an ASGI application; returns once it listens."""
        if self._socket is None:
            raise RuntimeError("no port is taken yet: call bind() first")
        config = uvicorn.Config(
            app,
            loop="none",
            http=PatientHttp,
            ws="websockets-sansio",
            ws_max_size=_FRAME_BYTES_MAX,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whom to trust as a proxy is decided at the edge.
            proxy_headers=False,
            backlog=_BACKLOG,
            # Longer than proxies and clients keep an idle connection (60 s is usual): whoever
            # closes it last may have a request on its way that nobody answers.
            timeout_keep_alive=self._settings.keep_alive_s,
            timeout_graceful_shutdown=max(1, round(self._settings.stop_s)),
        )
        self._server = _Uvicorn(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        own = self._settings
        patience = Patience(Limits(head_s=own.head_s, body_s=own.body_s, write_s=own.write_s))
        self._sweeper = asyncio.create_task(
            patience.sweep(self._server.server_state.connections), name="http-patience"
        )
        while not self._server.started:
            if self._task.done():
                await self._task
                raise RuntimeError("the HTTP server ended while it started")
            await asyncio.sleep(0.005)

    async def ended(self) -> None:
        """Return, or raise, when the server ends by itself: it never should."""
        assert self._task is not None
        await asyncio.shield(self._task)

    def close(self) -> None:
        """Give a port back on which nothing was ever answered."""
        if self._socket is not None:
            self._socket.close()

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, close."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await asyncio.wait({self._task})
            if self._sweeper is not None:
                self._sweeper.cancel()
                await asyncio.wait({self._sweeper})
        elif self._socket is not None:
            self._socket.close()


class _Uvicorn(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more, take those whom the kernel has let in already, and end."""
        for listening in sockets or ():
            # The kernel resets whom it let in when the last descriptor goes: not before we
            # have them all.
            with listening.dup() as kept:
                kept.setblocking(False)
                for server in self.servers:
                    server.close()
                await self._take_from(kept)
        await super().shutdown(sockets)

    async def _take_from(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> PatientHttp:
        return PatientHttp(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
