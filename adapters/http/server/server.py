"""Listen on a port, answer, and end gracefully when told."""

import asyncio
import functools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry

from adapters.http.clients import Proxies
from adapters.http.server.connection_limits import ConnectionLimits
from adapters.http.server.descriptors import connections_max
from adapters.http.server.handshakes import CountedTls
from adapters.http.server.settings import ServerSettings
from adapters.http.server.timeouts import Limits, TimedHttp, Timeouts
from adapters.http.server.tls import Certificate, certificate_of
from adapters.http.server.write_coalescing import HEARD_S

_BACKLOG = 2_048
_FRAME_BYTES_MAX = 65_536
# A renewed certificate is in use after so long.
RENEW_S = 30.0
# The only version whose insides we know: head_limits, write_coalescing, timeouts and
# upgrades subclass them.
UVICORN = "0.54.0"


class UvicornMismatch(Exception):
    """Another version of uvicorn is installed than the one this server is built on."""


class PortTaken(Exception):
    """Another program listens on the address, or it is not this machine's."""


class HttpServer:
    """uvicorn, started and stopped by us: signals belong to the whole process.

    `bind` takes the port before anything else is started, alone or with other processes that
    share it, `start` begins to answer, `stop` lets requests in hand finish and closes
    WebSockets with 1012 (service restart).
    """

    def __init__(
        self,
        *,
        settings: ServerSettings,
        shares_port: bool = False,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._settings = settings
        proxies = Proxies(settings.trusted_proxies, header=settings.forwarded_header)
        self._connection_limits = ConnectionLimits(
            per_network=settings.connections_per_network,
            in_all=connections_max(),
            is_proxy=proxies.are_of,
        )
        if registry is not None:
            self._connection_limits.show(registry)
        self._shares_port = shares_port
        self._socket: socket.socket | None = None
        self._server: _Uvicorn | None = None
        self._task: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    def bind(self) -> str:
        """Take the port and return the server's URL; raises UvicornMismatch, PortTaken."""
        if uvicorn.__version__ != UVICORN:
            raise UvicornMismatch(
                f"uvicorn {uvicorn.__version__} is installed, and this server is built on the"
                f" insides of {UVICORN}: install what requirements/ pins,"
                f" or uvicorn=={UVICORN}"
            )
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._shares_port:
            # The kernel spreads connections over all who listen; see bootstrap/processes/fleet.py.
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
        return self._settings.url(port=taken.getsockname()[1])

    async def start(self, app: Any) -> None:
        """Answer requests with an ASGI application; returns once it listens.

        Raises TlsUnusable.
        """
        if self._socket is None:
            raise RuntimeError("no port is taken yet: call bind() first")
        certificate = certificate_of(self._settings)
        protocol: Any = functools.partial(TimedHttp, connection_limits=self._connection_limits)
        config = uvicorn.Config(
            app,
            loop="none",
            http=protocol,
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
        self._server = _Uvicorn(config, certificate=certificate, handshake_s=self._settings.head_s)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="http")
        own = self._settings
        timeouts = Timeouts(Limits(head_s=own.head_s, body_s=own.body_s, write_s=own.write_s))
        self._sweeper = asyncio.create_task(
            timeouts.sweep(self._server.server_state.connections), name="http-timeouts"
        )
        if certificate is not None:
            self._renewing = asyncio.create_task(_renew(certificate), name="http-certificate")
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
            for task in (self._sweeper, self._renewing):
                if task is not None:
                    task.cancel()
                    await asyncio.wait({task})
        elif self._socket is not None:
            self._socket.close()


async def _renew(certificate: Certificate) -> None:
    while True:
        await asyncio.sleep(RENEW_S)
        certificate.renew()


class _Uvicorn(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, *, certificate: Certificate | None, handshake_s: float
    ) -> None:
        super().__init__(config)
        self._certificate = certificate
        self._handshake_s = handshake_s
        self._tls: dict[str, Any] = {}
        if certificate is not None:
            self._tls = {"ssl": certificate.context, "ssl_handshake_timeout": handshake_s}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; a handshake has the time that a request's head has."""
        if not self.config.loaded:
            self.config.load()
        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(self._door, sock=one, backlog=self.config.backlog)
            for one in sockets or ()
        ]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no more, take those whom the kernel has let in already, and end."""
        shaking: list[asyncio.Task[Any]] = []
        for listening in sockets or ():
            # The kernel resets whom it let in when the last descriptor goes: not before we
            # have them all, and with nothing awaited in between, or more would come.
            with listening.dup() as kept:
                kept.setblocking(False)
                for server in self.servers:
                    server.close()
                shaking += self._take_from(kept)
        if shaking:
            # All at once, and no longer than who is connected has to ask: who never shakes
            # hands must not keep us from ending. Whoever did not is hung up on.
            _, late = await asyncio.wait(shaking, timeout=HEARD_S)
            for one in late:
                one.cancel()
            await asyncio.gather(*shaking, return_exceptions=True)
        await super().shutdown(sockets)

    def _take_from(self, listening: socket.socket) -> Iterator[asyncio.Task[Any]]:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            taking = loop.connect_accepted_socket(self._protocol, connection, **self._tls)
            yield asyncio.create_task(taking)

    def _door(self) -> asyncio.BaseProtocol:
        if self._certificate is None:
            return self._protocol()
        http: Any = self._protocol()
        return CountedTls(http, context=self._certificate.context, handshake_s=self._handshake_s)

    def _protocol(self) -> asyncio.Protocol:
        make: Any = self.config.http_protocol_class
        made: asyncio.Protocol = make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
