"""Loosening a limit over HTTP where two members may: one proposes, the other decides."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bootstrap.areas import risk
from domain.identity.access import Role
from domain.identity.tenant import User
from tests import builders
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context

RULES = "/api/v1/risk-rules"
CHANGES = f"{RULES}/changes"
RULE = {"name": "Fat Finger", "rule_type": "MAX_ORDER_VALUE", "threshold": "5000"}
WHY = "earnings week"


async def member_token(context: Context, *, role: Role) -> str:
    """Add a member, and return a token of theirs."""
    tenant_id = context.founded.tenant.id
    user = User(
        id=builders.new_id(),
        tenant_id=tenant_id,
        email=f"{role.value}@example.com",
        password_hash="-",
        created_at=context.clock.now(),
    )
    await add_user(context.storage.members, user, role=role)
    token, _ = context.tokens.issue(user_id=user.id, tenant_id=tenant_id)
    return token


@pytest.fixture
async def second(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another owner of the tenant."""
    async with context.client(await member_token(context, role=Role.OWNER)) as client:
        yield client


async def _made(client: httpx.AsyncClient) -> str:
    made = await client.post(RULES, json=RULE)
    assert made.status_code == 201
    return f"{RULES}/{made.json()['id']}"


async def _held_back(context: Context, client: httpx.AsyncClient, quantity: str) -> bool:
    answer = await client.post("/api/v1/orders/preview", json=context.order(quantity=quantity))
    return not answer.json()["approved"]


async def test_a_looser_limit_is_in_force_once_another_owner_agreed(
    context: Context, client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    path = await _made(client)
    unsaid = await client.put(path, json={**RULE, "threshold": "9000"})
    assert unsaid.status_code == 400
    assert unsaid.json()["errors"][0]["pointer"] == "/reason"
    asked = await client.put(path, json={**RULE, "threshold": "9000", "reason": WHY})
    assert asked.status_code == 202
    change: dict[str, Any] = asked.json()
    assert (change["state"], change["reason"], change["applies_at"]) == ("pending", WHY, None)
    assert (change["before"]["threshold"], change["after"]["threshold"]) == ("5000", "9000")
    assert (await client.get(path)).json()["threshold"] == "5000"
    assert await _held_back(context, client, "60")
    listed = (await second.get(CHANGES, params={"state": "pending"})).json()["items"]
    assert listed == [change]
    one = f"{CHANGES}/{change['id']}"
    own = await client.post(f"{one}/approve")
    assert (own.status_code, own.json()["type"]) == (403, "/problems/forbidden")
    keyed = {"Idempotency-Key": "agreed"}
    agreed = await second.post(f"{one}/approve", json={"note": "fine"}, headers=keyed)
    assert (agreed.status_code, agreed.json()["state"]) == (200, "applied")
    again = await second.post(f"{one}/approve", json={"note": "fine"}, headers=keyed)
    assert again.content == agreed.content
    twice = await second.post(f"{one}/approve")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/change-decided")
    assert (await client.get(path)).json()["threshold"] == "9000"
    assert not await _held_back(context, client, "60")


async def test_a_deletion_waits_and_may_be_rejected(
    client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    path = await _made(client)
    asked = await client.delete(path, params={"reason": WHY})
    assert asked.status_code == 202
    one = f"{CHANGES}/{asked.json()['id']}"
    refused = await second.post(f"{one}/reject", json={"note": "keep it"})
    assert (refused.json()["state"], refused.json()["note"]) == ("rejected", "keep it")
    assert (await client.get(one)).json()["state"] == "rejected"
    assert (await client.get(path)).status_code == 200


async def test_after_a_day_it_is_shown_as_void(
    context: Context, client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    path = await _made(client)
    asked = await second.delete(path, params={"reason": WHY})
    context.clock.advance(timedelta(hours=24).total_seconds())
    one = f"{CHANGES}/{asked.json()['id']}"
    async with context.client(await member_token(context, role=Role.VIEWER)) as later:
        assert (await later.get(one)).json()["state"] == "void"


async def test_an_override_and_its_history(
    context: Context, client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    path = await _made(client)
    until = (context.clock.now() + timedelta(hours=2)).isoformat()
    wanted = {"threshold": "4000", "expires_at": until, "reason": WHY}
    tighter = await client.post(f"{path}/overrides", json=wanted)
    assert tighter.status_code == 201
    assert tighter.json()["override"]["threshold"] == "4000"
    looser = await client.post(f"{path}/overrides", json={**wanted, "threshold": "8000"})
    assert looser.status_code == 202
    await second.post(f"{CHANGES}/{looser.json()['id']}/approve")
    versions = (await client.get(f"{path}/history")).json()["items"]
    actors = [one["actor"] for one in versions]
    assert [(one["version"], one["done"], one["reason"]) for one in versions] == [
        (1, "created", ""),
        (2, "updated", WHY),
        (3, "updated", WHY),
    ]
    assert (actors[0], versions[2]["proposer"]) == (actors[1], actors[1])
    assert actors[2] != actors[1]
    assert versions[2]["state"]["override"].startswith("8000 until ")
    late = {**wanted, "expires_at": (context.clock.now() + timedelta(hours=25)).isoformat()}
    refused = await client.post(f"{path}/overrides", json=late)
    assert refused.json()["errors"][0]["pointer"] == "/expires_at"


async def test_templates_are_listed_and_applied(
    client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    listed = (await client.get(f"{RULES}/templates")).json()["items"]
    assert [one["name"] for one in listed] == ["conservative", "balanced", "day_trading"]
    first = await client.post(f"{RULES}/templates/balanced/apply")
    assert first.status_code == 200
    asked = await second.post(f"{RULES}/templates/day_trading/apply", json={"reason": WHY})
    assert asked.status_code == 202
    assert asked.json()["change"]["state"] == "pending"
    assert {one["name"] for one in asked.json()["rules"]} >= {"Max Daily Loss", "Position Limit"}
    unknown = await client.post(f"{RULES}/templates/reckless/apply")
    assert unknown.status_code == 404


async def test_who_may_change_no_rule_decides_on_none(
    context: Context, client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    del second
    path = await _made(client)
    asked = await client.delete(path, params={"reason": WHY})
    async with context.client(await member_token(context, role=Role.TRADER)) as trader:
        for how in ("approve", "reject"):
            answer = await trader.post(f"{CHANGES}/{asked.json()['id']}/{how}")
            assert answer.status_code == 403


async def test_other_rules_are_asked_of_orders_that_were_sent(
    context: Context, client: httpx.AsyncClient
) -> None:
    for quantity in ("10", "20"):
        sent = await client.post("/api/v1/orders", json=context.order(quantity=quantity))
        assert sent.status_code == 201
    at = context.clock.now()
    asked = {
        "from": (at - timedelta(hours=1)).isoformat(),
        "to": (at + timedelta(hours=1)).isoformat(),
        "rules": [{**RULE, "threshold": "1500"}],
    }
    begun = await client.post(f"{RULES}/simulate", json=asked)
    assert begun.status_code == 202
    path = f"{RULES}/simulations/{begun.json()['id']}"
    waiting = (await client.get(path)).json()
    assert (waiting["state"], waiting["total"], waiting["result"]) == ("queued", 2, None)
    await context.parts.of(risk.build).simulations.run_waiting()
    done = (await client.get(path)).json()
    result = done["result"]
    assert (done["state"], done["done"]) == ("done", 2)
    assert (result["would_deny"], result["would_pass"]) == (1, 1)
    assert result["by_rule"] == {"Fat Finger": 1}
    assert [one["would"] for one in result["examples"]] == ["denied"]
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
