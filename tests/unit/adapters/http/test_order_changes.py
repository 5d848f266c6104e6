"""Orders over HTTP: listed, changed, closed, kept apart."""

from decimal import Decimal
from uuid import uuid4

import httpx
import pytest

from tests.unit.adapters.http.context import SHARED, Context


async def _submit(client: httpx.AsyncClient, context: Context, **changes: object) -> str:
    answer = await client.post("/api/v1/orders", json=context.order(**changes))
    assert answer.status_code == 201, answer.text
    order_id: str = answer.json()["id"]
    return order_id


async def test_lists_are_cut_into_pages_and_filtered(
    context: Context, client: httpx.AsyncClient
) -> None:
    made = [
        await _submit(client, context, quantity=str(10 + index), symbol=symbol)
        for index, symbol in enumerate(("AAPL", "MSFT", "AAPL", "MSFT", "AAPL"))
    ]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/orders", params=query)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 2
    assert seen == made[::-1]
    only = (await client.get("/api/v1/orders", params={"symbol": "MSFT"})).json()["items"]
    assert [one["id"] for one in only] == [made[3], made[1]]
    none = await client.get("/api/v1/orders?state=filled&state=denied")
    assert none.json()["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=zzz",
        "cursor=%00",
        "account_id=1",
        "state=odd",
        "symbol=aapl",
        "strategy_id=%00",
        "account_id=null",
        "symbol=AAPL&symbol=MSFT",
        "acount_id=0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f",
    ],
)
@SHARED
async def test_a_query_that_does_not_fit_is_refused(
    calm_client: httpx.AsyncClient, query: str
) -> None:
    answer = await calm_client.get(f"/api/v1/orders?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"#{query.partition('=')[0]}"


async def test_a_resting_order_is_replaced_and_cancelled(
    context: Context, client: httpx.AsyncClient
) -> None:
    order_id = await _submit(client, context)
    path = f"/api/v1/orders/{order_id}"
    replaced = await client.patch(path, json={"limit_price": "99"})
    assert replaced.status_code == 200, replaced.text
    again = await client.patch(path, json={"limit_price": "98"})
    assert again.status_code in (200, 409)
    other = await _submit(client, context, quantity="11")
    canceled = await client.delete(f"/api/v1/orders/{other}")
    assert canceled.json()["state"] == "canceled"
    closed = await client.patch(f"/api/v1/orders/{other}", json={"quantity": "5"})
    assert closed.status_code == 409
    assert closed.json()["type"] == "/problems/order-not-changeable"
    events = (await client.get(f"/api/v1/orders/{other}/events")).json()["items"]
    assert [one["type"] for one in events] == ["order.accepted", "order.canceled"]


async def test_a_replacement_beyond_the_limits_is_denied(
    context: Context, client: httpx.AsyncClient
) -> None:
    order_id = await _submit(client, context)
    answer = await client.patch(f"/api/v1/orders/{order_id}", json={"quantity": "100000"})
    assert answer.status_code == 403
    assert answer.json()["order_id"] == order_id


async def test_cancel_all_cancels_by_symbol_then_all(
    context: Context, client: httpx.AsyncClient
) -> None:
    await _submit(client, context)
    await _submit(client, context, symbol="MSFT")
    await _submit(client, context, symbol="MSFT", quantity="11")
    some = await client.post("/api/v1/orders/cancel-all", json={"symbol": "MSFT"})
    assert some.json()["canceled"] == 2
    rest = await client.post("/api/v1/orders/cancel-all")
    assert rest.json()["canceled"] == 1


async def test_only_a_parked_order_can_be_attested(
    context: Context, client: httpx.AsyncClient
) -> None:
    order_id = await _submit(client, context)
    answer = await client.post(f"/api/v1/orders/{order_id}/resolve", json={"reason": "asked them"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/order-not-parked"


async def test_a_client_order_id_is_taken_once(context: Context, client: httpx.AsyncClient) -> None:
    first = await _submit(client, context, client_order_id="one")
    answer = await client.post(
        "/api/v1/orders", json=context.order(client_order_id="one", quantity="11")
    )
    assert answer.status_code == 409
    assert first in answer.json()["detail"]


async def test_another_tenants_order_and_account_are_absent(
    context: Context, client: httpx.AsyncClient
) -> None:
    order_id = await _submit(client, context)
    token, account_id = await context.other_tenant()
    async with context.client(token) as stranger:
        for method, path in (
            ("GET", f"/api/v1/orders/{order_id}"),
            ("DELETE", f"/api/v1/orders/{order_id}"),
            ("GET", f"/api/v1/orders/{order_id}/events"),
            ("GET", f"/api/v1/orders/{order_id}/explanation"),
        ):
            assert (await stranger.request(method, path)).status_code == 404, path
        changed = await stranger.patch(f"/api/v1/orders/{order_id}", json={"quantity": "5"})
        assert changed.status_code == 404
        submitted = await stranger.post("/api/v1/orders", json=context.order())
        assert submitted.status_code == 404
        assert (await stranger.get("/api/v1/orders")).json()["items"] == []
    mine = await client.post("/api/v1/orders", json=context.order(account_id=str(account_id)))
    assert mine.status_code == 404
    assert (await client.get(f"/api/v1/orders/{uuid4()}")).status_code == 404


@SHARED
async def test_fills_are_listed(calm: Context, calm_client: httpx.AsyncClient) -> None:
    answer = await calm_client.get("/api/v1/fills", params={"account_id": str(calm.account_id)})
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_the_reserved_exposure_shows_on_the_account(
    context: Context, client: httpx.AsyncClient
) -> None:
    await _submit(client, context)
    shown = (await client.get(f"/api/v1/accounts/{context.account_id}")).json()
    assert Decimal(shown["resting_exposure"]) == Decimal(995)
    assert shown["open_orders"] == 1


async def test_more_than_may_wait_to_be_sent_is_told_to_come_back_and_leaves_nothing(
    context: Context, client: httpx.AsyncClient
) -> None:
    first = await _submit(client, context)
    context.clock.advance(7.5)
    key = {"Idempotency-Key": "later"}
    behind = await client.post("/api/v1/orders", json=context.order(quantity="7"), headers=key)
    assert (behind.status_code, behind.headers["retry-after"]) == (503, "3")
    assert behind.headers["content-type"] == "application/problem+json"
    assert behind.json()["type"] == "/problems/dispatch-behind"
    assert "has waited for 7.5 s to be sent" in behind.json()["detail"]
    group = {
        "account_id": str(context.account_id),
        "group": "oco",
        "orders": [
            {
                "symbol": "AAPL",
                "side": "buy",
                "type": "limit",
                "quantity": "1",
                "limit_price": price,
                "time_in_force": "day",
            }
            for price in ("100", "99")
        ],
    }
    assert (await client.post("/api/v1/order-groups", json=group)).status_code == 503
    listed = (await client.get("/api/v1/orders")).json()["items"]
    assert [one["id"] for one in listed] == [first]
    # A cancel is taken in all the same, and then the same request under the same key.
    assert (await client.delete(f"/api/v1/orders/{first}")).status_code == 200
    taken = await client.post("/api/v1/orders", json=context.order(quantity="7"), headers=key)
    assert taken.status_code == 201
