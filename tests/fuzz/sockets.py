"""Parsers behind a socket: the paper venue's HTTP, and the server's WebSocket."""

import asyncio
import contextlib
import time
from random import Random

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.fuzz.found import Found
from tests.fuzz.mutate import mutated
from tests.torture.context import Context
from tests.torture.processes import Server

ANSWER_S = 15.0
# Between looks whether the other side still lives as it should.
LOOK_EVERY = 50

_ACCOUNT = "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f"
_TERMS = (
    '{"symbol":"IBM","side":"buy","type":"limit","quantity":"1","limit_price":"90",'
    '"time_in_force":"gtc"}'
)
_QUOTE = '{"symbol":"IBM","bid":"97","ask":"98","last":"97","at":"2026-03-02T14:30:00Z"}'
_VENUE = tuple(
    f"POST {path} HTTP/1.1\r\nHost: venue\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    for path, body in (
        (
            "/v1/orders",
            f'{{"account_id":"{_ACCOUNT}","client_order_id":"one","terms":{_TERMS}}}',
        ),
        ("/v1/orders/cancel", f'{{"account_id":"{_ACCOUNT}","client_order_id":"one"}}'),
        ("/v1/orders/find", f'{{"account_id":"{_ACCOUNT}","client_order_id":"one"}}'),
        ("/v1/positions", f'{{"account_id":"{_ACCOUNT}"}}'),
        ("/v1/reports", '{"after":0,"wait_s":0}'),
        (
            "/admin/market",
            f'{{"quotes":[{_QUOTE}]}}',
        ),
    )
)
_MESSAGES = (
    f'{{"op":"subscribe","id":"1","channel":"orders","account_id":"{_ACCOUNT}"}}'.encode(),
    b'{"op":"subscribe","channel":"quotes","symbols":["IBM","AAPL"]}',
    b'{"op":"subscribe","channel":"kill_switch","from_sequence":0}',
    b'{"op":"unsubscribe","channel":"quotes"}',
    b'{"op":"ping","id":"2"}',
    b'{"op":"authenticate","token":"a.b.c"}',
)


async def fuzz_venue(port: int, *, seconds: float, random: Random) -> Found:
    """Send the venue nonsense on fresh connections; it answers or hangs up, and lives on."""
    found = Found(name="paper venue")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = random.choice(_VENUE)
        if random.random() < 0.9:
            data = mutated(data, random=random)
        with found.feeding(data):
            found.taken += (await _exchanged(port, data)).startswith(b"HTTP/1.1 200")
        if found.inputs % LOOK_EVERY == 0:
            sound = b"GET /v1/traits HTTP/1.1\r\nHost: venue\r\n\r\n"
            if not (await _exchanged(port, sound)).startswith(b"HTTP/1.1 200"):
                found.wrongs.append(f"the venue is ill after {data[:400]!r}")
                return found
    return found


async def _exchanged(port: int, data: bytes) -> bytes:
    """Send, say that no more comes, and return what is answered."""
    async with asyncio.timeout(ANSWER_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            # A server that hangs up on nonsense half way is right to.
            with contextlib.suppress(ConnectionError):
                writer.write(data)
                writer.write_eof()
                return await reader.read()
            return b""
        finally:
            writer.close()


async def fuzz_websocket(
    server: Server, context: Context, *, seconds: float, random: Random
) -> Found:
    """Send the server's WebSocket nonsense, as messages and as bare bytes."""
    found = Found(name="WebSocket frames")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ticket = str((await context.done("POST", "/api/v1/ws/ticket", None))["ticket"])
        if random.random() < 0.3:
            await _bare(server.port, ticket, found=found, random=random)
        else:
            await _messages(server.url, ticket, found=found, random=random)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            if not server.is_alive() or (await http.get("/health/live")).status_code != 200:
                found.wrongs.append("the server died")
                return found
    return found


async def _messages(url: str, ticket: str, *, found: Found, random: Random) -> None:
    """Send well-formed frames with nonsense in them until the server hangs up."""
    address = f"{url.replace('http', 'ws', 1)}/ws/v1?ticket={ticket}"
    data = b""
    with contextlib.suppress(WebSocketException, ConnectionError):
        async with (
            asyncio.timeout(ANSWER_S),
            connect(address, proxy=None, max_queue=None) as socket,
        ):
            for _ in range(random.randint(1, 30)):
                data = mutated(random.choice(_MESSAGES), random=random)
                with found.feeding(data):
                    await _one(socket, data, found=found, random=random)


async def _one(socket: ClientConnection, data: bytes, *, found: Found, random: Random) -> None:
    try:
        text = data.decode() if random.random() < 0.9 else None
    except UnicodeDecodeError:
        text = None
    try:
        await socket.send(data if text is None else text)
        # Frames come in order: the pong's answer is behind the one to the nonsense.
        await (await socket.ping())
        found.taken += 1
    except (WebSocketException, ConnectionError):
        # The server hung up with a code: its right with nonsense.
        return


async def _bare(port: int, ticket: str, *, found: Found, random: Random) -> None:
    """Shake hands, then send bytes that are no frames."""
    hello = (
        f"GET /ws/v1?ticket={ticket} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    frame = b"\x81\x85\x00\x00\x00\x00hello"
    data = mutated(frame, random=random)
    if random.random() < 0.3:
        hello = mutated(hello, random=random)
    with found.feeding(hello + data):
        answered = await _exchanged(port, hello + data)
        assert b"Traceback" not in answered
        assert not answered.startswith(b"HTTP/1.1 500")
