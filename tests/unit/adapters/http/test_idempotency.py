"""Repeats under an Idempotency-Key: one change, the first answer, byte by byte."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.unit.adapters.http.context import SHARED, Context
from tests.unit.adapters.http.keys import DownKeys, HeldKeys, WatchedKeys

KEY = {"Idempotency-Key": "k-1"}


async def test_fifty_at_once_make_one_order_and_get_one_answer(
    context: Context, client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(
        *(client.post("/api/v1/orders", json=context.order(), headers=KEY) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == 49
    assert len((await client.get("/api/v1/orders")).json()["items"]) == 1


async def test_a_denial_is_answered_again_as_the_same_denial(
    context: Context, client: httpx.AsyncClient
) -> None:
    body = context.order(symbol="NOPE")
    first = await client.post("/api/v1/orders", json=body, headers=KEY)
    again = await client.post("/api/v1/orders", json=body, headers=KEY)
    assert first.status_code == again.status_code == 403
    assert first.content == again.content
    assert again.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/orders", "order"),
        ("/api/v1/portfolios", {"name": "One"}),
        (
            "/api/v1/risk-rules",
            {"name": "R", "rule_type": "MAX_ORDER_VALUE", "threshold": 1},
        ),
        ("/api/v1/kill-switch/activate", {"scope": "tenant", "reason": "test"}),
        ("/api/v1/orders/cancel-all", {}),
        ("/api/v1/user/workspace", {"name": "One", "layout": {}}),
    ],
)
async def test_another_body_under_the_key_is_refused(
    context: Context, client: httpx.AsyncClient, path: str, body: Any
) -> None:
    sent = context.order() if body == "order" else body
    first = await client.post(path, json=sent, headers=KEY)
    assert first.status_code in (200, 201), first.text
    again = await client.post(path, json=sent, headers=KEY)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    changed = {**sent, **({"symbol": "MSFT"} if "symbol" in sent or not sent else {})}
    for name in ("name", "reason"):
        if name in sent:
            changed[name] = "other"
    other = await client.post(path, json=changed, headers=KEY)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"


_ROUTES: dict[str, Any] = {
    "/api/v1/orders": "order",
    "/api/v1/portfolios": {"name": "One"},
    "/api/v1/risk-rules": {"name": "R", "rule_type": "MAX_ORDER_VALUE", "threshold": 1},
    "/api/v1/orders/cancel-all": {},
    "/api/v1/user/workspace": {"name": "One", "layout": {}},
}


@pytest.mark.parametrize("second", _ROUTES)
@pytest.mark.parametrize("first", _ROUTES)
async def test_a_key_used_on_one_route_is_refused_on_every_other(
    context: Context, client: httpx.AsyncClient, first: str, second: str
) -> None:
    def body(path: str) -> Any:
        return context.order() if _ROUTES[path] == "order" else _ROUTES[path]

    done = await client.post(first, json=body(first), headers=KEY)
    assert done.status_code in (200, 201), done.text
    orders = len((await client.get("/api/v1/orders")).json()["items"])
    again = await client.post(second, json=body(second), headers=KEY)
    if first == second:
        assert again.content == done.content
        return
    assert (again.status_code, again.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert len((await client.get("/api/v1/orders")).json()["items"]) == orders
    # The first answer stands.
    repeated = await client.post(first, json=body(first), headers=KEY)
    assert repeated.content == done.content


async def test_a_refused_request_gives_its_key_back(client: httpx.AsyncClient) -> None:
    wrong = {
        "portfolio_id": "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f",
        "name": "A",
    }
    assert (await client.post("/api/v1/accounts", json=wrong, headers=KEY)).status_code == 400
    answer = await client.post("/api/v1/portfolios", json={"name": "B"}, headers=KEY)
    assert answer.status_code == 201


@SHARED
@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
async def test_a_key_that_is_none_is_refused(
    calm: Context, calm_client: httpx.AsyncClient, key: str
) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    answer = await calm_client.post("/api/v1/orders", json=calm.order(), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#Idempotency-Key"


@SHARED
async def test_the_keys_of_commands_are_not_for_requests(
    calm: Context, calm_client: httpx.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "cmd:0199a000-0000-7000-8000-000000000001"}
    refused = await calm_client.post("/api/v1/orders", json=calm.order(), headers=headers)
    assert refused.status_code == 400


async def test_a_request_in_flight_is_told_so_and_a_kill_goes_through(
    context: Context, client: httpx.AsyncClient
) -> None:
    """A claim that nobody answers stands for a process that died in between."""
    async with context.client_with(keys=HeldKeys()) as other:
        waiting = await other.post("/api/v1/portfolios", json={"name": "A"}, headers=KEY)
        assert waiting.status_code == 409
        assert waiting.json()["type"] == "/problems/request-in-flight"
        assert int(waiting.headers["Retry-After"]) >= 1
        kill = {"scope": "tenant", "reason": "stop"}
        stopped = await other.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
        assert stopped.status_code == 200
    assert (await client.get("/api/v1/kill-switch")).json()["trading"] is False


async def test_a_kill_under_the_key_of_one_released_since_stops_again(
    context: Context, client: httpx.AsyncClient
) -> None:
    kill = {"scope": "tenant", "reason": "stop"}
    first = await client.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
    again = await client.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
    assert again.content == first.content
    account = context.founded.account
    (latch,) = await context.storage.latches.engaged(tenant_id=account.tenant_id)
    done = replace(latch, canceled_at=context.clock.now(), released_at=context.clock.now())
    (told,) = await context.storage.journal.replay(
        tenant_id=account.tenant_id,
        account_id=None,
        channel="kill_switch",
        after_sequence=1,
        limit=1,
    )
    await context.storage.latches.update(latch=done, audit=None, notice=told)
    third = await client.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
    assert third.status_code == 200
    assert third.json()["latch"]["id"] != first.json()["latch"]["id"]
    assert (await client.get("/api/v1/kill-switch")).json()["trading"] is False


async def test_without_storage_a_kill_goes_through_and_nothing_else(context: Context) -> None:
    async with context.client_with(keys=DownKeys()) as other:
        answer = await other.post("/api/v1/portfolios", json={"name": "A"}, headers=KEY)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        kill = {"scope": "tenant", "reason": "stop"}
        stopped = await other.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
        assert stopped.status_code == 200


async def test_a_passcode_never_reaches_the_keys(context: Context) -> None:
    seen = WatchedKeys(context.storage.keys)
    async with context.client_with(keys=seen) as other:
        for passcode in ("12345678", "87654321"):
            kill = {"scope": "tenant", "reason": "stop", "passcode": passcode}
            await other.post("/api/v1/kill-switch/activate", json=kill, headers=KEY)
    assert len(seen.hashes) == 2
    assert len(set(seen.hashes)) == 1
