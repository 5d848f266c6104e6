"""The venue's server answers nonsense with a clean error, and never hangs."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from adapters.brokers.paper import wire
from tests.contracts.broker.contract import EVERY_SHAPE
from tests.integration.brokers.venue_process import ROOT, VenueProcess, venue_process

GOOD = msgspec.json.encode(
    wire.Submission(account_id="a", client_order_id="x", terms=EVERY_SHAPE[0])
)
READ_S_MAX = 0.3


@pytest.fixture(scope="module")
def venue() -> Iterator[VenueProcess]:
    with venue_process("--read-s-max", str(READ_S_MAX)) as venue:
        yield venue


async def talk(venue: VenueProcess, data: bytes, *, ends: bool = True) -> bytes:
    """Send bytes and return all that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    try:
        async with asyncio.timeout(60):
            writer.write(data)
            if ends:
                writer.write_eof()
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def request(body: bytes, path: str = "/v1/orders", *, length: int | None = None) -> bytes:
    """Return a POST of a body."""
    size = len(body) if length is None else length
    return f"POST {path} HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode() + body


def status(reply: bytes) -> int:
    """Return a reply's status."""
    return int(reply.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (request(b"{"), 400),
        (request(b""), 400),
        (request(b"\xff\xfe"), 400),
        (request(b"[" * 100_000), 400),
        (request(b'{"account_id":"a"}'), 400),
        (request(GOOD[:-1] + b',"more":1}'), 400),
        (request(GOOD.replace(b'"10"', b'"NaN"')), 400),
        (request(GOOD.replace(b'"10"', b'"1e400"')), 400),
        (request(GOOD.replace(b'"10"', b'"-1"')), 400),
        (request(GOOD.replace(b'"IBM"', b'"ibm"')), 400),
        (request(b"", length=2_000_000), 413),
        (b"POST /v1/orders HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/orders HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", 400),
        (b"POST /v1/orders HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        (b"POST /v1/orders HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /v1/orders HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /v1/orders HTTP/1.1\r\n\r\n", 405),
        (b"GARBAGE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    ],
)
async def test_nonsense_is_answered_with_a_clean_error(
    venue: VenueProcess, data: bytes, expected: int
) -> None:
    reply = await talk(venue, data)
    assert status(reply) == expected
    body = reply.partition(b"\r\n\r\n")[2]
    assert msgspec.json.decode(body, type=wire.Problem).error


@pytest.mark.parametrize("cut", [1, 30, 70, 150])
async def test_a_request_that_stalls_is_ended(venue: VenueProcess, cut: int) -> None:
    reply = await talk(venue, request(GOOD)[:cut], ends=False)
    assert status(reply) == 408


async def test_requests_sent_in_pieces_and_in_a_row_are_served(venue: VenueProcess) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
    body = msgspec.json.encode(wire.Owner(account_id="nobody"))
    data = request(body, "/v1/positions") * 2
    async with asyncio.timeout(60):
        for start in range(0, len(data), 11):
            writer.write(data[start : start + 11])
            await writer.drain()
            await asyncio.sleep(0)
        for _ in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            assert status(head) == 200
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            assert await reader.readexactly(length) == b'{"positions":[]}'
    writer.close()


async def test_random_damage_never_breaks_or_hangs_the_server(venue: VenueProcess) -> None:
    dice = random.Random(11)
    for _ in range(300):
        data = bytearray(request(GOOD, dice.choice(["/v1/orders", "/admin/market", "/v1/reports"])))
        for _ in range(dice.randint(1, 6)):
            where = dice.randrange(len(data))
            match dice.randrange(3):
                case 0:
                    data[where] = dice.randrange(256)
                case 1:
                    del data[where : where + dice.randint(1, 20)]
                case _:
                    data[where:where] = dice.randbytes(dice.randint(1, 20))
        reply = await talk(venue, bytes(data))
        assert not reply or status(reply) < 500, bytes(data)
    assert venue.process.poll() is None
    assert status(await talk(venue, b"GET /v1/traits HTTP/1.1\r\n\r\n")) == 200


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--faults", "lost=1"], "'lost' is not one of"),
        (["--faults", "lost_reply=2"], "lost_reply: must be a probability"),
        (["--faults", "lost_reply=x"], "could not convert"),
        (["--quote", "IBM=1"], "is not SYMBOL=BID/ASK"),
        (["--quote", "IBM=2/1"], "must not exceed the ask"),
        (["--dedup", "some"], "invalid choice"),
    ],
)
def test_wrong_arguments_are_said_in_one_line(arguments: list[str], says: str) -> None:
    command = [sys.executable, "-m", "adapters.brokers.paper.server", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
