"""What follows a body in chunks is no header, and has a limit as heads do."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from adapters.http.server.head_limits import HEAD_MAX
from adapters.http.server.settings import ServerSettings
from tests.integration.http.server.wires import App, problem_of, rest, served

ANY_PORT = replace(ServerSettings(), port=0)
CHUNKED = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n"
ASKED = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


class _Listening(App):
    """Keeps the headers as they are when the whole body is there."""

    def __init__(self) -> None:
        super().__init__()
        self.headers: list[list[tuple[bytes, bytes]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)
        self.headers.append([*scope["headers"]])


async def test_what_follows_a_body_is_not_taken_for_a_header() -> None:
    app = _Listening()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(CHUNKED + b"0\r\nx-forwarded-for: 192.0.2.1\r\nif-match: *\r\n\r\n" + ASKED)
        for _ in range(2):
            async with asyncio.timeout(10):
                await reader.readuntil(b"\r\n\r\nhi")
    told = (b"transfer-encoding", b"chunked")
    assert app.headers == [[(b"host", b"a"), told], [(b"host", b"a")]]


ENDLESS = {
    "many": (b"0\r\n", b"x: y\r\n"),
    "one": (b"0\r\nx: ", b"y"),
    "extension": (b"1;x=", b"y"),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_what_is_neither_head_nor_body_has_the_limit_of_a_head(kind: str) -> None:
    begun, repeated = ENDLESS[kind]
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(CHUNKED + begun)
        for _ in range(20):
            writer.write(repeated * (HEAD_MAX // 4 // len(repeated)))
            await asyncio.sleep(0.005)
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (431, "/problems/headers-too-large")
    assert app.whole == 0


async def test_a_body_in_many_small_chunks_is_let_in() -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        for _ in range(8):
            writer.write(b"1;" + b"y" * (HEAD_MAX // 4) + b"\r\na\r\n" if _ else CHUNKED)
            await asyncio.sleep(0.005)
        writer.write(b"0\r\nx: " + b"y" * (HEAD_MAX // 2) + b"\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readuntil(b"\r\n\r\nhi")
