"""A small application behind the real server, for tests of the wire itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from adapters.cli.trust import trusting
from adapters.http.server.server import HttpServer
from adapters.http.server.settings import ServerSettings

QUICK = replace(ServerSettings(), port=0, head_s=0.5, body_s=1.0, write_s=1.0, keep_alive_s=1)
LENGTH = (b"content-length", b"2")
Pipes = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Pipes]]


class App:
    """Reads the whole body, as every route does, and counts those that it got."""

    def __init__(self) -> None:
        self.whole = 0
        self.cut = asyncio.Event()
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.answer = b"hi"
        self.reads = True

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        self.begun.set()
        await self.go_on.wait()
        while self.reads:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.cut.set()
                return
            if not message.get("more_body", False):
                break
        self.whole += 1
        length = (b"content-length", b"%d" % len(self.answer))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": self.answer})


@asynccontextmanager
async def served(app: App, settings: ServerSettings = QUICK) -> AsyncIterator[Connect]:
    """Serve an application on a free port of loopback; gives what connects to it."""
    server = HttpServer(settings=settings)
    port = urlsplit(server.bind()).port
    await server.start(app)
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> Pipes:
        certificate = settings.tls_certificate
        context = None if certificate is None else trusting(certificate)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writers.append(writer)
        return reader, writer

    try:
        yield connect
    finally:
        for writer in writers:
            writer.close()
        await server.stop()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what still comes until the server hangs up."""
    async with asyncio.timeout(10):
        return await reader.read()


def problem_of(said: bytes) -> tuple[int, dict[str, Any]]:
    """Return the status and the problem of a whole answer, after which the server hangs up."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    problem: dict[str, Any] = json.loads(body)
    return int(head.split()[1]), problem
