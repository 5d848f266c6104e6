"""Whoever holds a request's body back is out, where their session ended meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from tests.unit.adapters.http.context import EMAIL, Context, open_context
from tests.virtual_time import in_virtual_time

NEW = "seven copper lanterns drift"
# Longer than a body may take without a second look at who sends it.
HELD_S = 0.4


async def _let_in(context: Context) -> str:
    body = {"email": EMAIL, "password": context.founded.password}
    async with context.client(None) as nobody:
        answer = await nobody.post("/api/v1/auth/login", json=body)
    token: str = answer.json()["access_token"]
    return token


async def _held(
    context: Context,
    token: str | None,
    path: str,
    body: dict[str, Any],
    *,
    meanwhile: Callable[[], Awaitable[None]],
) -> httpx.Response:
    """Ask with a body of which the last part comes late."""
    whole = json.dumps(body).encode()

    async def parts() -> AsyncIterator[bytes]:
        yield whole[:1]
        await meanwhile()
        await asyncio.sleep(HELD_S)
        yield whole[1:]

    async with context.client(token) as client:
        return await client.post(
            path, content=parts(), headers={"Content-Type": "application/json"}
        )


@in_virtual_time
async def test_a_body_held_back_until_the_session_ended_changes_nothing() -> None:
    async with open_context() as context:
        thief, owner = await _let_in(context), await _let_in(context)

        async def ends() -> None:
            said = {"current": context.founded.password, "password": NEW}
            async with context.client(owner) as client:
                assert (await client.post("/api/v1/auth/password", json=said)).status_code == 200

        answer = await _held(
            context,
            thief,
            "/api/v1/invitations",
            {"email": "a@example.com", "role": "owner"},
            meanwhile=ends,
        )
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
        async with context.client(owner) as client:
            assert (await client.get("/api/v1/invitations")).json()["items"] == []


@in_virtual_time
async def test_a_body_held_back_by_who_is_still_in_is_taken() -> None:
    async with open_context() as context:
        owner = await _let_in(context)

        async def nothing() -> None:
            return None

        answer = await _held(
            context,
            owner,
            "/api/v1/invitations",
            {"email": "a@example.com", "role": "viewer"},
            meanwhile=nothing,
        )
        assert answer.status_code == 201, answer.text


@in_virtual_time
async def test_a_body_held_back_until_its_sender_may_do_less_changes_nothing() -> None:
    async with open_context() as context:
        owner = await _let_in(context)
        async with context.client(owner) as client:
            invited = await client.post(
                "/api/v1/invitations", json={"email": "ada@example.com", "role": "owner"}
            )
            said = {"token": invited.json()["token"], "name": "Ada", "password": NEW}
            joined = (await client.post("/api/v1/auth/join", json=said)).json()
        async with context.client(None) as nobody:
            answer = await nobody.post(
                "/api/v1/auth/login", json={"email": "ada@example.com", "password": NEW}
            )
        ada = answer.json()["access_token"]

        async def demoted() -> None:
            async with context.client(owner) as client:
                changed = await client.patch(
                    f"/api/v1/members/{joined['id']}", json={"role": "viewer"}
                )
                assert changed.status_code == 200, changed.text

        answer = await _held(
            context,
            ada,
            "/api/v1/invitations",
            {"email": "a@example.com", "role": "owner"},
            meanwhile=demoted,
        )
        assert answer.status_code == 401
        assert "what you may do changed" in answer.json()["detail"]


@in_virtual_time
async def test_an_open_path_waits_for_a_body_as_before() -> None:
    async with open_context() as context:

        async def nothing() -> None:
            return None

        body = {"email": EMAIL, "password": context.founded.password}
        answer = await _held(context, None, "/api/v1/auth/login", body, meanwhile=nothing)
        assert answer.status_code == 200, answer.text
