"""What is done to people is done once, and a repeat is told all but what is told once."""

from collections.abc import Sequence

import httpx
import pytest

from adapters.memory.idempotency import MemoryIdempotencyKeys
from tests.unit.adapters.http.context import Context

KEY = {"Idempotency-Key": "people-1"}


async def _ada(client: httpx.AsyncClient) -> str:
    """Invite somebody and let them join; return their id."""
    body = {"email": "ada@example.com", "role": "trader"}
    token = (await client.post("/api/v1/invitations", json=body)).json()["token"]
    joining = {"token": token, "name": "Ada", "password": "orbit velvet cactus lantern"}
    joined = await client.post("/api/v1/auth/join", json=joining)
    assert joined.status_code == 201, joined.text
    user_id: str = joined.json()["id"]
    return user_id


async def test_an_address_is_invited_once_and_its_token_told_once(
    context: Context, client: httpx.AsyncClient
) -> None:
    body = {"email": "ada@example.com", "role": "trader"}
    first = await client.post("/api/v1/invitations", json=body, headers=KEY)
    again = await client.post("/api/v1/invitations", json=body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    told, repeated = first.json(), again.json()
    assert told["token"].startswith("bli_")
    assert repeated == {**told, "token": None, "text": None}
    assert len((await client.get("/api/v1/invitations")).json()["items"]) == 1
    # The token that was told still holds: nothing was withdrawn by the repeat.
    joining = {"token": told["token"], "name": "Ada", "password": "orbit velvet cactus lantern"}
    assert (await client.post("/api/v1/auth/join", json=joining)).status_code == 201
    other = {"email": "bob@example.com", "role": "trader"}
    assert (await client.post("/api/v1/invitations", json=other, headers=KEY)).status_code == 422


async def test_a_reset_is_made_once_and_no_stored_answer_holds_its_token(
    context: Context, client: httpx.AsyncClient
) -> None:
    path = f"/api/v1/users/{await _ada(client)}/password-reset"
    first = await client.post(path, headers=KEY)
    again = await client.post(path, headers=KEY)
    told = first.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == {**told, "token": None}
    keys = context.facades.keys
    assert isinstance(keys, MemoryIdempotencyKeys)
    assert told["token"].encode() not in b"".join(_stored(keys))
    body = {"token": told["token"], "password": "lantern cactus velvet orbit"}
    reset = await client.post("/api/v1/auth/password/reset", json=body)
    assert reset.status_code == 200


def _stored(keys: MemoryIdempotencyKeys) -> Sequence[bytes]:
    return [repr(vars(keys)).encode()]


@pytest.mark.parametrize("verb", ["disable", "enable"])
async def test_people_are_kept_out_and_let_in_once(
    context: Context, client: httpx.AsyncClient, verb: str
) -> None:
    path = f"/api/v1/users/{await _ada(client)}/{verb}"
    first = await client.post(path, headers=KEY)
    again = await client.post(path, headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_refusal_gives_the_key_back(context: Context, client: httpx.AsyncClient) -> None:
    me = (await client.get("/api/v1/users")).json()["items"][0]["id"]
    refused = await client.post(f"/api/v1/users/{me}/disable", headers=KEY)
    assert refused.json()["type"] == "/problems/not-oneself"
    body = {"email": "ada@example.com", "role": "trader"}
    assert (await client.post("/api/v1/invitations", json=body, headers=KEY)).status_code == 201


@pytest.mark.parametrize("verb", ["disable", "enable"])
async def test_a_command_key_is_switched_once(
    context: Context, client: httpx.AsyncClient, verb: str
) -> None:
    tenant_id = context.founded.tenant.id
    await context.facades.identity.users.note_keys([(tenant_id, "desk-1"), (tenant_id, "desk-2")])
    path = f"/api/v1/command-keys/desk-1/{verb}"
    first = await client.post(path, headers=KEY)
    again = await client.post(path, headers=KEY)
    assert (first.status_code, again.status_code) == (204, 204)
    assert first.content == again.content == b""
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await client.post(f"/api/v1/command-keys/desk-2/{verb}", headers=KEY)
    assert other.status_code == 422


@pytest.mark.parametrize("verb", ["disable", "enable"])
async def test_a_command_key_that_there_is_not_is_told_so(
    context: Context, client: httpx.AsyncClient, verb: str
) -> None:
    """Whoever mistyped the name of a stolen key must not believe it to be disabled."""
    _, theirs = await context.other_tenant()
    await context.facades.identity.users.note_keys([(theirs, "desk-1")])
    path = f"/api/v1/command-keys/desk-1/{verb}"
    for headers in (KEY, KEY, {}):
        answer = await client.post(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    await context.facades.identity.users.note_keys([(context.founded.tenant.id, "desk-1")])
    assert (await client.post(path, headers=KEY)).status_code == 204


async def test_another_owner_s_request_under_the_key_is_another_one(
    context: Context, client: httpx.AsyncClient
) -> None:
    body = {"email": "eve@example.com", "role": "owner"}
    token = (await client.post("/api/v1/invitations", json=body)).json()["token"]
    password = "orbit velvet cactus lantern"
    joining = {"token": token, "name": "Eve", "password": password}
    await client.post("/api/v1/auth/join", json=joining)
    entered = await client.post(
        "/api/v1/auth/login", json={"email": "eve@example.com", "password": password}
    )
    body = {"email": "ada@example.com", "role": "trader"}
    assert (await client.post("/api/v1/invitations", json=body, headers=KEY)).status_code == 201
    async with context.client(entered.json()["access_token"]) as eve:
        assert (await eve.post("/api/v1/invitations", json=body, headers=KEY)).status_code == 422
