"""Whoever logged in with the password that was drawn for them sets one of their own first."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from adapters.http.documented import FIRST_PASSWORD, PERMISSION
from tests.authenticator import Authenticator
from tests.unit.adapters.http.context import EMAIL, Context
from tests.unit.adapters.http.streams.socket import Closed, connected
from tests.unit.adapters.http.test_passkeys import asked, entered, registered

PROBLEM = (403, "/problems/password-change-required")
OWN = "orbit velvet cactus lantern"
# Whoever is held up gets on with these, and gets out.
OPEN = {
    "POST /api/v1/auth/password",
    "POST /api/v1/auth/step-up",
    "POST /api/v1/auth/step-up/passkey-options",
    "POST /api/v1/auth/logout",
}


@pytest.fixture
async def first(context: Context) -> Context:
    """A desk whose owner has yet to set a password."""
    async with context.storage.identity.begin() as scope:
        until = context.clock.now() + timedelta(hours=72)
        await scope.users.update(replace(context.founded.owner, password_until=until))
    # Whoever heard of nothing reads it anew after a quarter of a second.
    context.clock.advance(1)
    return context


async def logged_in(context: Context, path: str = "/auth/login") -> dict[str, Any]:
    body = {"email": EMAIL, "password": context.founded.password}
    async with context.client(None) as client:
        answer = await client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


@pytest.fixture
async def client(first: Context) -> AsyncIterator[httpx.AsyncClient]:
    """Ask as who has just logged in."""
    async with first.client((await logged_in(first))["access_token"]) as made:
        yield made


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


async def test_every_route_but_four_says_that_the_password_has_to_be_changed(
    first: Context, client: httpx.AsyncClient
) -> None:
    named = set()
    for route in first.app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if handler.opt.get(PERMISSION) is None:
                continue
            name = f"{method} {route.path_format}"
            if FIRST_PASSWORD in handler.opt:
                named.add(name)
                continue
            path = re.sub(r"{[^}]*id}", str(first.account_id), route.path_format)
            path = re.sub(r"{\w+}", "AAPL", path)
            answer = await client.request(str(method), path)
            assert told(answer) == PROBLEM, name
    assert named == OPEN


@pytest.mark.parametrize("path", ["/auth/login", "/auth/token"])
async def test_with_a_password_of_one_s_own_the_same_session_may_do_all(
    first: Context, path: str
) -> None:
    async with first.client((await logged_in(first, path))["access_token"]) as client:
        assert told(await client.post("/api/v1/orders", json=first.order())) == PROBLEM
        body = {"current": first.founded.password, "password": OWN}
        kept = await client.post(
            "/api/v1/auth/password", json={**body, "password": body["current"]}
        )
        assert kept.status_code == 400
        assert told(await client.get("/api/v1/members/me")) == PROBLEM
        assert (await client.post("/api/v1/auth/password", json=body)).status_code == 200
        # At once, here; the others hear of it by the feed.
        assert (await client.get("/api/v1/members/me")).json()["role"] == "owner"
        order = await client.post("/api/v1/orders", json=first.order())
        assert order.status_code == 201


async def test_whoever_waited_too_long_shows_the_password_again(first: Context) -> None:
    said = await logged_in(first)
    first.clock.advance(290)
    body = {name: said[name] for name in ("refresh_token", "device_token")}
    async with first.client(None) as client:
        token = (await client.post("/api/v1/auth/refresh", json=body)).json()["access_token"]
    first.clock.advance(20)
    change = {"current": first.founded.password, "password": OWN}
    async with first.client(token) as client:
        late = await client.post("/api/v1/auth/password", json=change)
        assert told(late) == (401, "/problems/step-up-required")
        proof = {"password": first.founded.password}
        renewed = await client.post("/api/v1/auth/step-up", json=proof)
    async with first.client(renewed.json()["access_token"]) as client:
        assert told(await client.get("/api/v1/accounts")) == PROBLEM
        assert (await client.post("/api/v1/auth/password", json=change)).status_code == 200
        assert (await client.get("/api/v1/accounts")).status_code == 200


async def test_whoever_has_a_passkey_shows_it_again_likewise(first: Context) -> None:
    device = Authenticator()
    async with first.client() as owner:
        await registered(owner, device)
    async with first.client(None) as stranger:
        token = (await entered(stranger, device)).json()["access_token"]
    first.clock.advance(301)
    change = {"current": first.founded.password, "password": OWN}
    async with first.client(token) as client:
        late = await client.post("/api/v1/auth/password", json=change)
        assert told(late) == (401, "/problems/step-up-required")
        answer = device.answer(await asked(client, "/api/v1/auth/step-up/passkey-options"))
        renewed = await client.post("/api/v1/auth/step-up", json={"credential": answer})
    async with first.client(renewed.json()["access_token"]) as client:
        assert (await client.post("/api/v1/auth/password", json=change)).status_code == 200


async def test_a_websocket_is_refused_likewise(first: Context) -> None:
    headers = {"Authorization": f"Bearer {(await logged_in(first))['access_token']}"}
    with pytest.raises(Closed, match="403"):
        async with connected(first.app, headers=headers):
            pass


async def test_who_is_held_up_logs_out(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/auth/logout")).status_code == 204


async def test_what_needs_no_password_is_not_held_up(first: Context) -> None:
    # The folder's own token, and a script's.
    async with first.client() as owner:
        assert (await owner.get("/api/v1/members/me")).status_code == 200
        body = {"name": "script", "scopes": ["accounts.read"]}
        made = await owner.post("/api/v1/tokens", json=body)
    async with first.client(made.json()["token"]) as script:
        assert (await script.get("/api/v1/accounts")).status_code == 200
