"""Writes of one turn leave together, in order, and before whatever ends the connection."""

import asyncio
from typing import Any

import pytest
import uvicorn

from adapters.http.server.write_coalescing import CoalescingHttp, CoalescingTransport


class _Wire:
    """A transport that keeps what reaches it."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def write_eof(self) -> None:
        self.told.append("ended")

    def set_protocol(self, protocol: object) -> None:
        self.told.append(protocol)

    def is_closing(self) -> bool:
        return "closed" in self.told


def _coalescing() -> tuple[Any, _Wire]:
    wire: Any = _Wire()
    return CoalescingTransport(wire, loop=asyncio.get_running_loop()), wire


async def test_writes_of_one_turn_leave_as_one() -> None:
    coalescing, wire = _coalescing()
    coalescing.write(b"head ")
    coalescing.write(b"body")
    assert wire.told == []
    await asyncio.sleep(0)
    coalescing.write(b"next")
    await asyncio.sleep(0)
    assert wire.told == [b"head body", b"next"]


async def test_what_was_written_leaves_before_a_close() -> None:
    coalescing, wire = _coalescing()
    coalescing.write(b"last")
    coalescing.close()
    await asyncio.sleep(0)
    assert wire.told == [b"last", "closed"]
    assert coalescing.is_closing()


async def test_what_was_written_leaves_before_the_end_and_before_an_upgrade() -> None:
    coalescing, wire = _coalescing()
    coalescing.write(b"101")
    coalescing.set_protocol("websocket")
    coalescing.write(b"frame")
    coalescing.write_eof()
    await asyncio.sleep(0)
    assert wire.told == [b"101", "websocket", b"frame", "ended"]


async def test_a_whole_answer_leaves_before_what_the_request_set_going() -> None:
    told: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asyncio.get_running_loop().call_soon(lambda: told.append("set going"))
        await send({"type": "http.response.start", "status": 201, "headers": _TWO})
        await send({"type": "http.response.body", "body": b"{}"})

    served = _Served(_TWO, app=app)
    served.wire.write = lambda data: told.append(data.partition(b"\r\n\r\n")[2].decode())
    await served.answer()
    assert told == ["{}", "set going"]


_TWO = [(b"content-length", b"2")]


class _Served:
    """An HTTP connection that answers every request with the same headers."""

    def __init__(
        self, headers: list[tuple[bytes, bytes]], *, body: bytes = b"", app: Any = None
    ) -> None:
        async def answering(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 201, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        config = uvicorn.Config(app or answering, ws="none", lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        loop = asyncio.get_running_loop()
        self.protocol = CoalescingHttp(config, state, {}, loop)
        wire: Any = _Wire()
        wire.get_extra_info = lambda *_: None
        self.wire = wire
        self.protocol.connection_made(wire)

    async def answer(self, request: bytes = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") -> bytes:
        self.protocol.data_received(request)
        for _ in range(10):
            await asyncio.sleep(0)
        if self.protocol.timeout_keep_alive_task is not None:
            self.protocol.timeout_keep_alive_task.cancel()
        answered = b"".join(part for part in self.wire.told if isinstance(part, bytes))
        self.wire.told = [one for one in self.wire.told if not isinstance(one, bytes)]
        return answered


async def test_headers_go_out_as_given_the_first_time_and_the_next() -> None:
    given = [(b"x-frame", b"a: b"), (b"content-length", b"2")]
    served = _Served(given, body=b"{}")
    for _ in range(2):
        answered = await served.answer()
        assert answered == (b"HTTP/1.1 201 Created\r\nx-frame: a: b\r\ncontent-length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    "pair", [(b"x-split", b"a\r\nset-cookie: b"), (b"x split", b"a"), (b"x-null", b"\x00")]
)
async def test_a_header_that_could_split_an_answer_is_refused(pair: tuple[bytes, bytes]) -> None:
    served = _Served([pair, (b"content-length", b"0")])
    assert await served.answer() == b""
    assert served.wire.is_closing()


async def test_what_steers_the_connection_is_left_to_uvicorn() -> None:
    served = _Served([(b"connection", b"close"), (b"content-length", b"0")])
    assert b"connection: close\r\n" in await served.answer()
    served = _Served([(b"x-any", b"1")], body=b"part")
    assert b"transfer-encoding: chunked\r\n" in await served.answer()
    served = _Served([(b"content-length", b"0")])
    answered = await served.answer(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert b"connection: close\r\n" in answered
