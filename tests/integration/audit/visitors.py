"""Let people join, log in and be kept out, so that there is something to change of each."""

from typing import Any
from uuid import UUID

import httpx

from tests.integration.audit.routes import NEW
from tests.unit.adapters.http.desk import EMAIL, Desk

PEOPLE = ("bob@example.com", "carl@example.com", "dora@example.com")
# Behind it a refresh token that comes again was stolen.
_RETRY_S = 11


async def visitors_of(
    desk: Desk, client: httpx.AsyncClient
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Return the ids and one-time tokens of people, sessions and invitations; and bodies."""
    made: dict[str, str] = {}
    for email in PEOPLE:
        token = (await _invite(client, email))["token"]
        body = {"token": token, "name": "One of them", "password": NEW}
        made[email] = (await _done(client, "/auth/join", body))["id"]
    await _done(client, f"/users/{made['dora@example.com']}/disable")
    await client.post("/api/v1/command-keys/disabled/disable")
    invited = await _invite(client, "gus@example.com")
    made["invitation_id"] = invited["id"]
    made["join"] = (await _invite(client, "eve@example.com"))["token"]
    reset = await _done(client, f"/users/{made['carl@example.com']}/password-reset")
    made["reset"] = reset["token"]
    who = {"email": EMAIL, "password": desk.founded.password}
    made["session_id"] = (await _done(client, "/auth/login", who))["session_id"]
    for kind in ("device", "notice"):
        listed = (await client.get(f"/api/v1/{kind}s")).json()["items"]
        made[f"{kind}_id"] = listed[0]["id"]
    first = await _done(client, "/auth/login", who)
    used = {name: first[name] for name in ("refresh_token", "device_token")}
    await _done(client, "/auth/refresh", used)
    desk.clock.advance(_RETRY_S)
    return made, {"refresh": used}


def token_of(desk: Desk, user_id: str) -> str:
    """Return a token that somebody has just got."""
    return desk.tokens.issue(user_id=UUID(user_id), tenant_id=desk.founded.tenant.id)[0]


async def _invite(client: httpx.AsyncClient, email: str) -> dict[str, Any]:
    return await _done(client, "/invitations", {"email": email, "role": "trader"})


async def _done(
    client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.is_success, (path, answer.text)
    said: dict[str, Any] = answer.json()
    return said
