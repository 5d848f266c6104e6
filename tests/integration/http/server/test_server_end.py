"""Whoever got a connection is answered, also when the server ends in that very moment."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvloop

from adapters.http.server.server import HttpServer
from adapters.http.server.settings import ServerSettings

CLIENTS = 20
REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
LENGTH = (b"content-length", b"2")

Loop = Callable[[], asyncio.AbstractEventLoop]
Scenario = Callable[[HttpServer, int], Awaitable[None]]


async def hello(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [LENGTH]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Loop:
    made: Loop = request.param
    return made


def serving(loop: Loop, scenario: Scenario) -> None:
    async def run() -> None:
        server = HttpServer(settings=replace(ServerSettings(), port=0))
        port = urlsplit(server.bind()).port
        assert port is not None
        await server.start(hello)
        await scenario(server, port)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())


@contextmanager
def connected(port: int) -> Iterator[list[socket.socket]]:
    """Connect without letting the server's loop run: only the kernel has let them in."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(CLIENTS)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


async def answered(client: socket.socket) -> bytes:
    """Ask, and read until the server closes."""
    client.setblocking(False)
    running = asyncio.get_running_loop()
    await running.sock_sendall(client, REQUEST)
    said = b""
    async with asyncio.timeout(10):
        while part := await running.sock_recv(client, 4096):
            said += part
    return said


def test_who_was_let_in_by_the_kernel_alone_is_answered(loop: Loop) -> None:
    async def scenario(server: HttpServer, port: int) -> None:
        with connected(port) as clients:
            stopping = asyncio.create_task(server.stop())
            said = await asyncio.gather(*(answered(client) for client in clients))
            await stopping
        assert all(one.startswith(b"HTTP/1.1 200") for one in said)

    serving(loop, scenario)


def test_who_was_accepted_and_has_not_asked_yet_is_answered(loop: Loop) -> None:
    async def scenario(server: HttpServer, port: int) -> None:
        with connected(port) as clients:
            # Time to be accepted.
            await asyncio.sleep(0.2)
            stopping = asyncio.create_task(server.stop())
            await asyncio.sleep(0.1)
            said = await asyncio.gather(*(answered(client) for client in clients))
            await stopping
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)
        assert all(one.startswith(b"HTTP/1.1 200") for one in said)
        assert all(b"connection: close" in one.lower() for one in said)

    serving(loop, scenario)


def test_who_never_asks_does_not_keep_the_server_from_ending(loop: Loop) -> None:
    async def scenario(server: HttpServer, port: int) -> None:
        with connected(port) as clients:
            await asyncio.sleep(0.2)
            async with asyncio.timeout(10):
                await server.stop()
            assert all(client.recv(1) == b"" for client in clients)

    serving(loop, scenario)
