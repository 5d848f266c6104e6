"""The HTTP load client against a real socket: exact counts, and every bad reply is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bench.load import Load, LoadError, run_load

CREATED = b'HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{"id":"done"}'
# Far more than a socket gives at once.
LARGE = b"HTTP/1.1 201 Created\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
Answer = Callable[[bytes], bytes]


@asynccontextmanager
async def answering(answer: Answer, *, seen: list[bytes]) -> AsyncIterator[int]:
    """Serve keep-alive HTTP on a free port; what `answer` gives is sent in two pieces."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
                request = head + await reader.readexactly(length)
                seen.append(request)
                reply = answer(request)
                if not reply:
                    break
                writer.write(reply[:20])
                await writer.drain()
                await asyncio.sleep(0)
                writer.write(reply[20:])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def load_of(port: int, *, requests: int = 10, timeout_s: float = 5.0) -> Load:
    return Load(
        port=port,
        path="/orders",
        body=lambda number: f'{{"n":{number}}}'.encode(),
        headers={"Authorization": "Bearer token"},
        extra_headers=lambda number: {"Idempotency-Key": f"key-{number}"},
        requests=requests,
        connections=3,
        warm_up=4,
        timeout_s=timeout_s,
    )


async def test_every_request_is_sent_once_with_its_own_body_and_key() -> None:
    seen: list[bytes] = []
    async with answering(lambda _: CREATED, seen=seen) as port:
        report = await run_load(load_of(port, requests=20))

    assert len(seen) == 24
    assert {request.split(b"\r\n\r\n", 1)[1] for request in seen} == {
        f'{{"n":{number}}}'.encode() for number in range(24)
    }
    for request in seen:
        number = request.rsplit(b":", 1)[1].rstrip(b"}")
        assert b"Idempotency-Key: key-" + number + b"\r\n" in request
        assert b"Authorization: Bearer token\r\n" in request
    assert (report.requests, report.latency_ms.count) == (20, 20)
    assert report.requests_per_s == pytest.approx(20 / report.seconds)
    assert 0 < report.latency_ms.p50 <= report.latency_ms.p99


async def test_a_reply_in_many_pieces_is_one_reply() -> None:
    seen: list[bytes] = []
    async with answering(lambda _: LARGE, seen=seen) as port:
        report = await run_load(load_of(port, requests=6))
    assert len(seen) == 10
    assert report.latency_ms.count == 6


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied", "expected one reply 201"),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", "without Content-Length"),
        (CREATED + b"HTTP/1.1 201 Created", "expected one reply 201"),
        # In one piece with the end of the body, or behind it: it is found either way.
        (LARGE + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "expected one reply"),
        (b"", "closed the connection"),
    ],
)
async def test_a_reply_that_is_not_the_expected_one_ends_the_load(
    reply: bytes, complaint: str
) -> None:
    async with answering(lambda _: reply, seen=[]) as port:
        with pytest.raises(LoadError, match=complaint):
            await run_load(load_of(port))


async def test_a_server_that_never_finishes_a_reply_is_left_in_time() -> None:
    async with answering(lambda _: CREATED[:-3], seen=[]) as port:
        with pytest.raises(LoadError, match=r"not done within 0\.2 s"):
            await run_load(load_of(port, timeout_s=0.2))


async def test_nobody_listening_is_told() -> None:
    async with answering(lambda _: CREATED, seen=[]) as port:
        pass
    with pytest.raises(LoadError, match=str(port)):
        await run_load(load_of(port))


@pytest.mark.parametrize(
    ("connections", "requests", "warm_up"), [(0, 1, 0), (2_000, 2_000, 0), (8, 4, 0), (1, 1, -1)]
)
def test_a_load_out_of_bounds_is_refused(connections: int, requests: int, warm_up: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        Load(
            port=1,
            path="/",
            body=lambda _: b"",
            connections=connections,
            requests=requests,
            warm_up=warm_up,
        )
