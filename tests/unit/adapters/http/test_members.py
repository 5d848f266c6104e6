"""Members, grants and personal access tokens over HTTP."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.memory.access import MemoryMembers
from domain.identity.access import ROLES, Permission, Role
from domain.identity.personal_token import is_whole
from tests.matrix.world import Actor, Place, World, open_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world() as made:
        yield made


@pytest.fixture
async def owner(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.context.client() as made:
        yield made


async def _audit(world: World) -> list[Any]:
    members = world.context.storage.members
    assert isinstance(members, MemoryMembers)
    return (await members.link.enter()).audit


def _as(world: World, actor: Actor) -> httpx.AsyncClient:
    return world.context.client(actor.token)


async def test_everyone_sees_what_they_may_do(world: World) -> None:
    for actor in world.actors.values():
        if not actor.access.may(Permission.IDENTITY_SELF):
            continue
        async with _as(world, actor) as client:
            answer = (await client.get("/api/v1/members/me")).json()
        assert answer["permissions"] == sorted(actor.access.permissions)
        assert answer["member_id"] == str(actor.member.id)
        assert answer["personal_token"] is (actor.name in ("script", "agent"))
        accounts = actor.access.accounts
        assert answer["accounts"] == (None if accounts is None else sorted(map(str, accounts)))


async def test_a_changed_role_counts_from_the_next_request_on(
    world: World, owner: httpx.AsyncClient
) -> None:
    trader = world.actors["trader"]
    path = f"/api/v1/members/{trader.member.id}"
    order = world.context.order(limit_price="60")
    async with _as(world, trader) as client:
        assert (await client.post("/api/v1/orders", json=order)).status_code == 201
        shown = await owner.get(path)
        match = {"If-Match": shown.headers["ETag"]}
        changed = await owner.patch(path, json={"role": "viewer"}, headers=match)
        assert changed.json()["role"] == "viewer"
        refused = await client.post("/api/v1/orders", json=order)
        assert refused.status_code == 403
        assert refused.json()["permission"] == "orders.trade"
        # Whoever looked before the change has to look again.
        late = await owner.patch(path, json={"role": "owner"}, headers=match)
        assert late.status_code == 412
        disabled = await owner.patch(path, json={"disabled": True})
        assert disabled.json()["permissions"] == []
        assert (await client.get("/api/v1/orders")).status_code == 401
        await owner.patch(path, json={"disabled": False})
        assert (await client.get("/api/v1/orders")).status_code == 200
    changes = [one for one in await _audit(world) if one.action == "member.change"]
    assert [dict(one.detail)["role"] for one in changes] == ["viewer"] * 3
    assert dict(changes[0].detail)["role_before"] == "trader"
    assert {one.actor for one in changes} == {f"user:{world.actors['owner'].member.id}"}


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"disabled": True}])
async def test_the_last_owner_stays(
    world: World, owner: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    own = f"/api/v1/members/{world.actors['owner'].member.id}"
    refused = await owner.patch(own, json=change)
    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/last-owner"
    # With another one there, it can go.
    heir = f"/api/v1/members/{world.actors['trustee'].member.id}"
    assert (await owner.patch(heir, json={"role": "owner"})).status_code == 200
    assert (await owner.patch(own, json=change)).status_code == 200
    assert (await owner.patch(own, json={"name": "x"})).status_code in (401, 403)


async def test_a_person_is_no_agent_and_a_machine_nothing_else(
    world: World, owner: httpx.AsyncClient
) -> None:
    person = world.actors["viewer"].member.id
    machine = (await owner.post("/api/v1/members", json={"name": "momentum"})).json()
    assert (machine["kind"], machine["role"], machine["email"]) == ("machine", "agent", None)
    for member_id, role in ((person, "agent"), (machine["id"], "owner")):
        refused = await owner.patch(f"/api/v1/members/{member_id}", json={"role": role})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/role"


async def test_a_machine_comes_in_by_token_and_reaches_what_it_is_granted(
    world: World, owner: httpx.AsyncClient
) -> None:
    machine = (await owner.post("/api/v1/members", json={"name": "momentum"})).json()
    body = {
        "name": "momentum",
        "member_id": machine["id"],
        "scopes": ["orders.trade", "orders.read", "identity.self"],
    }
    created = (await owner.post("/api/v1/tokens", json=body)).json()
    assert is_whole(created["token"])
    order = world.context.order(limit_price="60")
    async with world.context.client(created["token"]) as script:
        assert (await script.post("/api/v1/orders", json=order)).status_code == 404
        account = world.accounts[Place.OWN]
        path = f"/api/v1/members/{machine['id']}/accounts/{account}"
        assert (await owner.put(path)).json()["grants"] == [
            {"account_id": str(account), "level": "role"}
        ]
        placed = await script.post("/api/v1/orders", json=order)
        assert placed.status_code == 201
        await owner.put(path, json={"level": "read"})
        assert (await script.post("/api/v1/orders", json=order)).status_code == 403
        assert (await script.get(f"/api/v1/orders/{placed.json()['id']}")).status_code == 200
        await owner.delete(path)
        assert (await script.get("/api/v1/orders")).json()["items"] == []
        assert (await script.get(f"/api/v1/orders/{placed.json()['id']}")).status_code == 404
        # A script makes no scripts.
        refused = await script.post("/api/v1/tokens", json={"name": "x", "scopes": ["orders.read"]})
        assert refused.json()["type"] == "/problems/needs-person"
        assert (await owner.delete(f"/api/v1/tokens/{created['id']}")).status_code == 200
        assert (await script.get("/api/v1/orders")).status_code == 401
        assert (await owner.delete(f"/api/v1/tokens/{created['id']}")).status_code == 404
    actions = [one.action for one in await _audit(world)]
    for action in ("member.add", "member.grant", "member.revoke", "token.create", "token.revoke"):
        assert action in actions


async def test_a_secret_is_told_once_and_kept_nowhere(
    world: World, owner: httpx.AsyncClient
) -> None:
    body = {"name": "backtest", "scopes": ["accounts.read"], "expires_in_s": 3_600}
    key = {"Idempotency-Key": "k-1"}
    first = (await owner.post("/api/v1/tokens", json=body, headers=key)).json()
    again = await owner.post("/api/v1/tokens", json=body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first, "token": None}
    listed = (await owner.get("/api/v1/tokens")).json()["items"]
    assert [one["hint"] for one in listed if one["name"] == "backtest"] == [first["token"][-4:]]
    members = world.context.storage.members
    assert isinstance(members, MemoryMembers)
    kept = repr(await members.link.enter())
    assert first["token"] not in kept
    assert not re.search(r"blst_\w{39}", kept)
    # Under the same key another member's request is another request.
    async with _as(world, world.actors["viewer"]) as viewer:
        other = await viewer.post("/api/v1/tokens", json=body, headers=key)
        assert other.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": ["identity.manage"]}, "/scopes"),
        ({"scopes": ["risk.write"]}, "/scopes"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["no.such"]}, "/scopes/0"),
        ({"expires_in_s": 367 * 86_400}, "/expires_in_s"),
        ({"expires_in_s": 1}, "/expires_in_s"),
        ({"name": ""}, "/name"),
    ],
)
async def test_a_token_that_would_do_too_much_is_not_made(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {"name": "x", "scopes": ["accounts.read"], **change}
    async with _as(world, world.actors["trader"]) as client:
        refused = await client.post("/api/v1/tokens", json=body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_repeated_key_shows_no_one_elses_accounts(
    world: World, owner: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "k-2"}
    hidden = await world.thing("order", Place.UNGRANTED, actor=world.actors["owner"], anew=True)
    everything = await owner.post("/api/v1/orders/cancel-all", json={}, headers=key)
    assert hidden in everything.text
    async with _as(world, world.actors["trader"]) as trader:
        again = await trader.post("/api/v1/orders/cancel-all", json={}, headers=key)
    assert again.status_code == 422
    assert hidden not in again.text


async def test_nobody_gets_a_token_in_another_persons_name(
    world: World, owner: httpx.AsyncClient
) -> None:
    body = {"name": "x", "scopes": ["accounts.read"]}
    theirs = {**body, "member_id": str(world.actors["viewer"].member.id)}
    assert (await owner.post("/api/v1/tokens", json=theirs)).status_code == 400
    async with _as(world, world.actors["trader"]) as client:
        assert (await client.post("/api/v1/tokens", json=theirs)).status_code == 404
        assert (await client.get("/api/v1/tokens?everyone=true")).status_code == 403


async def test_a_token_ends_when_it_says(world: World, owner: httpx.AsyncClient) -> None:
    body = {"name": "short", "scopes": ["accounts.read"], "expires_in_s": 60}
    secret = (await owner.post("/api/v1/tokens", json=body)).json()["token"]
    async with world.context.client(secret) as script:
        assert (await script.get("/api/v1/accounts")).status_code == 200
        world.context.clock.advance(60)
        ended = await script.get("/api/v1/accounts")
        assert ended.status_code == 401
        assert "WWW-Authenticate" in ended.headers


async def test_what_would_have_changed_something_is_written_down_once_a_minute(
    world: World,
) -> None:
    viewer = world.actors["viewer"]
    order = world.context.order()
    async with _as(world, viewer) as client:
        for _ in range(3):
            assert (await client.post("/api/v1/orders", json=order)).status_code == 403
        assert (await client.get("/api/v1/members")).status_code == 403
        world.context.clock.advance(60)
        await client.post("/api/v1/orders", json=order)
    refused = [one for one in await _audit(world) if one.action == "access.refused"]
    assert [one.subject for one in refused] == ["orders.trade", "identity.manage", "orders.trade"]
    assert dict(refused[0].detail)["place"] == "POST /api/v1/orders"
    assert {one.actor for one in refused} == {f"user:{viewer.member.id}"}


async def test_the_document_names_the_permission_of_every_route(
    world: World, owner: httpx.AsyncClient
) -> None:
    document = (await owner.get("/openapi.json")).json()
    named = set()
    for item in document["paths"].values():
        for operation in item.values():
            needed = operation.get("x-permission")
            assert ("security" in operation) is (needed is not None)
            assert needed is None or "403" in operation["responses"]
            named |= {needed, operation.get("x-permission-too")}
    served = {one.value for one in Permission if one in ROLES[Role.OWNER]}
    assert named - {None} == served
