"""Agents that come in as machines: registered, heard over HTTP, and paused as who they are."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from application.agents.desire import StateRequest
from application.shared.keeper import TooMany
from domain.agents.agent import Agent
from tests.unit.adapters.http.context import Context

_SCOPES = ["agents.read", "identity.self", "orders.trade", "orders.read"]


async def _machine(client: httpx.AsyncClient, context: Context, name: str) -> tuple[str, str]:
    """Add a machine with the account granted, and return its id and a token of it."""
    machine = (await client.post("/api/v1/members", json={"name": name})).json()["id"]
    path = f"/api/v1/members/{machine}/accounts/{context.account_id}"
    assert (await client.put(path, json={"level": "role"})).status_code == 200
    asked = {"name": name, "scopes": _SCOPES, "member_id": machine}
    made = await client.post("/api/v1/tokens", json=asked)
    assert made.status_code == 201, made.text
    return machine, made.json()["token"]


async def _register(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/api/v1/agents", json=body)


async def test_a_registered_agent_is_awaited_until_its_machine_beats(
    context: Context, client: httpx.AsyncClient
) -> None:
    machine, token = await _machine(client, context, "momentum")
    account = str(context.account_id)
    made = await _register(client, agent_id="momentum", member_id=machine, account_id=account)
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["member_id"]) == ("awaited", machine)
    beat = "/api/v1/agents/momentum/heartbeat"
    # Not even the owner beats for it.
    assert (await client.post(beat, json={})).json()["type"] == "/problems/agent-taken"
    async with context.client(token) as agent:
        heard = await agent.post(beat, json={"kind": "strategy", "version": "1.0", "sequence": 3})
        assert heard.status_code == 200, heard.text
        assert (heard.json()["state"], heard.json()["desired"]) == ("alive", "running")
        assert (await agent.post("/api/v1/agents/other/heartbeat", json={})).status_code == 404
    (shown,) = (await client.get("/api/v1/agents")).json()["items"]
    assert (shown["version"], shown["last_sequence"]) == ("1.0", 3)


async def test_a_paused_agent_is_told_and_none_of_its_machines_orders_is_taken(
    context: Context, client: httpx.AsyncClient
) -> None:
    machine, token = await _machine(client, context, "momentum")
    await _register(client, agent_id="momentum", member_id=machine)
    async with context.client(token) as agent:
        assert (await agent.post("/api/v1/orders", json=context.order())).status_code == 201
        assert (await client.post("/api/v1/agents/momentum/pause")).status_code == 200
        wanted = await agent.post("/api/v1/agents/momentum/heartbeat", json={})
        assert wanted.json()["desired"] == "paused"
        denied = await agent.post("/api/v1/orders", json=context.order())
        assert [one["code"] for one in denied.json()["reasons"]] == ["AGENT_PAUSED"]
        assert "momentum is paused" in denied.json()["detail"]
        await client.post("/api/v1/agents/momentum/resume")
        assert (await agent.post("/api/v1/orders", json=context.order())).status_code == 201


async def test_an_agent_is_one_machine_of_the_tenant_on_an_account_of_it(
    context: Context, client: httpx.AsyncClient
) -> None:
    machine, _ = await _machine(client, context, "momentum")
    other, _ = await _machine(client, context, "value")
    assert (await _register(client, agent_id="momentum", member_id=machine)).status_code == 201
    for agent_id, member_id in (("momentum", other), ("second", machine)):
        taken = await _register(client, agent_id=agent_id, member_id=member_id)
        assert (taken.status_code, taken.json()["type"]) == (409, "/problems/agent-taken")
    owner = str(context.founded.owner.id)
    for wrong, field in (
        ({"agent_id": "third", "member_id": owner}, "/member_id"),
        ({"agent_id": "no spaces", "member_id": other}, "/agent_id"),
    ):
        refused = await _register(client, **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, field)
    nobody = "00000000-0000-7000-8000-000000000009"
    assert (await _register(client, agent_id="third", member_id=nobody)).status_code == 404
    away = await _register(client, agent_id="third", member_id=other, account_id=nobody)
    assert away.status_code == 404


async def test_registering_ends_where_the_tenant_has_as_many_as_it_may(
    context: Context, client: httpx.AsyncClient
) -> None:
    register = replace(context.facades.agents.register_agent, agents_max=1)
    machine, _ = await _machine(client, context, "first")
    other, _ = await _machine(client, context, "second")

    async def asked(agent_id: str, member_id: str) -> object:
        wish = StateRequest(
            tenant_id=context.founded.tenant.id, agent_id=agent_id, actor="user:1", trace_id="t"
        )
        return await register(wish, member_id=UUID(member_id), account_id=None)

    assert isinstance(await asked("first", machine), Agent)
    with pytest.raises(TooMany, match="has 1 agents already"):
        await asked("second", other)
    # Who is known is no further one.
    assert isinstance(await asked("first", machine), Agent)
