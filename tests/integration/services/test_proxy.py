"""The proxy passes bytes unchanged, and each of its faults is what it says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.services.ports import free_ports
from tests.services.proxy import FaultProxy, Way

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON_S = 40.0
A_WHILE_S = 0.15


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes, and end when the client does."""
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def proxied(talk: Talk = echo) -> AsyncIterator[FaultProxy]:
    """Give a proxy before a server that talks like this."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, FaultProxy(upstream_port=server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


@asynccontextmanager
async def connected(
    proxy: FaultProxy,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Give a connection through the proxy."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def reply(reader: asyncio.StreamReader, count: int) -> bytes:
    """Read so many bytes, soon."""
    async with asyncio.timeout(SOON_S):
        return await reader.readexactly(count)


async def silence(reader: asyncio.StreamReader) -> bool:
    """Tell whether nothing comes for a while, neither bytes nor an end."""
    try:
        async with asyncio.timeout(A_WHILE_S):
            await reader.read(1)
    except TimeoutError:
        return True
    return False


async def is_cut(reader: asyncio.StreamReader) -> bool:
    """Tell whether the connection is reset soon."""
    try:
        async with asyncio.timeout(SOON_S):
            await reader.read(-1)
    except ConnectionResetError:
        return True
    return False


async def test_bytes_pass_unchanged_and_in_order() -> None:
    sent = bytes(range(256)) * 8_192
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        writer.write(sent)
        assert await reply(reader, len(sent)) == sent
        assert proxy.passed == {Way.REQUESTS: len(sent), Way.REPLIES: len(sent)}


async def test_a_client_that_has_said_all_still_gets_its_reply() -> None:
    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(-1)
        writer.write(str(len(said)).encode("ascii"))
        writer.close()

    async with proxied(count) as proxy, connected(proxy) as (reader, writer):
        writer.write(b"x" * 1_000)
        writer.write_eof()
        async with asyncio.timeout(SOON_S):
            assert await reader.read(-1) == b"1000"


async def test_latency_delays_every_byte_and_keeps_many_on_their_way() -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        proxy.latency_s = 0.1
        for number in range(10):
            writer.write(bytes([number]))
            await asyncio.sleep(0.01)
        assert await reply(reader, 10) == bytes(range(10))
        # Longer than the test lasts: none of it comes through.
        proxy.latency_s = 600
        writer.write(b"late")
        await asyncio.sleep(A_WHILE_S)
    assert proxy.passed == {Way.REQUESTS: 10, Way.REPLIES: 10}


async def test_a_cut_resets_what_is_open_and_lets_new_ones_in() -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"a")
        await reply(reader, 1)
        assert proxy.cut() == 1
        assert await is_cut(reader)
        async with connected(proxy) as (again, more):
            more.write(b"b")
            assert await reply(again, 1) == b"b"


@pytest.mark.parametrize("way", Way)
async def test_a_connection_is_cut_after_so_many_bytes(way: Way) -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        proxy.cut_after(4, way=way)
        writer.write(b"abcd")
        assert await reply(reader, 4) == b"abcd"
        writer.write(b"e")
        assert await is_cut(reader)
        assert proxy.passed[way] == 4


async def test_bytes_are_lost_after_so_many_and_the_connection_stays() -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        proxy.drop_after(3, way=Way.REPLIES)
        writer.write(b"abcdef")
        assert await reply(reader, 3) == b"abc"
        assert await silence(reader)
        assert proxy.passed == {Way.REQUESTS: 6, Way.REPLIES: 3}
        await proxy.heal()
        writer.write(b"g")
        assert await reply(reader, 1) == b"g"


async def test_a_blackhole_keeps_bytes_and_newcomers_waiting_until_it_is_over() -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        proxy.blackhole()
        writer.write(b"a")
        assert await silence(reader)
        async with connected(proxy) as (late, other):
            other.write(b"b")
            assert await silence(late)
            await proxy.heal()
            assert (await reply(reader, 1), await reply(late, 1)) == (b"a", b"b")


async def test_new_connections_are_refused_and_open_ones_stay() -> None:
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"a")
        await reply(reader, 1)
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"b")
        assert await reply(reader, 1) == b"b"
        port = proxy.port
        await proxy.heal()
        assert proxy.port == port
        async with connected(proxy) as (again, more):
            more.write(b"c")
            assert await reply(again, 1) == b"c"


async def test_without_a_server_behind_it_a_connection_is_reset() -> None:
    (nobody,) = free_ports(1)
    async with FaultProxy(upstream_port=nobody) as proxy, connected(proxy) as (reader, _):
        assert await is_cut(reader)


async def test_its_end_leaves_no_connection_and_no_task() -> None:
    before = asyncio.all_tasks()
    async with proxied() as proxy, connected(proxy) as (reader, writer):
        proxy.latency_s = 60.0
        writer.write(b"a")
        assert await silence(reader)
        assert proxy.connections == 1
        left = proxy
        await proxy.__aexit__(None, None, None)
        assert await is_cut(reader)
    assert left.connections == 0
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
