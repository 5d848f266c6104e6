"""A WebSocket client that speaks to the application without a network."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar

WAIT_S = 5.0


class Closed(Exception):
    """The server closed the WebSocket, or refused it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Socket:
    """One connection; a test reads frames, and may stop the server from sending any."""

    def __init__(self) -> None:
        self._to_server: asyncio.Queue[Any] = asyncio.Queue()
        self._to_client: asyncio.Queue[Any] = asyncio.Queue()
        # Cleared, a send waits: as when the peer does not read and buffers are full.
        self.reads = asyncio.Event()
        self.reads.set()
        # What the server chose of the protocols that were offered.
        self.protocol: str | None = None
        self.denial: dict[str, Any] | None = None

    async def receive(self) -> Any:
        """Give the server what the client said."""
        return await self._to_server.get()

    async def send(self, message: Any) -> None:
        """Take what the server says."""
        if message["type"] == "websocket.send":
            await self.reads.wait()
        self._to_client.put_nowait(message)

    async def connect(self) -> None:
        """Shake hands; raises Closed when refused."""
        self._to_server.put_nowait({"type": "websocket.connect"})
        first = await self._next()
        if first["type"] == "websocket.http.response.start":
            body = (await self._next())["body"]
            self.denial = {**first, "body": json.loads(body)}
            raise Closed(first["status"], json.loads(body)["type"])
        assert first["type"] == "websocket.accept"
        self.protocol = first.get("subprotocol")

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.say_raw(json.dumps(message))

    def say_raw(self, text: str) -> None:
        """Send a text frame."""
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def say_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    def hang_up(self) -> None:
        """Leave."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def next(self, type: str | None = None) -> dict[str, Any]:
        """Return the next frame, or the next of a type; raises Closed."""
        while True:
            message = await self._next()
            if message["type"] == "websocket.close":
                raise Closed(message["code"], message["reason"])
            frame: dict[str, Any] = json.loads(message["text"])
            if type is None or frame["type"] == type:
                return frame

    async def until_closed(self) -> tuple[list[dict[str, Any]], Closed]:
        """Return what still comes, and how the server closed."""
        frames: list[dict[str, Any]] = []
        while True:
            try:
                frames.append(await self.next())
            except Closed as closed:
                return frames, closed

    async def is_quiet(self) -> bool:
        """Tell whether nothing more comes once everyone had a turn."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self._to_client.empty()

    async def _next(self) -> Any:
        async with asyncio.timeout(WAIT_S):
            return await self._to_client.get()


@asynccontextmanager
async def connected(
    app: Litestar,
    *,
    headers: dict[str, str] | None = None,
    query: str = "",
    path: str = "/ws/v1",
    protocols: Sequence[str] = (),
    client: str | None = None,
) -> AsyncIterator[Socket]:
    """Connect and greet; on the way out hang up and wait until the server let go."""
    socket = Socket()
    sent = {"host": "localhost", **(headers or {})}
    scope: Any = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(key.lower().encode(), value.encode()) for key, value in sent.items()],
        "subprotocols": list(protocols),
        "client": (client, 1) if client is not None else None,
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }
    task = asyncio.ensure_future(app.asgi_handler(scope, socket.receive, socket.send))
    try:
        await socket.connect()
        yield socket
    finally:
        socket.reads.set()
        socket.hang_up()
        async with asyncio.timeout(WAIT_S):
            await task
