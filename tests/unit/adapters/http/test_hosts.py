"""Which Host headers are answered, over HTTP and for WebSockets."""

from typing import Any

import httpx
import pytest

from adapters.http.hosts import AllowedHosts
from adapters.http.once import repeated
from adapters.http.problems import Problem
from adapters.http.settings import HttpSettings
from tests.unit.adapters.http.context import SHARED, Context, open_context
from tests.unit.adapters.http.streams.socket import Closed, connected


def _refusal(hosts: AllowedHosts, *given: str, path: str = "/api/status") -> Problem | None:
    pairs = [(b"accept", b"*/*"), *((b"host", one.encode("latin-1")) for one in given)]
    return repeated(dict(pairs), pairs=pairs) or hosts.refusal(dict(pairs), path=path)


def _status(hosts: AllowedHosts, *given: str, path: str = "/api/status") -> int | None:
    refusal = _refusal(hosts, *given, path=path)
    return None if refusal is None else refusal.status


OURS = AllowedHosts(["localhost", "127.0.0.1", "::1", "Desk.Example.com", "*.trade.example"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "localhost.",
        "127.0.0.1:1",
        "[::1]:8000",
        "[0:0:0:0:0:0:0:1]",
        "desk.example.com",
        "a.trade.example",
        "b.a.trade.example:443",
    ],
)
def test_our_own_names_are_answered_on_any_port(host: str) -> None:
    assert _status(OURS, host) is None
    # The second time it is remembered.
    assert _status(OURS, host) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "trade.example",
        "eviltrade.example",
        "desk.example.com.evil.example",
        "localhost.evil.example",
        "10.0.0.1",
        "[::2]",
        "0.0.0.0",
    ],
)
def test_other_names_are_misdirected(host: str) -> None:
    assert _status(OURS, host) == 421


@pytest.mark.parametrize(
    "host",
    ["", " ", "a b", "localhost:x", "localhost/..", "user@localhost", "[::1", "é", "-a", "l:1:2"],
)
def test_what_is_no_host_is_an_invalid_request(host: str) -> None:
    assert _status(OURS, host) == 400


def test_one_host_is_named_and_only_one() -> None:
    assert _status(OURS) == 400
    assert _status(OURS, "localhost", "localhost") == 400
    assert _status(OURS, "localhost", "evil.example") == 400
    assert _status(OURS, "evil.example", "localhost") == 400


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_probes_may_name_any_address_or_none_but_no_foreign_name(path: str) -> None:
    assert _status(OURS, "10.0.0.1:8000", path=path) is None
    assert _status(OURS, "[2001:db8::1]", path=path) is None
    assert _status(OURS, path=path) is None
    assert _status(OURS, "evil.example", path=path) == 421
    # What a probe was allowed is not remembered for others.
    assert _status(OURS, "10.0.0.1:8000") == 421


def test_any_address_is_ours_where_that_is_said() -> None:
    hosts = AllowedHosts(["localhost"], any_address=True)
    assert _status(hosts, "10.0.0.1:8000") is None
    assert _status(hosts, "[2001:db8::1]") is None
    assert _status(hosts, "evil.example") == 421


def test_no_more_spellings_are_remembered_than_there_is_room_for() -> None:
    hosts = AllowedHosts(["localhost"])
    for port in range(1_000):
        assert _status(hosts, f"localhost:{port}") is None
    assert len(hosts._known) == 256


@SHARED
async def test_a_foreign_host_is_told_so_before_anything_else(calm: Context) -> None:
    async with calm.client(None) as nobody:
        answer = await nobody.get("/docs", headers={"Host": "evil.example"})
        assert answer.status_code == 421
        assert answer.json()["type"] == "/problems/misdirected-request"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        probe = await nobody.get("/health/live", headers={"Host": "10.1.2.3:8000"})
        assert probe.status_code == 200
        malformed = await nobody.get("/docs", headers={"Host": "a b"})
        assert malformed.json()["errors"][0]["pointer"] == "#Host"


async def test_a_preflight_of_a_foreign_host_is_refused_too() -> None:
    settings = HttpSettings(access_log=False, allowed_origins=("https://desk.example.com",))
    asked = {"Origin": "https://desk.example.com", "Access-Control-Request-Method": "POST"}
    async with open_context(settings) as context, context.client(None) as nobody:
        assert (await nobody.options("/api/v1/orders", headers=asked)).status_code == 204
        asked["Host"] = "evil.example"
        assert (await nobody.options("/api/v1/orders", headers=asked)).status_code == 421


@SHARED
async def test_a_websocket_for_another_host_is_refused(calm: Context) -> None:
    headers = {"Authorization": f"Bearer {calm.token}"}
    for host, status in (("evil.example", 421), ("a b", 400)):
        with pytest.raises(Closed) as refused:
            async with connected(calm.app, headers={**headers, "host": host}):
                pass
        assert refused.value.code == status


async def test_the_owner_s_token_reaches_nothing_under_a_name_that_was_rebound(
    context: Context, client: httpx.AsyncClient
) -> None:
    answer = await client.post(
        "/api/v1/orders", json=context.order(), headers={"Host": "rebound.example"}
    )
    assert answer.status_code == 421
    assert (await client.get("/api/v1/orders")).json()["items"] == []


@SHARED
async def test_a_refused_handshake_has_the_security_headers_of_any_answer(calm: Context) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "websocket",
        "path": "/ws/v1",
        "query_string": b"ticket=guess",
        "headers": [(b"host", b"localhost")],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }
    await calm.app.asgi_handler(scope, receive, send)
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 401
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"cache-control"] == b"no-store"
    assert b"default-src 'none'" in headers[b"content-security-policy"]
