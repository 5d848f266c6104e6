"""Heads have one limit, however they arrive, and every answer comes in its turn."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.http.server.head_limits import HEAD_MAX
from adapters.http.server.settings import ServerSettings
from tests.certificates import make
from tests.integration.http.server.wires import App, Connect, Pipes, problem_of, rest, served

ANY_PORT = replace(ServerSettings(), port=0)
ASKED = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
TOLD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"
IN_CHUNKS = (
    b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    b"8\r\na\r\n\r\nb\r\n\r\n0\r\n\r\n"
)
HANDSHAKE = (
    b"GET /ws/v1 HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
# How much at a time, and the limit of all at once.
PIECES = {"whole": 10 * HEAD_MAX, "halves": HEAD_MAX // 2, "odd": 9_973}


def _padded(request: bytes, *, size: int) -> bytes:
    """Fill a request's head up to its size, the blank line included, by many headers."""
    lines, _, body = request.partition(b"\r\n\r\n")
    missing = size - len(lines) - 4
    filled = [b"\r\nx: " + b"y" * 195] * (missing // 200)
    if missing % 200:
        filled[-1] += b"y" * (missing % 200)
    head = lines + b"".join(filled) + b"\r\n\r\n"
    assert len(head) == size
    return head + body


async def _write(writer: asyncio.StreamWriter, sent: bytes, *, piece: int) -> None:
    for at in range(0, len(sent), piece):
        writer.write(sent[at : at + piece])
        await writer.drain()
        if piece < len(sent):
            await asyncio.sleep(0.005)


async def _answers(reader: asyncio.StreamReader, count: int) -> None:
    for _ in range(count):
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n\r\nhi")).startswith(b"HTTP/1.1 200")


BEFORE = {
    "first": (b"", 0),
    "after-a-get": (ASKED, 1),
    "after-a-body": (TOLD, 1),
    "after-chunks": (IN_CHUNKS, 1),
    "after-many": (ASKED + TOLD + IN_CHUNKS + TOLD, 4),
    "after-blank-lines": (ASKED + b"\r\n", 1),
}


@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize(
    "request_", [ASKED, TOLD, IN_CHUNKS, HANDSHAKE], ids=["get", "post", "chunks", "ws"]
)
async def test_a_head_over_the_limit_is_refused_however_it_arrives(
    request_: bytes, pieces: str
) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        await _write(writer, _padded(request_, size=HEAD_MAX + 1), piece=PIECES[pieces])
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (431, "/problems/headers-too-large")
    assert app.whole == 0


@pytest.mark.parametrize("pieces", PIECES)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("at_once", [True, False], ids=["pipelined", "kept"])
async def test_every_request_of_a_connection_has_the_limit(
    before: str, pieces: str, at_once: bool
) -> None:
    app = App()
    earlier, count = BEFORE[before]
    blank = 2 if earlier.endswith(b"\r\n\r\n\r\n") else 0
    piece = PIECES[pieces]
    async with served(app, ANY_PORT) as connect:
        good, bad = await connect(), await connect()
        for (reader, writer), over in ((good, 0), (bad, 1)):
            sent = _padded(ASKED, size=HEAD_MAX - blank + over)
            if at_once:
                await _write(writer, earlier + sent, piece=piece)
                await _answers(reader, count)
            else:
                await _write(writer, earlier, piece=piece)
                await _answers(reader, count)
                await _write(writer, sent, piece=piece)
        await _answers(good[0], 1)
        status, problem = problem_of(await rest(bad[0]))
    assert (status, problem["type"]) == (431, "/problems/headers-too-large")
    assert app.whole == 2 * count + 1


async def test_a_head_without_end_is_refused_while_another_request_is_in_hand() -> None:
    app = App()
    app.go_on.clear()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(TOLD)
        await app.begun.wait()
        await _write(writer, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * HEAD_MAX, piece=50_000)
        app.go_on.set()
        await _answers(reader, 1)
        assert problem_of(await rest(reader))[0] == 431
    assert app.whole == 1


@pytest.mark.parametrize("size", [3 * HEAD_MAX, 40 * HEAD_MAX])
async def test_whoever_still_sends_reads_the_refusal_all_the_same(size: int) -> None:
    async with served(App(), ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(_padded(ASKED, size=size))
        assert problem_of(await rest(reader))[0] == 431


NONSENSE = [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"{}" * 40_000]


async def _held(connect: Connect, app: App, sent: bytes, *, apart: bytes = b"") -> Pipes:
    """Send while the first request is held; return the connection once it may be answered."""
    app.begun.clear()
    app.go_on.clear()
    reader, writer = await connect()
    writer.write(sent)
    await app.begun.wait()
    writer.write(apart)
    await asyncio.sleep(0.05)
    app.go_on.set()
    return reader, writer


@pytest.mark.parametrize("nonsense", NONSENSE, ids=["words", "tls", "short", "long"])
@pytest.mark.parametrize("apart", [True, False], ids=["later", "at-once"])
@pytest.mark.parametrize("first", [TOLD, ASKED, IN_CHUNKS], ids=["post", "get", "chunks"])
async def test_what_is_no_request_behind_one_is_refused_after_its_answer(
    first: bytes, apart: bool, nonsense: bytes
) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        if apart:
            reader, _ = await _held(connect, app, first, apart=nonsense)
        else:
            reader, _ = await _held(connect, app, first + nonsense)
        await _answers(reader, 1)
        status, problem = problem_of(await rest(reader))
    assert (status, problem["type"]) == (400, "/problems/invalid-request")
    assert app.whole == 1


async def test_a_long_answer_is_whole_before_the_refusal() -> None:
    app = App()
    app.answer = b"z" * 3_000_000 + b"\r\n\r\nhi"
    async with served(app, ANY_PORT) as connect:
        reader, _ = await _held(connect, app, TOLD + b"nonsense\r\n\r\n")
        async with asyncio.timeout(10):
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(app.answer)) == app.answer
        assert problem_of(await rest(reader))[0] == 400


@pytest.mark.parametrize(
    "half",
    [
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"GET // HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nhost: a\r\n\r\n",
        HANDSHAKE,
    ],
    ids=["chunks", "lengths", "header", "address", "handshake"],
)
async def test_requests_before_the_refused_one_are_answered_in_order(half: bytes) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, _ = await _held(connect, app, TOLD + ASKED + IN_CHUNKS + half + ASKED)
        await _answers(reader, 3)
        assert problem_of(await rest(reader))[0] == 400
    assert app.whole == 3


async def test_what_was_asked_to_be_the_last_is_answered_and_nothing_behind_it() -> None:
    app = App()
    last = TOLD.replace(b"host: a", b"host: a\r\nconnection: close")
    async with served(app, ANY_PORT) as connect:
        reader, _ = await _held(connect, app, last + b"nonsense\r\n\r\n")
        said = await rest(reader)
    assert said.count(b"HTTP/1.1 ") == 1
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize("piece", [1, 7, 10_000])
async def test_requests_in_a_row_are_answered_in_order_wherever_the_network_cuts(
    piece: int,
) -> None:
    app = App()
    h2c = ASKED.replace(b"host: a", b"host: a\r\nconnection: upgrade\r\nupgrade: h2c")
    row = TOLD + ASKED + IN_CHUNKS + b"\r\n" + ASKED + TOLD + h2c + TOLD
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        for at in range(0, len(row), piece):
            writer.write(row[at : at + piece])
            await asyncio.sleep(0)
        await _answers(reader, 7)
    assert app.whole == 7


@pytest.mark.parametrize("told", [b"", b" ", b"0x5", b"5,5", b"-5", b"5 5", b"9" * 30])
async def test_a_length_that_is_none_is_refused(told: bytes) -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(TOLD.replace(b"length: 5", b"length: " + told))
        assert problem_of(await rest(reader))[0] == 400
    assert app.whole == 0


@pytest.mark.parametrize("told", [b"5 ", b"05", b"\t5"])
async def test_a_length_may_be_written_with_spaces_and_zeros(told: bytes) -> None:
    async with served(App(), ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write(TOLD.replace(b"length: 5", b"length: " + told) + ASKED)
        await _answers(reader, 2)


async def test_a_body_of_blank_lines_is_one_body() -> None:
    app = App()
    lines = b"\r\n\r\n" * 20_000
    in_chunks = b"%x\r\n%b\r\n" % (len(lines), lines)
    sent = IN_CHUNKS.replace(b"0\r\n\r\n", in_chunks * 3 + b"0\r\n\r\n")
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(sent + ASKED)
            await _answers(reader, 2)
        writer.write(b"nonsense\r\n\r\n")
        assert problem_of(await rest(reader))[0] == 400
    assert app.whole == 4


async def test_a_read_of_many_requests_is_answered_in_order() -> None:
    app = App()
    async with served(app, ANY_PORT) as connect:
        reader, writer = await connect()
        writer.write((ASKED + TOLD + IN_CHUNKS) * 300)
        await _answers(reader, 900)
    assert app.whole == 900


async def test_all_of_it_holds_over_tls(tmp_path: Path) -> None:
    make(tmp_path)
    files = ServerSettings(tls_certificate=tmp_path / "server.pem", tls_key=tmp_path / "server.key")
    app = App()
    async with served(app, replace(files, port=0)) as connect:
        reader, writer = await connect()
        writer.write(TOLD + _padded(ASKED, size=HEAD_MAX) + _padded(ASKED, size=3 * HEAD_MAX))
        await _answers(reader, 2)
        assert problem_of(await rest(reader))[0] == 431
        reader, _ = await _held(connect, app, TOLD + ASKED + b"nonsense\r\n\r\n")
        await _answers(reader, 2)
        assert problem_of(await rest(reader))[0] == 400
    assert app.whole == 4
