"""Second factors, challenges, step-up and recovery over HTTP."""

from typing import Any

import httpx
import pyotp
import pytest
from litestar.routes import HTTPRoute

from adapters.http.documented import PERMISSION, STEP_UP
from domain.identity.access import FOR_PERSONS
from tests.unit.adapters.http.context import EMAIL, Context

SENSITIVE = {
    "PUT /api/v1/succession/plan",
    "PUT /api/v1/succession/letters/key",
    "DELETE /api/v1/succession/letters/{letter_id}",
    "POST /api/v1/succession/check-in",
    "POST /api/v1/succession/veto",
    "POST /api/v1/succession/confirmations",
    "POST /api/v1/succession/release-trading",
    "POST /api/v1/succession/dry-run",
    "DELETE /api/v1/api-keys/{key_id}",
    "DELETE /api/v1/devices/{device_id}",
    "DELETE /api/v1/factors/{factor_id}",
    "POST /api/v1/devices/{device_id}/trust",
    "DELETE /api/v1/members/{member_id}/accounts/{account_id}",
    "DELETE /api/v1/passkeys/{passkey_id}",
    "DELETE /api/v1/risk-rules/{rule_id}",
    "POST /api/v1/risk-rules/changes/{change_id}/approve",
    "POST /api/v1/risk-rules/templates/{name}/apply",
    "POST /api/v1/risk-rules/{rule_id}/overrides",
    "DELETE /api/v1/sessions/{session_id}",
    "PATCH /api/v1/members/{member_id}",
    "PATCH /api/v1/passkeys/{passkey_id}",
    "POST /api/v1/api-keys",
    "POST /api/v1/api-keys/{key_id}/rotate",
    "POST /api/v1/auth/password",
    "POST /api/v1/command-keys/{key_id}/enable",
    "POST /api/v1/factors/backup-codes",
    "POST /api/v1/factors/totp",
    "POST /api/v1/factors/totp/{factor_id}/confirm",
    "POST /api/v1/invitations",
    "POST /api/v1/kill-switch/release",
    "POST /api/v1/members",
    "POST /api/v1/passkeys",
    "POST /api/v1/passkeys/options",
    "POST /api/v1/risk-rules",
    "POST /api/v1/risk-rules/{rule_id}/enable",
    "POST /api/v1/tokens",
    "POST /api/v1/users/{user_id}/enable",
    "POST /api/v1/users/{user_id}/password-reset",
    "PUT /api/v1/api-keys/{key_id}",
    "PUT /api/v1/kill-switch/passcode",
    "PUT /api/v1/members/{member_id}/accounts/{account_id}",
    "PUT /api/v1/risk-rules/{rule_id}",
    "PUT /api/v1/margin/accounts/{account_id}/rulebook",
    "PUT /api/v1/margin/accounts/{account_id}/automatic-deleverage",
}


async def _post(
    context: Context, path: str, body: dict[str, Any], *, token: str | None = None
) -> Any:
    async with context.client(token) as client:
        return await client.post(f"/api/v1{path}", json=body)


async def _log_in(context: Context, path: str = "/auth/login") -> httpx.Response:
    body = {"email": EMAIL, "password": context.founded.password}
    answer: httpx.Response = await _post(context, path, body)
    return answer


async def _enrolled(context: Context) -> tuple[pyotp.TOTP, list[str], str]:
    """Return the app, the backup codes and a session's token."""
    token = (await _log_in(context)).json()["access_token"]
    made = await _post(context, "/factors/totp", {"label": "Phone"}, token=token)
    assert made.status_code == 201, made.text
    said = made.json()
    app = pyotp.parse_uri(said["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, said["qr_svg"][:4]) == (said["seed"], "<svg")
    path = f"/factors/totp/{said['id']}/confirm"
    told = await _post(context, path, {"code": app.at(context.clock.now())}, token=token)
    assert told.status_code == 200, told.text
    context.clock.advance(30)
    return app, told.json()["backup_codes"], token


@pytest.mark.parametrize("keep", [False, True])
async def test_the_first_factor_ends_other_sessions_unless_they_are_to_go_on(
    context: Context, keep: bool
) -> None:
    other, own = [(await _log_in(context)).json()["access_token"] for _ in range(2)]
    scopes = {"name": "script", "scopes": ["status.read"]}
    assert (await _post(context, "/tokens", scopes, token=own)).status_code == 201
    made = (await _post(context, "/factors/totp", {}, token=own)).json()
    code = pyotp.TOTP(made["seed"]).at(context.clock.now())
    body = {"code": code} | ({"keep_other_sessions": True} if keep else {})
    told = await _post(context, f"/factors/totp/{made['id']}/confirm", body, token=own)
    assert told.json()["earlier_access"] == {
        "sessions_ended": 0 if keep else 1,
        "sessions_open": 1 if keep else 0,
        "personal_tokens": 1,
    }
    for token, status in ((own, 200), (other, 200 if keep else 401)):
        async with context.client(token) as client:
            assert (await client.get("/api/v1/sessions")).status_code == status


async def test_a_log_in_is_finished_by_a_code(context: Context) -> None:
    app, codes, _ = await _enrolled(context)
    asked = await _log_in(context)
    assert asked.status_code == 202
    said = asked.json()
    assert said["factors"] == ["backup_code", "totp"]
    assert said.keys() == {"challenge", "factors", "expires_at", "recovery"}
    body = {"challenge": said["challenge"], "code": "000 000"}
    wrong = await _post(context, "/auth/challenge", body)
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/factor-refused")
    right = await _post(context, "/auth/challenge", {**body, "code": app.at(context.clock.now())})
    assert right.status_code == 200
    assert right.json()["refresh_token"].startswith("blr_")
    over = await _post(context, "/auth/challenge", {**body, "code": codes[0]})
    assert (over.status_code, over.json()["type"]) == (401, "/problems/challenge-over")
    script = (await _log_in(context, "/auth/token")).json()["challenge"]
    let_in = await _post(context, "/auth/challenge", {"challenge": script, "code": codes[0]})
    plain = {"access_token", "token_type", "expires_in", "expires_at", "recovery"}
    assert let_in.json().keys() == plain
    assert let_in.json()["recovery"] is None
    async with context.client(let_in.json()["access_token"]) as client:
        listed = (await client.get("/api/v1/factors")).json()
        assert (listed["backup_codes_left"], listed["recovery"]) == (9, None)
        assert [(one["kind"], one["label"]) for one in listed["items"]] == [("totp", "Phone")]
        gone = await client.delete(f"/api/v1/factors/{listed['items'][0]['id']}")
        assert gone.status_code == 204
    assert (await _log_in(context)).status_code == 200


async def test_ten_wrong_codes_are_told_to_come_back(context: Context) -> None:
    app, _, token = await _enrolled(context)
    code = f"{(int(app.at(context.clock.now())) + 1) % 10**6:06}"
    for _ in range(10):
        wrong = await _post(context, "/auth/step-up", {"code": code}, token=token)
        assert wrong.status_code == 403
    later = await _post(context, "/auth/step-up", {"code": code}, token=token)
    assert (later.status_code, later.headers["Retry-After"]) == (429, "3600")


@pytest.mark.parametrize(("seconds", "asked"), [(300, False), (301, True)])
async def test_what_is_sensitive_asks_anew_after_five_minutes(
    context: Context, seconds: int, asked: bool
) -> None:
    said = (await _log_in(context)).json()
    context.clock.advance(240)
    body = {"refresh_token": said["refresh_token"], "device_token": said["device_token"]}
    token = (await _post(context, "/auth/refresh", body)).json()["access_token"]
    context.clock.advance(seconds - 240)
    answer = await _post(context, "/factors/totp", {}, token=token)
    if not asked:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/step-up-required")
    expected = 'Bearer error="insufficient_user_authentication", max_age=300'
    assert answer.headers["WWW-Authenticate"] == expected
    wrong = await _post(context, "/auth/step-up", {"password": "wrong"}, token=token)
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/password-refused")
    context.clock.advance(1)
    for body in ({}, {"password": "x", "code": "1"}):
        unfit = await _post(context, "/auth/step-up", body, token=token)
        assert unfit.status_code == 400
    password = {"password": context.founded.password}
    renewed = await _post(context, "/auth/step-up", password, token=token)
    assert renewed.status_code == 200
    fresh = renewed.json()["access_token"]
    assert (await _post(context, "/factors/totp", {}, token=fresh)).status_code == 201
    # The old token is over, for whatever it is shown.
    over = await _post(context, "/auth/logout-everywhere", {}, token=token)
    assert (over.status_code, over.json()["type"]) == (401, "/problems/unauthorized")


async def test_a_step_up_ends_the_tokens_of_its_session_from_before(context: Context) -> None:
    said, other = (await _log_in(context)).json(), (await _log_in(context)).json()
    context.clock.advance(60)
    body = {"refresh_token": said["refresh_token"], "device_token": said["device_token"]}
    refreshed = (await _post(context, "/auth/refresh", body)).json()

    async def lets_in(token: str) -> bool:
        async with context.client(token) as client:
            return (await client.get("/api/v1/members/me")).status_code == 200

    old = [said["access_token"], refreshed["access_token"]]
    assert [await lets_in(one) for one in old] == [True, True]
    password = {"password": context.founded.password}
    renewed = await _post(context, "/auth/step-up", password, token=old[1])
    fresh = renewed.json()["access_token"]
    assert [await lets_in(one) for one in (*old, fresh, other["access_token"])] == [
        False,
        False,
        True,
        True,
    ]
    # Whoever lost the answer refreshes, and is known as of the step-up.
    body = {"refresh_token": refreshed["refresh_token"], "device_token": said["device_token"]}
    again = (await _post(context, "/auth/refresh", body)).json()["access_token"]
    assert await lets_in(again)
    assert (await _post(context, "/factors/totp", {}, token=again)).status_code == 201


async def test_with_a_factor_the_password_does_not_step_up(context: Context) -> None:
    app, _, token = await _enrolled(context)
    password = {"password": context.founded.password}
    refused = await _post(context, "/auth/step-up", password, token=token)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/factor-needed")
    code = {"code": app.at(context.clock.now())}
    stepped = await _post(context, "/auth/step-up", code, token=token)
    assert stepped.status_code == 200
    again = await _post(context, "/auth/step-up", code, token=stepped.json()["access_token"])
    assert (again.status_code, again.json()["type"]) == (403, "/problems/factor-refused")


async def test_no_personal_token_steps_up_or_does_what_asks_for_it(
    context: Context, client: httpx.AsyncClient
) -> None:
    for beyond in ("risk.write", "kill.release"):
        asked = {"name": "script", "scopes": ["identity.self", beyond]}
        barred = await client.post("/api/v1/tokens", json=asked)
        assert (barred.status_code, "needs a step-up" in barred.text) == (400, True)
    scopes = ["identity.self", "status.read"]
    made = await client.post("/api/v1/tokens", json={"name": "script", "scopes": scopes})
    token = made.json()["token"]
    kinds = {"/factors/totp": "needs-person", "/risk-rules": "forbidden"}
    for path, kind in (kinds | {"/kill-switch/release": "forbidden"}).items():
        refused = await _post(context, path, {}, token=token)
        assert (refused.status_code, refused.json()["type"]) == (403, f"/problems/{kind}")
    stepped = await _post(context, "/auth/step-up", {"code": "000000"}, token=token)
    assert (stepped.status_code, stepped.json()["type"]) == (403, "/problems/needs-person")
    # What the data folder signed has no session to step up, and is fresh when it is new.
    signed = await client.post("/api/v1/auth/step-up", json={"password": context.founded.password})
    assert (signed.status_code, signed.json()["type"]) == (403, "/problems/needs-person")
    context.clock.advance(301)
    late, _ = context.tokens.issue(
        user_id=context.founded.owner.id, tenant_id=context.founded.tenant.id
    )
    assert (await _post(context, "/factors/totp", {}, token=late)).status_code == 201


async def test_who_lost_every_factor_gets_in_after_the_delay(context: Context) -> None:
    _, _, token = await _enrolled(context)
    challenge = (await _log_in(context)).json()["challenge"]
    wrong = await _post(context, "/auth/recovery", {"challenge": "blc_" + "x" * 43})
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/challenge-over")
    asked = await _post(context, "/auth/recovery", {"challenge": challenge})
    assert asked.status_code == 202
    async with context.client(token) as client:
        shown = (await client.get("/api/v1/factors")).json()["recovery"]
        assert shown == asked.json()
        assert (await client.delete("/api/v1/recovery")).status_code == 204
        none = await client.delete("/api/v1/recovery")
        assert (none.status_code, none.json()["type"]) == (404, "/problems/not-found")
    challenge = (await _log_in(context)).json()["challenge"]
    await _post(context, "/auth/recovery", {"challenge": challenge})
    context.clock.advance(48 * 3600)
    assert await context.facades.identity.recoveries.settle() == 1
    assert (await _log_in(context)).status_code == 200


async def test_factors_are_ones_own(context: Context) -> None:
    _, _, token = await _enrolled(context)
    async with context.client(token) as client:
        (item,) = (await client.get("/api/v1/factors")).json()["items"]
    theirs, _ = await context.other_tenant()
    async with context.client(theirs) as stranger:
        assert (await stranger.get("/api/v1/factors")).json()["items"] == []
        gone = await stranger.delete(f"/api/v1/factors/{item['id']}")
        confirmed = await stranger.post(
            f"/api/v1/factors/totp/{item['id']}/confirm", json={"code": "000000"}
        )
        none = await stranger.post("/api/v1/factors/backup-codes")
    assert (gone.status_code, confirmed.status_code) == (404, 404)
    assert (none.status_code, none.json()["type"]) == (409, "/problems/no-factor")


async def test_the_routes_that_ask_for_a_step_up_are_these(context: Context) -> None:
    found = {
        f"{method} {route.path_format}"
        for route in context.app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if STEP_UP in handler.opt
    }
    assert found == SENSITIVE
    # A token whose every use would be refused is refused when it is made.
    asked: dict[object, set[bool]] = {}
    for route in context.app.routes:
        if isinstance(route, HTTPRoute):
            for handler, _ in route.route_handler_map.values():
                permission = handler.opt.get(PERMISSION)
                asked.setdefault(permission, set()).add(STEP_UP in handler.opt)
    assert {one for one, steps in asked.items() if steps == {True}} <= FOR_PERSONS
    async with context.client() as client:
        document = (await client.get("/openapi.json")).json()
    said = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("x-step-up")
    }
    assert said == SENSITIVE
