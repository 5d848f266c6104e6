"""What is the body of a request is never taken for the next request."""

import asyncio
from dataclasses import replace

import pytest

from adapters.http.server.settings import ServerSettings
from tests.integration.http.server.wires import App, problem_of, rest, served

ANY_PORT = replace(ServerSettings(), port=0)
HIDDEN = b"GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n"
ASKS = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: "
BODIES = {
    "told": b"content-length: %d\r\n\r\n%b" % (len(HIDDEN), HIDDEN),
    "chunks": b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("protocol", ["h2c", "tls/1.0", "websocket"])
@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"], ids=["0", "1"])
@pytest.mark.parametrize("piece", [1_000, 7])
async def test_no_request_hides_in_the_body_of_one_that_asks_for_another_protocol(
    protocol: str, body: str, before: bytes, piece: int
) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        sent = before + ASKS + protocol.encode() + b"\r\n" + BODIES[body]
        for at in range(0, len(sent), piece):
            writer.write(sent[at : at + piece])
            await asyncio.sleep(0.001)
        if before:
            async with asyncio.timeout(10):
                await reader.readuntil(b"\r\n\r\nhi")
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (400, "/problems/invalid-request")
    assert app.whole == bool(before)


@pytest.mark.parametrize("length", [b"", b"content-length: 0\r\n"], ids=["none", "zero"])
async def test_whoever_asks_for_another_protocol_without_a_body_is_answered(length: bytes) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(ASKS + b"h2c\r\n" + length + b"\r\n")
            async with asyncio.timeout(10):
                await reader.readuntil(b"\r\n\r\nhi")
    assert app.whole == 2
