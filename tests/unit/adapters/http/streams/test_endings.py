"""A ticket for a WebSocket lets nobody in whose session ended since."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.unit.adapters.http.context import EMAIL, Context
from tests.unit.adapters.http.streams.socket import Closed, connected

NEW = "another velvet cactus lantern"


async def _log_in(context: Context) -> str:
    body = {"email": EMAIL, "password": context.founded.password}
    async with context.client(None) as client:
        told = await client.post("/api/v1/auth/login", json=body)
    assert told.status_code == 200, told.text
    token: str = told.json()["access_token"]
    return token


async def _changed(context: Context, own: httpx.AsyncClient) -> httpx.Response:
    return await own.post(
        "/api/v1/auth/password", json={"current": context.founded.password, "password": NEW}
    )


async def _reset(context: Context, own: httpx.AsyncClient) -> httpx.Response:
    path = f"/api/v1/users/{context.founded.owner.id}/password-reset"
    token = (await own.post(path)).json()["token"]
    body = {"token": token, "password": NEW}
    return await own.post("/api/v1/auth/password/reset", json=body)


async def _disabled(context: Context, own: httpx.AsyncClient) -> httpx.Response:
    # Another owner has to stay behind.
    asked = {"email": "ada@example.com", "role": "owner"}
    made = (await own.post("/api/v1/invitations", json=asked)).json()
    joining = {"token": made["token"], "name": "Ada", "password": NEW}
    assert (await own.post("/api/v1/auth/join", json=joining)).status_code == 201
    logging_in = {"email": "ada@example.com", "password": NEW}
    hers = (await own.post("/api/v1/auth/login", json=logging_in)).json()["access_token"]
    async with context.client(hers) as ada:
        return await ada.post(f"/api/v1/users/{context.founded.owner.id}/disable")


async def _everywhere(context: Context, own: httpx.AsyncClient) -> httpx.Response:
    return await own.post("/api/v1/auth/logout-everywhere")


@pytest.mark.parametrize("ends", [_changed, _reset, _disabled, _everywhere])
async def test_a_ticket_ends_with_the_session_that_asked_for_it(
    context: Context, ends: Callable[[Context, httpx.AsyncClient], Awaitable[httpx.Response]]
) -> None:
    async with context.client(await _log_in(context)) as other:
        tickets = [(await other.post("/api/v1/ws/ticket")).json()["ticket"] for _ in range(2)]
    async with connected(context.app, query=f"ticket={tickets[0]}") as socket:
        assert (await socket.next())["type"] == "welcome"
    async with context.client(await _log_in(context)) as own:
        done = await ends(context, own)
    assert done.status_code == 200, done.text
    with pytest.raises(Closed, match="401"):
        async with connected(context.app, query=f"ticket={tickets[1]}"):
            pass
