"""Let people join, log in and be kept out, so that there is something to change of each."""

from typing import Any
from uuid import UUID

import httpx
import pyotp

from tests import builders
from tests.authenticator import Authenticator
from tests.integration.audit.routes import NEW
from tests.unit.adapters.http.context import EMAIL, Context

PEOPLE = ("bob@example.com", "carl@example.com", "dora@example.com", "hal@example.com")
# Has an authenticator app, and another that is to be confirmed.
FINN = "finn@example.com"
# Has one too, lost it, and waits for it to be taken away.
GINA = "gina@example.com"
# Behind it a refresh token that comes again was stolen.
_RETRY_S = 11
_STEP_S = 30


async def visitors_of(
    context: Context, client: httpx.AsyncClient
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Return the ids and one-time tokens of people, sessions and invitations; and bodies."""
    made: dict[str, str] = {}
    for email in PEOPLE:
        token = (await _invite(client, email))["token"]
        body = {"token": token, "name": "One of them", "password": NEW}
        made[email] = (await _done(client, "/auth/join", body))["id"]
    await _done(client, f"/users/{made['dora@example.com']}/disable")
    entry = builders.audit(tenant_id=context.founded.tenant.id)
    await context.storage.trail.add(entry)
    made["entry_id"] = str(entry.id)
    keys = [(context.founded.tenant.id, name) for name in ("enabled", "disabled")]
    await context.facades.identity.users.note_keys(keys)
    await client.post("/api/v1/command-keys/disabled/disable")
    invited = await _invite(client, "gus@example.com")
    made["invitation_id"] = invited["id"]
    made["join"] = (await _invite(client, "eve@example.com"))["token"]
    reset = await _done(client, f"/users/{made['carl@example.com']}/password-reset")
    made["reset"] = reset["token"]
    who = {"email": EMAIL, "password": context.founded.password}
    made["session_id"] = (await _done(client, "/auth/login", who))["session_id"]
    for kind in ("device", "notice"):
        listed = (await client.get(f"/api/v1/{kind}s")).json()["items"]
        made[f"{kind}_id"] = listed[0]["id"]
    first = await _done(client, "/auth/login", who)
    used = {name: first[name] for name in ("refresh_token", "device_token")}
    await _done(client, "/auth/refresh", used)
    context.clock.advance(_RETRY_S)
    made["passkey_id"], bodies = await _passkeys(client, token_of(context, made["hal@example.com"]))
    return made, {"refresh": used, **bodies, **await _with_factors(context, client, made)}


async def _with_factors(
    context: Context, client: httpx.AsyncClient, made: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Give people factors and challenges; return what these can be used with."""
    bearer, first, codes = await _enrolled(context, client, made, email=FINN)
    made["app_id"] = first["id"]
    await _enrolled(context, client, made, email=GINA)
    asked = {"challenge": await _challenge(client, GINA)}
    await _done(client, "/auth/recovery", asked)
    context.clock.advance(_STEP_S)
    second = await _done(client, "/factors/totp", {}, headers=bearer)
    made["factor_id"] = second["id"]
    return {
        "answer": {"challenge": await _challenge(client, FINN), "code": codes[0]},
        "recover": {"challenge": await _challenge(client, FINN)},
        "step_up": _code(context, first),
        "confirm": _code(context, second),
    }


async def _enrolled(
    context: Context, client: httpx.AsyncClient, made: dict[str, str], *, email: str
) -> tuple[dict[str, str], dict[str, Any], list[str]]:
    """Let somebody join with an app; return their session's header, the app, and the codes."""
    token = (await _invite(client, email))["token"]
    joining = {"token": token, "name": "One of them", "password": NEW}
    made[email] = (await _done(client, "/auth/join", joining))["id"]
    who = {"email": email, "password": NEW}
    session = (await _done(client, "/auth/login", who))["access_token"]
    made[f"token of {email}"] = session
    bearer = {"Authorization": f"Bearer {session}"}
    app = await _done(client, "/factors/totp", {}, headers=bearer)
    path = f"/factors/totp/{app['id']}/confirm"
    told = await _done(client, path, _code(context, app), headers=bearer)
    return bearer, app, told["backup_codes"]


async def _challenge(client: httpx.AsyncClient, email: str) -> str:
    opened = await _done(client, "/auth/login", {"email": email, "password": NEW})
    return str(opened["challenge"])


def _code(context: Context, app: dict[str, Any]) -> dict[str, Any]:
    return {"code": pyotp.TOTP(app["seed"]).at(context.clock.now())}


def token_of(context: Context, user_id: str) -> str:
    """Return a token that somebody has just got."""
    return context.tokens.issue(user_id=UUID(user_id), tenant_id=context.founded.tenant.id)[0]


async def _passkeys(client: httpx.AsyncClient, token: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Register a passkey; return its id, another one to register, and an answer of the first."""
    device, second = Authenticator(), Authenticator()
    asking = {"Authorization": f"Bearer {token}"}

    async def made(on: Authenticator) -> dict[str, Any]:
        asked = await client.post("/api/v1/passkeys/options", headers=asking)
        return {"credential": on.make(asked.json()["public_key"]), "label": "Phone"}

    kept = await client.post("/api/v1/passkeys", json=await made(device), headers=asking)
    assert kept.is_success, kept.text
    entering = await _done(client, "/auth/passkey/options")
    answer = {"credential": device.answer(entering["public_key"])}
    return kept.json()["id"], {"passkey_made": await made(second), "passkey_answer": answer}


async def _invite(client: httpx.AsyncClient, email: str) -> dict[str, Any]:
    return await _done(client, "/invitations", {"email": email, "role": "trader"})


async def _done(
    client: httpx.AsyncClient,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    answer = await client.post(f"/api/v1{path}", json=body, headers=headers)
    assert answer.is_success, (path, answer.text)
    said: dict[str, Any] = answer.json()
    return said
