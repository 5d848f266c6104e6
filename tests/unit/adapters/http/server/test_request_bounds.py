"""Where one request ends and the next begins is beyond doubt, or the connection ends."""

import asyncio
from typing import Any

import pytest
import uvicorn

from adapters.http.server.write_coalescing import CoalescingHttp

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST /told HTTP/1.1\r\nHost: x\r\n"


class _Wire:
    """A transport that keeps what is answered."""

    def __init__(self) -> None:
        self.answered = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.answered += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing more comes."""

    def resume_reading(self) -> None:
        """Nothing more comes."""

    def get_extra_info(self, *_: object) -> None:
        return None


async def _asked(sent: bytes) -> tuple[list[str], _Wire]:
    """Send bytes to a server of ours; return the paths that it was asked for, and its wire."""
    paths: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        while (await receive()).get("more_body"):
            pass
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
        )
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, ws="none", lifespan="off", log_config=None)
    config.load()
    protocol = CoalescingHttp(config, uvicorn.server.ServerState(), {}, asyncio.get_running_loop())
    wire: Any = _Wire()
    protocol.connection_made(wire)
    protocol.data_received(sent)
    for _ in range(20):
        await asyncio.sleep(0)
    if protocol.timeout_keep_alive_task is not None:
        protocol.timeout_keep_alive_task.cancel()
    return paths, wire


@pytest.mark.parametrize(
    "sent",
    [
        START + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        START + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
        START + b"Content-Length: 0\r\nContent-Length: 34\r\n\r\n" + SMUGGLED,
        START + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
        START + b"Content-Length : 0\r\n\r\n" + SMUGGLED,
        START + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        START + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
        START + b"X-Folded: a\r\n Content-Length: 0\r\n\r\n" + SMUGGLED,
        START.replace(b"\r\n", b"\n") + b"\n" + SMUGGLED,
    ],
    ids=[
        "length-and-chunked",
        "chunked-and-length",
        "two-lengths",
        "signed-length",
        "space-before-colon",
        "unknown-coding",
        "coding-after-chunked",
        "folded",
        "bare-newlines",
    ],
)
async def test_a_request_whose_end_is_in_doubt_ends_the_connection(sent: bytes) -> None:
    paths, wire = await _asked(sent)
    assert "/smuggled" not in paths
    assert wire.answered.startswith(b"HTTP/1.1 400 ")
    assert wire.closed


async def test_two_good_requests_in_a_row_are_two() -> None:
    paths, wire = await _asked(START + b"Content-Length: 5\r\n\r\nhello" + SMUGGLED)
    assert paths == ["/told", "/smuggled"]
    assert wire.answered.count(b"HTTP/1.1 200 OK") == 2
