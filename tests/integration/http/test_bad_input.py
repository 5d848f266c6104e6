"""What must not come in: each is refused with a clear problem that names what is wrong."""

import json
import socket
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.serving import Served

NESTED = b"[" * 100_000
ORDERS = "/api/v1/orders"
# Written down, so that every worker calls the tests by the same names.
NOBODYS = "8a5e3f0c-62d1-4b7e-9f34-1c0d7b9e2a65"


def order(served: Served, **changed: Any) -> dict[str, Any]:
    """Return a good order with some fields changed; None leaves a field out."""
    body = {
        "account_id": served.account_id,
        "symbol": "IBM",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "limit_price": "97",
        "time_in_force": "gtc",
    }
    return {name: value for name, value in (body | changed).items() if value is not None}


def assert_problem(reply: httpx.Response, *, status: int) -> dict[str, Any]:
    """Assert a well-formed problem without a word of the inside, and return it."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = reply.json()
    assert said["status"] == status
    assert said["type"].startswith("/problems/")
    assert said["detail"]
    assert len(said["trace_id"]) == 32
    for inside in ("Traceback", 'File "', "asyncpg", "litestar", "msgspec"):
        assert inside not in reply.text
    return said


@pytest.fixture(scope="module", autouse=True)
def _a_good_order_passes(served: Served) -> None:
    with served.client() as http:
        reply = http.post(ORDERS, json=order(served))
        assert reply.status_code == httpx.codes.CREATED, reply.text


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "Infinity"}, "quantity"),
        ({"quantity": "-Infinity"}, "quantity"),
        ({"quantity": "sNaN"}, "quantity"),
        ({"quantity": "1e400"}, "quantity"),
        ({"quantity": "1e-400"}, "quantity"),
        ({"quantity": "1" * 60}, "quantity"),
        ({"quantity": "ten"}, "quantity"),
        ({"quantity": ""}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": [1]}, "quantity"),
        ({"quantity": {"value": 1}}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"limit_price": "NaN"}, "limit_price"),
        ({"limit_price": "1e400"}, "limit_price"),
        ({"limit_price": "0e999999"}, "limit_price"),
        ({"limit_price": None}, "limit_price"),
        ({"stop_price": "97"}, "stop_price"),
        ({"type": "trailing_stop", "limit_price": None}, "trail"),
        ({"type": "iceberg"}, "type"),
        ({"type": 5}, "type"),
        ({"side": "hold"}, "side"),
        ({"side": None}, "side"),
        ({"symbol": ""}, "symbol"),
        ({"symbol": "I" * 33}, "symbol"),
        ({"symbol": "IB\u0000M"}, "symbol"),
        ({"symbol": 7}, "symbol"),
        ({"symbol": "ibm"}, "symbol"),
        ({"time_in_force": "forever"}, "time_in_force"),
        ({"time_in_force": "gtd"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2026-02-30T00:00:00Z", "time_in_force": "gtd"}, "expires_at"),
        ({"expires_at": "2026-03-01T00:00:00", "time_in_force": "gtd"}, "expires_at"),
        ({"account_id": "mine"}, "account_id"),
        ({"account_id": 5}, "account_id"),
        ({"account_id": None}, "account_id"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "c" * 65}, "client_order_id"),
        ({"client_order_id": "nul\u0000"}, "client_order_id"),
        ({"client_order_id": "half \ud800"}, ""),
        ({"strategy_id": "nul\u0000"}, "strategy_id"),
        ({"quantty": "1"}, ""),
        ({"account": {"id": 1}}, ""),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_bad_field_of_an_order_is_named(
    served: Served, http: httpx.Client, changed: dict[str, Any], pointer: str
) -> None:
    said = assert_problem(
        http.post(ORDERS, content=json.dumps(order(served, **changed))), status=400
    )
    where = json.dumps(said.get("errors", [])) + said["detail"]
    assert pointer in where


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1", b"0", b"01"])
def test_a_number_that_is_none_is_refused(served: Served, http: httpx.Client, value: bytes) -> None:
    content = json.dumps(order(served, quantity="@")).encode().replace(b'"@"', value)
    assert_problem(http.post(ORDERS, content=content), status=400)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"order"',
        b"{",
        b"{}",
        b"\xff\xfe",
        b"\x00",
        NESTED,
        b'{"a":' * 9,
    ],
    ids=lambda content: repr(content[:12]),
)
@pytest.mark.parametrize(
    "path",
    [
        ORDERS,
        "/api/v1/orders/preview",
        "/api/v1/pre-trade/analyze",
        "/api/v1/order-groups",
        "/api/v1/accounts",
        "/api/v1/risk-rules",
        "/api/v1/risk-rules/test",
        "/api/v1/risk-rules/calculate-position-size",
        "/api/v1/kill-switch/release",
        "/api/v1/auth/token",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/join",
        "/api/v1/auth/password",
        "/api/v1/auth/password/reset",
        "/api/v1/invitations",
    ],
)
def test_a_body_that_is_no_object_is_refused(http: httpx.Client, path: str, content: bytes) -> None:
    assert_problem(http.post(path, content=content), status=400)


def test_a_price_off_the_tick_is_denied_and_says_so(served: Served, http: httpx.Client) -> None:
    said = assert_problem(http.post(ORDERS, json=order(served, limit_price="97.001")), status=403)
    assert said["order_id"]
    assert "tick" in said["detail"]


@pytest.mark.parametrize("price", ["0", "-97", "-0.01"])
def test_a_price_that_no_stock_can_have_is_denied(
    served: Served, http: httpx.Client, price: str
) -> None:
    for side in ("buy", "sell"):
        bad = order(served, limit_price=price, side=side)
        said = assert_problem(http.post(ORDERS, json=bad), status=403)
        assert "limit_price: must be above 0" in said["detail"]


def test_a_quantity_off_the_lot_is_denied(served: Served, http: httpx.Client) -> None:
    said = assert_problem(http.post(ORDERS, json=order(served, quantity="1.5")), status=403)
    assert "lot" in said["detail"]


def test_an_unknown_symbol_is_denied(served: Served, http: httpx.Client) -> None:
    said = assert_problem(http.post(ORDERS, json=order(served, symbol="NOSUCH")), status=403)
    assert said["detail"] == "unknown symbol NOSUCH"
    assert_problem(http.get("/api/v1/market/quotes/NOSUCH"), status=404)


def test_an_unknown_account_is_not_found(served: Served, http: httpx.Client) -> None:
    unknown = str(uuid4())
    said = assert_problem(http.post(ORDERS, json=order(served, account_id=unknown)), status=404)
    assert unknown in said["detail"]


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_body_is_refused_before_it_is_kept(http: httpx.Client, chunked: bool) -> None:
    size = 1_048_577

    def parts() -> Any:
        for _ in range(size // 1024 + 1):
            yield b" " * 1024

    reply = http.post(ORDERS, content=parts() if chunked else b" " * size)
    said = assert_problem(reply, status=413)
    assert "1048576" in said["detail"]


@pytest.mark.parametrize("key", [b"", b"k" * 256, b"tab\there", "späť".encode()])
def test_a_bad_idempotency_key_is_refused(served: Served, http: httpx.Client, key: bytes) -> None:
    reply = http.post(ORDERS, json=order(served), headers={b"Idempotency-Key": key})
    said = assert_problem(reply, status=400)
    assert "Idempotency-Key" in said["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/orders?limit=0", 400),
        ("/api/v1/orders?limit=201", 400),
        ("/api/v1/orders?limit=many", 400),
        ("/api/v1/orders?limit=1e400", 400),
        ("/api/v1/orders?limit=" + "9" * 5000, 400),
        ("/api/v1/orders?cursor=nonsense", 400),
        ("/api/v1/orders?cursor=%00", 400),
        ("/api/v1/orders?cursor=" + "A" * 30_000, 400),
        ("/api/v1/orders?state=gone", 400),
        ("/api/v1/orders?account_id=mine", 400),
        ("/api/v1/orders?symbol=%00", 400),
        ("/api/v1/orders?client_order_id=%00", 400),
        ("/api/v1/orders?strategy_id=%ff%00", 400),
        ("/api/v1/orders/mine", 404),
        (f"/api/v1/orders/{NOBODYS}", 404),
        ("/api/v1/accounts/mine", 404),
        (f"/api/v1/accounts/{NOBODYS}/positions", 404),
        ("/api/v1/market/bars/IBM?count=-1", 400),
        ("/api/v1/market/bars/IBM?count=nine", 400),
        ("/api/v1/market/quotes/%00", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/../../etc/passwd", 404),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_query_or_path_is_refused(http: httpx.Client, path: str, status: int) -> None:
    assert_problem(http.get(path), status=status)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic b3duZXI6cGFzcw=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Authorization": "Bearer " + "e" * 20_000},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9."},
    ],
    ids=lambda headers: str(headers)[:50],
)
def test_a_request_without_a_good_token_is_unauthorized(served: Served, headers: Any) -> None:
    url = served.server.url + ORDERS
    reply = httpx.get(url, headers=headers, trust_env=False)
    assert_problem(reply, status=401)
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET " + b"/" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=lambda sent: repr(sent[:20]),
)
def test_bytes_that_are_no_request_end_the_connection_only(
    served: Served, http: httpx.Client, sent: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=10) as one:
        answered = b""
        # What is too long is not read to its end: the connection may be over before we are.
        with suppress(OSError):
            one.sendall(sent)
            one.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while data := one.recv(65_536):
                answered += data
    assert b"Traceback" not in answered
    assert b" 500 " not in answered[:64]
    assert http.get("/health/live").status_code == httpx.codes.OK
