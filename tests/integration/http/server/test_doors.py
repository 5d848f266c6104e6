"""What the real server says to those who do not ask as they should, byte by byte."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from adapters.http.server.settings import ServerSettings
from adapters.http.server.upgrades import FRAMES_BURST, FRAMES_PER_S
from tests.integration.http.server.doors import HANDSHAKE, WAIT_S, Door, opened
from tests.waiting import eventually


class _KeptLines(logging.Handler):
    """Keeps what libraries complain of."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    kept, root = _KeptLines(), logging.getLogger()
    root.addHandler(kept)
    yield kept.lines
    root.removeHandler(kept)


def _bearer(door: Door) -> dict[str, str]:
    return {"Authorization": f"Bearer {door.context.token}"}


@pytest.mark.parametrize(
    ("path", "headers", "status", "kind"),
    [
        ("/ws/v1", {}, 401, "unauthorized"),
        ("/ws/v1?ticket=guess", {}, 401, "unauthorized"),
        ("/ws/v2", {}, 404, "not-found"),
        ("/ws%2fv1", {}, 404, "not-found"),
        ("/ws/v1", {"Origin": "https://evil.example.com"}, 403, "origin-refused"),
        ("/ws/v1", {"Host": "evil.example.com"}, 421, "misdirected-request"),
        ("/ws/v1", {"Sec-WebSocket-Protocol": "ballast.ticket.x"}, 400, "invalid-request"),
    ],
)
async def test_a_refused_handshake_is_no_fault_of_the_server(
    complaints: list[str], path: str, headers: dict[str, str], status: int, kind: str
) -> None:
    async with opened() as door:
        line = await door.connect()
        answer = await line.asked("GET", path, {**HANDSHAKE, **headers})
        assert (answer.status, answer.problem["type"]) == (status, f"/problems/{kind}")
        assert answer.headers["strict-transport-security"]
        assert await line.is_over()
    assert complaints == []


@pytest.mark.parametrize(
    ("method", "without", "status"),
    [
        ("POST", "", 405),
        ("DELETE", "", 405),
        ("HEAD", "", 405),
        ("GET", "Sec-WebSocket-Key", 400),
        ("GET", "Sec-WebSocket-Version", 400),
    ],
)
async def test_what_is_no_handshake_is_refused_as_all_else_is(
    complaints: list[str], method: str, without: str, status: int
) -> None:
    async with opened() as door:
        line = await door.connect()
        sent = {name: value for name, value in HANDSHAKE.items() if name != without}
        line.say(method, "/ws/v1", {**sent, **_bearer(door)})
        answer = await line.heard()
        assert answer.status == status
        kind = {405: "method-not-allowed", 400: "invalid-request"}[status]
        assert answer.problem["type"] == f"/problems/{kind}"
        assert ("allow" in answer.headers) is (status == 405)
        assert await line.is_over()
        assert door.metric("ballast_websocket_malformed_total") == 1
    assert complaints == []


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": "2"}, b"{}"),
        ({"Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
        ({"X-Long": "a" * 9_000}, b""),
        ({f"X-{number}": "a" for number in range(200)}, b""),
    ],
    ids=["body", "chunked", "long", "many"],
)
async def test_a_handshake_that_nothing_is_said_of_is_refused_too(
    complaints: list[str], headers: dict[str, str], body: bytes
) -> None:
    async with opened() as door:
        line = await door.connect()
        line.say("GET", "/ws/v1", {**HANDSHAKE, **_bearer(door), **headers})
        line.writer.write(body)
        answer = await line.heard()
        assert (answer.status, answer.problem["type"]) == (400, "/problems/invalid-request")
        assert await line.is_over()
        assert door.metric("ballast_websocket_malformed_total") == 1
        await _settled(door, 0)
    assert complaints == []


async def test_a_good_handshake_is_one_still() -> None:
    async with opened() as door:
        line = await door.connect()
        asked = {**HANDSHAKE, **_bearer(door), "Sec-WebSocket-Protocol": "ballast.v1"}
        answer = await line.asked("GET", "/ws/v1", asked)
        assert answer.status == 101
        assert answer.headers["sec-websocket-protocol"] == "ballast.v1"
        assert b"welcome" in await line.reader.read(400)


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://localhost/health/live", "localhost", 200),
        ("HTTP://LocalHost:8000/health/live", "localhost:9000", 200),
        ("http://[::1]:8000/health/live", "[::1]", 200),
        ("http://evil.example.com/health/live", "localhost", 421),
        ("http://localhost@evil.example.com/health/live", "localhost", 421),
        ("http://evil.example.com/health/live", "evil.example.com:80", 421),
        ("http://localhost.evil.example.com/api/v1/orders", "localhost", 421),
        ("ws://evil.example.com/ws/v1", "localhost", 421),
    ],
)
async def test_a_target_that_names_another_host_is_misdirected(
    target: str, host: str, status: int
) -> None:
    async with opened() as door:
        line = await door.connect()
        answer = await line.asked("GET", target, {"Host": host})
        assert answer.status == status
        if status != 200:
            assert answer.problem["type"] == "/problems/misdirected-request"


async def test_what_follows_a_misdirected_request_is_not_looked_at() -> None:
    async with opened() as door:
        line = await door.connect()
        line.writer.write(
            b"POST http://evil.example.com/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
            b"\r\nbodyGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        assert (await line.heard()).status == 421
        assert await line.is_over()


async def test_a_head_has_no_body_and_the_next_answer_follows() -> None:
    async with opened() as door:
        line = await door.connect()
        for path in ("/health/live", "/docs", "/openapi.json", "/nope", "/api/v1/orders"):
            head = await line.asked("HEAD", path)
            whole = await line.asked("GET", path)
            assert (head.status, head.headers["content-length"]) == (
                whole.status,
                whole.headers["content-length"],
            )
            assert len(whole.body) == int(whole.headers["content-length"])


@pytest.mark.parametrize(
    "path",
    [
        "//api/v1/orders",
        "/docs/..//api/v1/orders",
        "/docs/%2e%2e/api/v1/orders",
        "/api%2Fv1/orders",
        "/api/v1/./orders",
        "/docs//",
    ],
)
async def test_a_path_of_two_meanings_is_no_path(path: str) -> None:
    async with opened() as door:
        line = await door.connect()
        answer = await line.asked("GET", path, _bearer(door))
        assert (answer.status, answer.problem["type"]) == (404, "/problems/not-found")


FEW = replace(ServerSettings(), connections_per_network=3)


HALF_A_BODY = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
)


async def test_a_network_has_so_many_connections_and_is_told_so() -> None:
    async with opened(FEW) as door:
        lines = [await door.connect() for _ in range(3)]
        for line in lines:
            assert (await line.asked("GET", "/ws/v1", {**HANDSHAKE, **_bearer(door)})).status == 101
        assert door.metric("ballast_http_connections_open") == 3
        late, silent = await door.connect(), await door.connect()
        late.say("GET", "/health/live")
        answer = await late.heard()
        assert (answer.status, answer.problem["type"]) == (429, "/problems/too-many-requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert await late.is_over()
        # Who says nothing is told and let go as well.
        assert (await silent.heard()).status == 429
        assert await silent.is_over()
        assert door.metric("ballast_http_connections_refused_total") == 2
        # Whoever leaves makes room.
        lines[1].writer.close()
        await _settled(door, 2)
        again = await door.connect()
        assert (await again.asked("GET", "/health/live")).status == 200


async def test_a_thousand_who_say_nothing_keep_nobody_from_stopping() -> None:
    """From the same address: the first of them give way, and nobody is turned away."""
    async with opened() as door:
        silent = [await door.connect() for _ in range(1_000)]
        await _settled(door, 1_000)
        stopping = await door.connect()
        body = b'{"scope":"tenant","reason":"runaway"}'
        length = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        stopping.say("POST", "/api/v1/kill-switch/activate", {**_bearer(door), **length})
        stopping.writer.write(body)
        assert (await stopping.heard()).status == 200
        assert await silent[0].is_over()
        assert (await silent[-1].asked("GET", "/health/live")).status == 200
        assert door.metric("ballast_http_connections_refused_total") == 0
        assert door.metric("ballast_http_connections_displaced_total") == 1


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /health/live HTTP/1.1\r\nX-Slow: ",
        HALF_A_BODY,
        b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" + HALF_A_BODY,
    ],
    ids=["nothing", "half a head", "half a body", "half a body behind an answer"],
)
async def test_whoever_is_waited_for_gives_way_to_who_asks(said: bytes) -> None:
    async with opened(FEW) as door:
        waited_for = [await door.connect() for _ in range(3)]
        for line in waited_for:
            line.writer.write(said)
            if said.startswith(b"GET /health/live HTTP/1.1\r\nHost"):
                assert (await line.heard()).status == 200
        await _settled(door, 3)
        for line in waited_for:
            asking = await door.connect()
            assert (await asking.asked("GET", "/health/live")).status == 200
            assert await line.is_over()
        assert door.metric("ballast_http_connections_refused_total") == 0


async def test_whoever_was_answered_gives_way_behind_those_who_were_before() -> None:
    async with opened(FEW) as door:
        first, second, third = [await door.connect() for _ in range(3)]
        for line in (second, third, first):
            assert (await line.asked("GET", "/health/live")).status == 200
        newcomer = await door.connect()
        assert (await newcomer.asked("GET", "/health/live")).status == 200
        assert await second.is_over()
        for line in (first, third, newcomer):
            assert (await line.asked("GET", "/health/live")).status == 200


async def test_websockets_count_as_the_connections_that_they_are() -> None:
    async with opened(FEW) as door:
        lines = [await door.connect() for _ in range(3)]
        for line in lines:
            assert (await line.asked("GET", "/ws/v1", {**HANDSHAKE, **_bearer(door)})).status == 101
        late = await door.connect()
        late.say("GET", "/health/live")
        assert (await late.heard()).status == 429
        for line in lines:
            line.writer.close()
        await _settled(door, 0)
        refused = await door.connect()
        assert (await refused.asked("GET", "/ws/v1", HANDSHAKE)).status == 401
        assert await refused.is_over()
        await _settled(door, 0)


async def test_a_crowd_is_hung_up_on_without_a_word() -> None:
    async with opened(replace(FEW, connections_per_network=1)) as door:
        kept = await door.connect()
        assert (await kept.asked("GET", "/ws/v1", {**HANDSHAKE, **_bearer(door)})).status == 101
        waiting, crowd = await door.connect(), await door.connect()
        assert await crowd.is_over()
        waiting.say("GET", "/health/live")
        assert (await waiting.heard()).status == 429


async def test_the_connections_of_a_trusted_proxy_are_not_counted() -> None:
    proxied = replace(FEW, connections_per_network=1, trusted_proxies=("127.0.0.0/8",))
    async with opened(proxied) as door:
        for line in [await door.connect() for _ in range(5)]:
            assert (await line.asked("GET", "/health/live")).status == 200


def _frame(opcode: int, payload: bytes = b"") -> bytes:
    """Return a frame as clients send it, under a mask that changes nothing."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


@pytest.mark.parametrize("opcode", [0x9, 0xA], ids=["pings", "pongs"])
async def test_control_frames_without_end_are_the_end(opcode: int) -> None:
    """Few of a flood are answered, and its sender is told; others go on."""
    async with opened() as door:
        other, line = await door.connect(), await door.connect()
        for one in (other, line):
            asked = {**HANDSHAKE, **_bearer(door)}
            assert (await one.asked("GET", "/ws/v1", asked)).status == 101
        line.writer.write(_frame(opcode, b"x") * 20_000)
        told = b""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(WAIT_S):
                told = await line.reader.read()
        pongs = told.count(b"\x8a\x01x")
        assert pongs <= FRAMES_BURST + FRAMES_PER_S * WAIT_S
        assert (1008).to_bytes(2) + b"too many frames" in told
        other.writer.write(_frame(0x9, b"me"))
        async with asyncio.timeout(WAIT_S):
            await other.reader.readuntil(b"\x8a\x02me")


async def _settled(door: Door, count: int) -> None:
    await eventually(lambda: door.metric("ballast_http_connections_open") == count)
