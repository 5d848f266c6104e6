"""The application behind the real server, for tests that speak in bytes."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, generate_latest

from adapters.http.server.server import HttpServer
from adapters.http.server.settings import ServerSettings
from adapters.http.settings import HttpSettings as EdgeSettings
from tests.unit.adapters.http.context import Context, open_context
from tests.waiting import PATIENCE_S

WAIT_S = 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came back on a connection."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """Return the body of a refusal."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["x-content-type-options"] == "nosniff"
        assert self.headers["x-frame-options"] == "DENY"
        told: dict[str, Any] = json.loads(self.body)
        assert told["status"] == self.status
        return told


@dataclass(slots=True, kw_only=True)
class Door:
    """A server that answers, what is behind it, and the connections of the test."""

    context: Context
    url: str
    registry: CollectorRegistry
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self, context: ssl.SSLContext | None = None) -> "Line":
        """Open a connection."""
        parts = urlsplit(self.url)
        name = "localhost" if context is not None else None
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port, ssl=context, server_hostname=name
        )
        self._writers.append(writer)
        return Line(reader=reader, writer=writer)

    def metric(self, name: str) -> float:
        """Return a figure without labels."""
        page = generate_latest(self.registry).decode().splitlines()
        return float(next(line for line in page if line.startswith(f"{name} ")).split()[1])

    def close(self) -> None:
        """Hang up everywhere."""
        for writer in self._writers:
            writer.close()


@dataclass(slots=True, kw_only=True)
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, method: str, path: str, headers: dict[str, str] | None = None) -> None:
        """Send a request."""
        lines = [
            f"{name}: {value}" for name, value in {"Host": "localhost", **(headers or {})}.items()
        ]
        self.writer.write("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode())

    async def heard(self, *, bare: bool = False) -> Answer:
        """Return the next answer; bare: of one to HEAD, which has no body."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            length = 0 if bare else int(headers.get("content-length", "0"))
            body = await self.reader.readexactly(length)
        return Answer(status=int(first.split()[1]), headers=headers, body=body)

    async def asked(self, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Send a request and return its answer."""
        self.say(method, path, headers)
        return await self.heard(bare=method == "HEAD")

    async def is_over(self) -> bool:
        """Tell whether the server has hung up, once it has said everything."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read() == b""
            except ConnectionResetError:
                return True


@asynccontextmanager
async def opened(
    settings: ServerSettings | None = None, *, edge: EdgeSettings | None = None
) -> AsyncIterator[Door]:
    """Serve the application on a free port of loopback."""
    registry = CollectorRegistry()
    own = replace(settings or ServerSettings(), port=0)
    server = HttpServer(settings=own, registry=registry)
    async with open_context(edge or EdgeSettings(access_log=False)) as context:
        url = server.bind()
        door = Door(context=context, url=url, registry=registry)
        try:
            await server.start(context.app)
            yield door
        finally:
            door.close()
            await context.close()
            await server.stop()
