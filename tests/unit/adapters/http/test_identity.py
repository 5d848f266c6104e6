"""Sessions, passwords, invitations and users over HTTP."""

from typing import Any

import httpx
import pytest

from adapters.http.open_paths import JWKS
from tests.unit.adapters.http.context import EMAIL, SHARED, Context

NEW = "seven copper lanterns drift"
ADA = {"email": "ada@example.com", "role": "trader"}


async def _log_in(context: Context, **given: Any) -> dict[str, Any]:
    body = {"email": EMAIL, "password": context.founded.password, "device_label": "Desk"} | given
    async with context.client(None) as nobody:
        answer = await nobody.post(
            "/api/v1/auth/login", json=body, headers={"User-Agent": "Tests/1\x01"}
        )
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def _refresh(context: Context, said: dict[str, Any]) -> httpx.Response:
    body = {"refresh_token": said["refresh_token"], "device_token": said["device_token"]}
    async with context.client(None) as nobody:
        return await nobody.post("/api/v1/auth/refresh", json=body)


async def test_a_log_in_gives_tokens_that_are_refreshed_once(context: Context) -> None:
    said = await _log_in(context)
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 300)
    first = await _refresh(context, said)
    assert first.status_code == 200
    assert first.json()["session_id"] == said["session_id"]
    assert first.json()["device_token"] == said["device_token"]
    context.clock.advance(11)
    again = await _refresh(context, said)
    assert (again.status_code, again.json()["type"]) == (401, "/problems/refresh-refused")
    assert "its session is over now" in again.json()["detail"]
    over = await _refresh(context, first.json())
    assert over.status_code == 401
    assert "its session is over now" not in over.json()["detail"]
    async with context.client(first.json()["access_token"]) as late:
        answer = await late.get("/api/status")
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert first.headers["Cache-Control"] == "no-store"


async def test_sessions_are_shown_with_their_device_and_ended(context: Context) -> None:
    here, there = await _log_in(context), await _log_in(context, device_label="")
    async with context.client(here["access_token"]) as client:
        listed = (await client.get("/api/v1/sessions")).json()["items"]
        assert [one["current"] for one in listed] == [True, False]
        # Without a label, what the browser says of itself; nothing that cannot be printed.
        assert [one["device_label"] for one in listed] == ["Desk", "Tests/1"]
        assert {one["user_agent"] for one in listed} == {"Tests/1"}
        assert {one["ip"] for one in listed} == {"127.0.0.1"}
        page = (await client.get("/api/v1/sessions", params={"limit": 1})).json()
        rest = await client.get("/api/v1/sessions", params={"cursor": page["next_cursor"]})
        assert [one["id"] for one in rest.json()["items"]] == [there["session_id"]]
        gone = await client.delete(f"/api/v1/sessions/{there['session_id']}")
        assert gone.status_code == 204
        again = await client.delete(f"/api/v1/sessions/{there['session_id']}")
        assert again.status_code == 404
        assert (await client.post("/api/v1/auth/logout")).status_code == 204
        assert (await client.get("/api/v1/sessions")).status_code == 401


async def test_everything_ends_everywhere(context: Context) -> None:
    visits = [await _log_in(context) for _ in range(3)]
    context.clock.advance(1)
    async with context.client(visits[0]["access_token"]) as client:
        ended = await client.post("/api/v1/auth/logout-everywhere")
        assert ended.json() == {"sessions_ended": 3}
    for token in (*(one["access_token"] for one in visits), context.token):
        async with context.client(token) as client:
            assert (await client.get("/api/status")).status_code == 401


async def test_a_password_is_changed_and_weak_ones_name_the_field(context: Context) -> None:
    said = await _log_in(context)
    async with context.client(said["access_token"]) as client:
        body = {"current": context.founded.password, "password": "short"}
        weak = await client.post("/api/v1/auth/password", json=body)
        assert weak.status_code == 400
        (error,) = weak.json()["errors"]
        assert error == {"pointer": "/password", "detail": "must have at least 15 characters"}
        common = await client.post(
            "/api/v1/auth/password", json=body | {"password": "Password123456789!"}
        )
        assert common.status_code == 400
        wrong = await client.post(
            "/api/v1/auth/password", json={"current": "wrong", "password": NEW}
        )
        assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/password-refused")
        soon = await client.post("/api/v1/auth/password", json=body | {"password": NEW})
        assert soon.status_code == 429
        context.clock.advance(1)
        done = await client.post("/api/v1/auth/password", json=body | {"password": NEW})
        assert done.json() == {"sessions_ended": 0}
    await _log_in(context, password=NEW)


async def test_an_owner_resets_a_password_by_a_one_time_token(
    context: Context, client: httpx.AsyncClient
) -> None:
    path = f"/api/v1/users/{context.founded.owner.id}/password-reset"
    made = await client.post(path)
    assert made.status_code == 201
    body = {"token": made.json()["token"], "password": NEW}
    async with context.client(None) as nobody:
        assert (await nobody.post("/api/v1/auth/password/reset", json=body)).status_code == 200
        again = await nobody.post("/api/v1/auth/password/reset", json=body)
        assert (again.status_code, again.json()["type"]) == (
            403,
            "/problems/one-time-token-refused",
        )
    await _log_in(context, password=NEW)


async def test_the_invited_joins_and_may_not_manage(
    context: Context, client: httpx.AsyncClient
) -> None:
    made = await client.post("/api/v1/invitations", json=ADA)
    assert made.status_code == 201
    told = made.json()
    assert told["token"] in told["text"]
    listed = await client.get("/api/v1/invitations")
    assert told["token"] not in listed.text
    join = {"token": told["token"], "name": "Ada", "password": NEW}
    async with context.client(None) as nobody:
        joined = await nobody.post("/api/v1/auth/join", json=join)
        assert (joined.status_code, joined.json()["email"]) == (201, ADA["email"])
        assert (await nobody.post("/api/v1/auth/join", json=join)).status_code == 403
    taken = await client.post("/api/v1/invitations", json=ADA)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/address-taken")
    said = await _log_in(context, email=ADA["email"], password=NEW)
    async with context.client(said["access_token"]) as ada:
        user = joined.json()["id"]
        for asked in (
            ada.get("/api/v1/users"),
            ada.get("/api/v1/invitations"),
            ada.post("/api/v1/invitations", json=ADA),
            ada.delete(f"/api/v1/invitations/{told['id']}"),
            ada.post(f"/api/v1/users/{user}/disable"),
            ada.post(f"/api/v1/users/{user}/enable"),
            ada.post(f"/api/v1/users/{user}/password-reset"),
            ada.post("/api/v1/command-keys/k-1/disable"),
            ada.post("/api/v1/command-keys/k-1/enable"),
        ):
            answer = await asked
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_who_is_disabled_is_out(context: Context, client: httpx.AsyncClient) -> None:
    told = (await client.post("/api/v1/invitations", json=ADA)).json()
    async with context.client(None) as nobody:
        join = {"token": told["token"], "name": "Ada", "password": NEW}
        user = (await nobody.post("/api/v1/auth/join", json=join)).json()
    said = await _log_in(context, email=ADA["email"], password=NEW)
    out = await client.post(f"/api/v1/users/{user['id']}/disable")
    assert out.json()["disabled_at"] is not None
    async with context.client(said["access_token"]) as ada:
        assert (await ada.get("/api/status")).status_code == 401
    back = await client.post(f"/api/v1/users/{user['id']}/enable")
    assert back.json()["disabled_at"] is None
    listed = (await client.get("/api/v1/users")).json()["items"]
    assert [one["email"] for one in listed] == [EMAIL, ADA["email"]]
    self_ = await client.post(f"/api/v1/users/{context.founded.owner.id}/disable")
    assert (self_.status_code, self_.json()["type"]) == (409, "/problems/not-oneself")
    for path in (f"/api/v1/users/{told['id']}/disable", f"/api/v1/users/{told['id']}/enable"):
        assert (await client.post(path)).status_code == 404


async def test_an_address_of_another_tenant_is_invited_joins_and_logs_in(
    context: Context, client: httpx.AsyncClient
) -> None:
    strangers, _ = await context.other_tenant()
    asked = {"email": EMAIL, "role": "viewer"}
    taken = await client.post("/api/v1/invitations", json=asked)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/address-taken")
    async with context.client(strangers) as stranger:
        made = await stranger.post("/api/v1/invitations", json=asked)
        assert made.status_code == 201, made.text
        joining = {"token": made.json()["token"], "name": "Ada", "password": NEW}
        joined = await stranger.post("/api/v1/auth/join", json=joining)
        assert joined.status_code == 201, joined.text
        again = await stranger.post("/api/v1/invitations", json=asked)
        assert again.json()["type"] == "/problems/address-taken"
    theirs = joined.json()
    assert theirs["tenant_id"] != str(context.founded.tenant.id)
    own = str(context.founded.owner.id)
    for given, user_id in (
        ({}, own),
        ({"password": NEW}, theirs["id"]),
        ({"password": NEW, "tenant_id": theirs["tenant_id"]}, theirs["id"]),
        ({"tenant_id": str(context.founded.tenant.id)}, own),
    ):
        token = (await _log_in(context, **given))["access_token"]
        async with context.client(token) as let_in:
            assert (await let_in.get("/api/v1/members/me")).json()["member_id"] == user_id
    async with context.client(None) as nobody:
        body = {"email": EMAIL, "password": NEW, "tenant_id": str(context.founded.tenant.id)}
        for path in ("login", "token"):
            refused = await nobody.post(f"/api/v1/auth/{path}", json=body)
            assert refused.status_code == 401
            context.clock.advance(5)


async def test_another_tenants_users_are_not_there(
    context: Context, client: httpx.AsyncClient
) -> None:
    strangers, _ = await context.other_tenant()
    owner = context.founded.owner.id
    told = (await client.post("/api/v1/invitations", json=ADA)).json()
    session = await _log_in(context)
    async with context.client(strangers) as stranger:
        for path in ("disable", "enable", "password-reset"):
            assert (await stranger.post(f"/api/v1/users/{owner}/{path}")).status_code == 404
        gone = await stranger.delete(f"/api/v1/invitations/{told['id']}")
        assert gone.status_code == 404
        gone = await stranger.delete(f"/api/v1/sessions/{session['session_id']}")
        assert gone.status_code == 404
        assert (await stranger.get("/api/v1/invitations")).json()["items"] == []
        listed = (await stranger.get("/api/v1/users")).json()["items"]
        assert [one["email"] for one in listed] == ["theirs@example.com"]


@SHARED
@pytest.mark.parametrize("key_id", ["%00", "k%20ey", "x" * 65, "%C3%A9"])
async def test_what_is_no_key_id_is_refused(calm_client: httpx.AsyncClient, key_id: str) -> None:
    answer = await calm_client.post(f"/api/v1/command-keys/{key_id}/disable")
    assert answer.status_code == 400


@SHARED
async def test_the_keys_are_public_and_may_be_kept(calm: Context) -> None:
    async with calm.client(None) as nobody:
        answer = await nobody.get(JWKS)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json() == {"keys": []}
