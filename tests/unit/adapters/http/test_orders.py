"""Orders over HTTP: taken in, refused, previewed, explained."""

from typing import Any

import httpx
import pytest

from tests.unit.adapters.http.context import SHARED, Context


async def _submit(client: httpx.AsyncClient, context: Context, **changes: object) -> str:
    answer = await client.post("/api/v1/orders", json=context.order(**changes))
    assert answer.status_code == 201, answer.text
    order_id: str = answer.json()["id"]
    return order_id


async def test_an_order_is_taken_in_and_shown(context: Context, client: httpx.AsyncClient) -> None:
    order_id = await _submit(client, context, client_order_id="mine-1", strategy_id="ema")
    shown = (await client.get(f"/api/v1/orders/{order_id}")).json()
    assert shown["state"] == "accepted"
    assert (shown["client_order_id"], shown["strategy_id"]) == ("mine-1", "ema")
    assert shown["accepted_at"] == "2026-01-07T15:30:00Z"
    assert shown["quantity"] == shown["leaves_quantity"] == "10"


@pytest.mark.parametrize("sent", ['"99.50"', "99.50", "9.95e1"])
async def test_decimals_come_as_strings_or_numbers_and_leave_as_strings(
    context: Context, client: httpx.AsyncClient, sent: str
) -> None:
    body = (
        f'{{"account_id":"{context.account_id}","symbol":"AAPL","side":"buy","type":"limit",'
        f'"quantity":10,"limit_price":{sent}}}'
    )
    answer = await client.post(
        "/api/v1/orders", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201
    assert answer.json()["limit_price"] == "99.5"


@SHARED
async def test_a_number_is_read_without_passing_through_a_float(
    calm: Context, calm_client: httpx.AsyncClient
) -> None:
    # As a float this is 10000000000000000000.0: the last digits would be gone.
    body = (
        f'{{"account_id":"{calm.account_id}","symbol":"AAPL","side":"buy","type":"limit",'
        '"quantity":"10","limit_price":9999999999999999999.01}'
    )
    answer = await calm_client.post(
        "/api/v1/orders/preview", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    told = " ".join(one["message"] for one in answer.json()["reasons"])
    assert "9999999999999999999.01" in told or "99999999999999999990.1" in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "NaN"),
        ("quantity", "sNaN"),
        ("quantity", "Infinity"),
        ("quantity", "-Infinity"),
        ("quantity", "1e400"),
        ("quantity", "1e-400"),
        ("quantity", "1e999999999"),
        ("quantity", "-1"),
        ("quantity", "0"),
        ("quantity", "ten"),
        ("quantity", True),
        ("quantity", None),
        ("quantity", ["10"]),
        ("limit_price", "NaN"),
        ("limit_price", {}),
        ("symbol", "aapl"),
        ("symbol", "A" * 33),
        ("symbol", ""),
        ("side", "hold"),
        ("type", "guess"),
        ("time_in_force", "forever"),
        ("account_id", "mine"),
        ("client_order_id", "a\u0000b"),
        ("client_order_id", "é"),
        ("client_order_id", ""),
        ("client_order_id", "x" * 65),
        ("strategy_id", "s\u0000"),
        ("post_only", "yes"),
        ("trail", "1"),
        ("stop_price", "1"),
        ("expires_at", "9999-12-31T23:59:59-23:59"),
        ("expires_at", "yesterday"),
    ],
)
@SHARED
async def test_a_field_that_does_not_fit_is_named(
    calm: Context, calm_client: httpx.AsyncClient, field: str, value: object
) -> None:
    answer = await calm_client.post("/api/v1/orders", json=calm.order(**{field: value}))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-request"
    pointers = [error["pointer"] for error in problem["errors"]]
    assert [pointer.split("/")[1] for pointer in pointers] == [field]


@SHARED
async def test_a_raw_number_beyond_any_double_is_refused(
    calm: Context, calm_client: httpx.AsyncClient
) -> None:
    body = (
        f'{{"account_id":"{calm.account_id}","symbol":"AAPL","side":"buy","type":"market",'
        '"quantity":1e400}'
    )
    answer = await calm_client.post(
        "/api/v1/orders", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/quantity"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"extra": 1}, "/extra"),
        ({"symbol": ...}, "/symbol"),
    ],
)
@SHARED
async def test_unknown_and_missing_fields_are_named(
    calm: Context, calm_client: httpx.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    sent = {key: value for key, value in {**calm.order(), **body}.items() if value is not ...}
    answer = await calm_client.post("/api/v1/orders", json=sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_an_off_tick_price_and_an_unknown_symbol_are_denied_not_sent(
    context: Context, client: httpx.AsyncClient
) -> None:
    for changes in ({"limit_price": "99.505"}, {"symbol": "NOPE"}):
        answer = await client.post("/api/v1/orders", json=context.order(**changes))
        assert answer.status_code == 403
        problem = answer.json()
        assert problem["type"] == "/problems/order-denied"
        assert problem["reasons"]
        shown = await client.get(f"/api/v1/orders/{problem['order_id']}")
        assert shown.json()["state"] == "denied"


async def test_a_denial_is_explained_with_each_rule(
    context: Context, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/api/v1/orders", json=context.order(quantity="100000"))
    assert answer.status_code == 403
    problem = answer.json()
    assert any(reason["value"] and reason["limit"] for reason in problem["reasons"])
    told = (await client.get(f"/api/v1/orders/{problem['order_id']}/explanation")).json()
    assert told["approved"] is False
    assert [one["code"] for one in told["reasons"]] == [one["code"] for one in problem["reasons"]]
    assert told["headroom"]
    assert told["inputs"]


@SHARED
async def test_a_preview_stores_nothing(calm: Context, calm_client: httpx.AsyncClient) -> None:
    answer = await calm_client.post("/api/v1/orders/preview", json=calm.order())
    assert answer.status_code == 200
    assert answer.json()["approved"] is True
    assert answer.json()["effect"]["value"] == "995"
    assert (await calm_client.get("/api/v1/orders")).json()["items"] == []


async def test_a_bracket_hangs_together(context: Context, client: httpx.AsyncClient) -> None:
    leg = {"symbol": "AAPL", "quantity": "10"}
    body: dict[str, Any] = {
        "account_id": str(context.account_id),
        "group": "bracket",
        "orders": [
            {**leg, "side": "buy", "type": "limit", "limit_price": "99.5"},
            {**leg, "side": "sell", "type": "limit", "limit_price": "104"},
            {**leg, "side": "sell", "type": "stop", "stop_price": "96"},
        ],
    }
    answer = await client.post("/api/v1/order-groups", json=body)
    assert answer.status_code == 201, answer.text
    orders = answer.json()["orders"]
    assert [one["role"] for one in orders] == ["entry", "take_profit", "stop_loss"]
    assert {one["group_id"] for one in orders} == {answer.json()["group_id"]}
    assert [one["waiting"] for one in orders] == [False, True, True]
    body["orders"][1]["limit_price"] = "NaN"
    refused = await client.post("/api/v1/order-groups", json=body)
    assert refused.json()["errors"][0]["pointer"] == "/orders/1/limit_price"
