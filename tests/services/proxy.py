"""Stand between a client and a server on loopback, and let the network misbehave."""

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536
# How much waits in one direction of a connection before its sender is held back.
_QUEUED_MAX = 64
# Closing with this sends a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    """A direction through the proxy."""

    REQUESTS = "from the client to the server"
    REPLIES = "from the server to the client"


@dataclass(slots=True)
class _Limit:
    """How many bytes still pass one way, and whether the connection is cut after them."""

    bytes_left: int
    cuts: bool


@dataclass(slots=True, eq=False)
class _Link:
    """One connection: its two sockets."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None

    def reset(self) -> None:
        """Break both ends, as a lost route and a firewall do."""
        for writer in filter(None, (self.client, self.server)):
            raw = writer.get_extra_info("socket")
            if raw is not None and raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


@dataclass(slots=True, kw_only=True)
class FaultProxy:
    """A TCP proxy on loopback whose faults are switched on and off while it runs.

    Bytes are never changed and never overtake each other. A fault holds for the connections
    that are open and for those to come, until `heal`.
    """

    upstream_port: int
    # 0 takes a free one.
    port: int = 0
    latency_s: float = 0.0
    # On top of the latency, each time another part of it; bytes keep their order.
    jitter_s: float = 0.0
    # How many bytes pass each way of a connection in a second; None: as many as come.
    bytes_per_s: float | None = None
    # How long the end of one side is kept from the other.
    slow_close_s: float = 0.0
    # What becomes of connections that are taken from now on: reset at once, or never served.
    resets_new: bool = False
    stalls_new: bool = False
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0), init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _links: dict[asyncio.Task[None], _Link] = field(default_factory=dict, init=False)
    _flows: dict[Way, asyncio.Event] = field(
        default_factory=lambda: {way: asyncio.Event() for way in Way}, init=False
    )
    _limits: dict[Way, _Limit] = field(default_factory=dict, init=False)

    async def __aenter__(self) -> Self:
        """Start to listen."""
        await self.heal()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and cut what is open."""
        await self.refuse()
        tasks = list(self._links)
        self.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    def cut(self) -> int:
        """Reset every connection, and tell how many those were; new ones are taken."""
        links = list(self._links.values())
        for link in links:
            link.reset()
        return len(links)

    def cut_after(self, count: int, *, way: Way) -> None:
        """Let so many bytes pass in all, then reset the connection that brings the next one."""
        self._limits[way] = _Limit(bytes_left=count, cuts=True)

    def drop_after(self, count: int, *, way: Way) -> None:
        """Let so many bytes pass in all, then lose the rest; the connections stay open."""
        self._limits[way] = _Limit(bytes_left=count, cuts=False)

    def blackhole(self, *ways: Way) -> None:
        """Pass nothing on, both ways unless one is named.

        What is sent meanwhile arrives when this is over, as TCP repeats it.
        """
        for way in ways or Way:
            self._flows[way].clear()

    def hang_up(self) -> int:
        """End every connection in good order, as a server that shuts down; new ones are taken."""
        links = list(self._links.values())
        for link in links:
            for writer in filter(None, (link.client, link.server)):
                writer.close()
        return len(links)

    async def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        server, self._server = self._server, None
        if server is not None:
            # Not `wait_closed`: that waits for the open connections too.
            server.close()

    async def heal(self) -> None:
        """End every fault, and listen again on the same port."""
        for flow in self._flows.values():
            flow.set()
        self.resets_new = self.stalls_new = False
        self.slow_close_s = self.jitter_s = 0.0
        self.bytes_per_s = None
        self._limits.clear()
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        link = self._links[task] = _Link(client=writer)
        try:
            # Only the proxy's own end cancels it, and nothing comes after this.
            with contextlib.suppress(asyncio.CancelledError):
                await self._carry(reader, link)
        finally:
            del self._links[task]
            for end in filter(None, (link.client, link.server)):
                end.close()

    async def _carry(self, reader: asyncio.StreamReader, link: _Link) -> None:
        try:
            if self.resets_new:
                raise _Cut
            while self.stalls_new:  # noqa: ASYNC110 - a fault's end is no hurry
                await asyncio.sleep(0.05)
            await self._flows[Way.REQUESTS].wait()
            from_server, link.server = await asyncio.open_connection(
                "127.0.0.1", self.upstream_port
            )
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, link.server, way=Way.REQUESTS))
                ways.create_task(self._pass(from_server, link.client, way=Way.REPLIES))
        except* (OSError, _Cut):
            link.reset()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, way: Way
    ) -> None:
        """Pass one way: one task reads, another writes each chunk when its time has come."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUED_MAX)
        loop = asyncio.get_running_loop()

        async def read() -> None:
            chunk = b"begin"
            while chunk:
                chunk = await reader.read(_CHUNK_BYTES)
                late_s = self.latency_s + self.jitter_s * random.random()
                await queue.put((loop.time() + late_s, chunk))

        async with asyncio.TaskGroup() as both:
            both.create_task(read())
            while True:
                due, chunk = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._flows[way].wait()
                if not chunk:
                    await asyncio.sleep(self.slow_close_s)
                    break
                if self.bytes_per_s is not None:
                    await asyncio.sleep(len(chunk) / self.bytes_per_s)
                let_through = self._let_through(chunk, way=way)
                self.passed[way] += len(let_through)
                writer.write(let_through)
                await writer.drain()
                limit = self._limits.get(way)
                if limit is not None and limit.cuts and len(let_through) < len(chunk):
                    raise _Cut
        # One side may end while the other still has something to say.
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _let_through(self, chunk: bytes, *, way: Way) -> bytes:
        limit = self._limits.get(way)
        if limit is None:
            return chunk
        part = chunk[: limit.bytes_left]
        limit.bytes_left -= len(part)
        return part


class _Cut(Exception):
    """A connection is over because a fault says so."""
