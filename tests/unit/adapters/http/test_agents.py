"""Agents that come in as machines: registered, heard over HTTP, and paused as who they are."""

from typing import Any

import httpx

from tests.unit.adapters.http.desk import Desk

_SCOPES = ["agents.read", "identity.self", "orders.trade", "orders.read"]


async def _machine(client: httpx.AsyncClient, desk: Desk, name: str) -> tuple[str, str]:
    """Add a machine with the account granted, and return its id and a token of it."""
    machine = (await client.post("/api/v1/members", json={"name": name})).json()["id"]
    path = f"/api/v1/members/{machine}/accounts/{desk.account_id}"
    assert (await client.put(path, json={"level": "role"})).status_code == 200
    asked = {"name": name, "scopes": _SCOPES, "member_id": machine}
    made = await client.post("/api/v1/tokens", json=asked)
    assert made.status_code == 201, made.text
    return machine, made.json()["token"]


async def _register(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.post("/api/v1/agents", json=body)


async def test_a_registered_agent_is_awaited_until_its_machine_beats(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    machine, token = await _machine(client, desk, "momentum")
    account = str(desk.account_id)
    made = await _register(client, agent_id="momentum", member_id=machine, account_id=account)
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["member_id"]) == ("awaited", machine)
    beat = "/api/v1/agents/momentum/heartbeat"
    # Not even the owner beats for it.
    assert (await client.post(beat, json={})).json()["type"] == "/problems/agent-taken"
    async with desk.client(token) as agent:
        heard = await agent.post(beat, json={"kind": "strategy", "version": "1.0", "sequence": 3})
        assert heard.status_code == 200, heard.text
        assert (heard.json()["state"], heard.json()["desired"]) == ("alive", "running")
        assert (await agent.post("/api/v1/agents/other/heartbeat", json={})).status_code == 404
    (shown,) = (await client.get("/api/v1/agents")).json()["items"]
    assert (shown["version"], shown["last_sequence"]) == ("1.0", 3)


async def test_a_paused_agent_is_told_and_none_of_its_machines_orders_is_taken(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    machine, token = await _machine(client, desk, "momentum")
    await _register(client, agent_id="momentum", member_id=machine)
    async with desk.client(token) as agent:
        assert (await agent.post("/api/v1/orders", json=desk.order())).status_code == 201
        assert (await client.post("/api/v1/agents/momentum/pause")).status_code == 200
        wanted = await agent.post("/api/v1/agents/momentum/heartbeat", json={})
        assert wanted.json()["desired"] == "paused"
        denied = await agent.post("/api/v1/orders", json=desk.order())
        assert [one["code"] for one in denied.json()["reasons"]] == ["AGENT_PAUSED"]
        assert "momentum is paused" in denied.json()["detail"]
        await client.post("/api/v1/agents/momentum/resume")
        assert (await agent.post("/api/v1/orders", json=desk.order())).status_code == 201


async def test_an_agent_is_one_machine_of_the_tenant_on_an_account_of_it(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    machine, _ = await _machine(client, desk, "momentum")
    other, _ = await _machine(client, desk, "value")
    assert (await _register(client, agent_id="momentum", member_id=machine)).status_code == 201
    for agent_id, member_id in (("momentum", other), ("second", machine)):
        taken = await _register(client, agent_id=agent_id, member_id=member_id)
        assert (taken.status_code, taken.json()["type"]) == (409, "/problems/agent-taken")
    owner = str(desk.founded.owner.id)
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
