"""Slow, endless and malformed requests are answered and let go; quick ones notice nothing."""

import asyncio

import pytest

from adapters.http.server.head_limits import HEAD_MAX
from tests.integration.http.server.wires import App, problem_of, rest, served


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nx: ", b"POST / HT"])
async def test_a_head_that_does_not_end_is_given_up(sent: bytes) -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(sent)
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (408, "/problems/request-too-slow")
    assert app.whole == 0


async def test_a_head_that_drips_is_given_up_too() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()

        async def drip() -> None:
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n")
            while True:
                writer.write(b"x: y\r\n")
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        status, _ = problem_of(await rest(reader))
        dripping.cancel()
    assert status == 408
    assert app.whole == 0


async def test_a_second_request_has_the_same_limit() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET / HTTP/1.1\r\n")
        assert problem_of(await rest(reader))[0] == 408
    assert app.whole == 1


async def test_a_body_that_does_not_come_is_never_taken_for_a_whole_one() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345")
        status, problem = problem_of(await rest(reader))
        assert (status, problem["detail"]) == (408, "the request's body did not arrive in time")
        async with asyncio.timeout(40):
            await app.cut.wait()
    assert app.whole == 0


async def test_what_takes_us_long_is_not_held_against_the_client() -> None:
    app = App()
    app.go_on.clear()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n12")
        await app.begun.wait()
        # Longer than any of the limits.
        await asyncio.sleep(2.0)
        app.go_on.set()
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
    assert app.whole == 1


async def test_many_requests_after_each_other_on_one_connection_are_no_slow_one() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        until = asyncio.get_running_loop().time() + 2.0
        asked = 0
        while asyncio.get_running_loop().time() < until:
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
            asked += 1
            await asyncio.sleep(0.02)
    assert app.whole == asked


async def test_an_idle_connection_is_closed_without_a_word() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        said = await rest(reader)
    assert said.endswith(b"\r\n\r\nhi")


async def test_headers_without_end_are_refused_while_they_come() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * (HEAD_MAX // 6))
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (431, "/problems/headers-too-large")
    assert app.whole == 0


async def test_headers_within_the_limit_are_taken() -> None:
    app = App()
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * (HEAD_MAX - 100))
        await asyncio.sleep(0.1)
        writer.write(b"\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")


async def test_the_rest_of_a_body_behind_its_refusal_is_no_head_of_another_request() -> None:
    app = App()
    app.reads = False
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % (2 * HEAD_MAX))
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        for _ in range(2):
            writer.write(b"x" * HEAD_MAX)
            await asyncio.sleep(0.1)
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        assert app.whole == 2


async def test_a_body_that_goes_on_behind_its_refusal_is_cut_off_without_a_second_answer() -> None:
    app = App()
    app.reads = False
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n")
        assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
        writer.write(b"x")
        assert await rest(reader) == b""


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"nonsense / x\r\n\r\n"]
)
async def test_what_is_no_request_is_answered_as_a_problem(sent: bytes) -> None:
    async with served(App()) as connect:
        reader, writer = await connect()
        writer.write(sent)
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (400, "/problems/invalid-request")


async def test_who_reads_nothing_is_cut_off() -> None:
    app = App()
    # More than what the kernel takes for both ends.
    app.answer = b"x" * 50_000_000
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await asyncio.sleep(3.0)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(10):
                await reader.readexactly(len(app.answer))
