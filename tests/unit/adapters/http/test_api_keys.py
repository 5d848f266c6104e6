"""API keys over HTTP: shown in full once, masked ever after, refused where they may not be."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute

from adapters.http.secrets.schemas import CredentialsBody, CredentialsView, NewApiKeyBody
from adapters.memory.secrets import MemoryKeyMarks
from tests.unit.adapters.http.context import READER, TAKER, TRADER, Context

KEYS = "/api/v1/api-keys"


def body(credentials: dict[str, str] = TRADER, **changes: Any) -> dict[str, Any]:
    """Return what keeps a key."""
    return {"name": "Main", "broker": "paper", "environment": "paper", **credentials, **changes}


async def kept(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Keep a key and return how it is shown."""
    answer = await client.post(KEYS, json=body(**changes))
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_key_is_shown_in_full_once_and_masked_ever_after(
    context: Context, client: httpx.AsyncClient
) -> None:
    made = await kept(client, label="Swing", account_id=str(context.account_id))
    assert made["credentials"] == {**TRADER, "passphrase": None}
    assert (made["key"], made["permissions"]) == ("****6789", ["read", "trade"])
    path = f"{KEYS}/{made['id']}"
    answers = [
        await client.get(path),
        await client.get(KEYS),
        await client.get(f"{path}/audit-logs"),
        await client.post(f"{path}/verify"),
        await client.put(path, json={"name": "Other"}),
        await client.post(KEYS, json=body()),
    ]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 200, 201]
    for one in answers[:-1]:
        assert TRADER["secret"] not in one.text
        assert TRADER["key"] not in one.text
        assert "credentials" not in one.text
    assert answers[0].headers["etag"] == '"1"'
    assert answers[0].headers["cache-control"] == "no-store"
    assert answers[4].json()["version"] == 2


async def test_a_repeated_request_gets_the_answer_without_the_secret(
    context: Context, client: httpx.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await client.post(KEYS, json=body(), headers=headers)
    assert first.json()["credentials"]["secret"] == TRADER["secret"]
    again = await client.post(KEYS, json=body(), headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json() == {**first.json(), "credentials": None}
    other = await client.post(KEYS, json=body(READER), headers=headers)
    assert other.status_code == 422
    assert len((await client.get(KEYS)).json()["items"]) == 1
    rotate = f"{KEYS}/{first.json()['id']}/rotate"
    headers = {"Idempotency-Key": "twice"}
    turned = await client.post(rotate, json=READER, headers=headers)
    assert turned.json()["credentials"]["secret"] == READER["secret"]
    repeated = await client.post(rotate, json=READER, headers=headers)
    assert repeated.json() == {**turned.json(), "credentials": None}
    assert (repeated.json()["version"], repeated.json()["permissions"]) == (2, ["read"])


@pytest.mark.parametrize(
    ("changes", "status", "kind"),
    [
        ({"secret": "another secret 0123456789"}, 409, "credentials-refused"),
        ({"environment": "live"}, 409, "credentials-refused"),
        (TAKER, 403, "withdrawal-refused"),
        ({"broker": "elsewhere"}, 400, "invalid-request"),
        ({"secret": "short"}, 400, "invalid-request"),
        ({"secret": 7}, 400, "invalid-request"),
        ({"key": ""}, 400, "invalid-request"),
        ({"environment": "demo"}, 400, "invalid-request"),
        ({"expires_at": "2000-01-01T00:00:00Z"}, 400, "invalid-request"),
        ({"expires_at": "2030-01-01T00:00:00"}, 400, "invalid-request"),
        ({"account_id": str(uuid4())}, 404, "not-found"),
        ({"rotate_every_days": 0}, 400, "invalid-request"),
        ({"more": "x"}, 400, "invalid-request"),
    ],
)
async def test_what_may_not_be_kept_is_refused_without_a_word_of_it(
    client: httpx.AsyncClient, changes: dict[str, Any], status: int, kind: str
) -> None:
    answer = await client.post(KEYS, json=body(**changes))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    for secret in (TRADER["secret"], str(changes.get("secret", "?????"))):
        assert secret not in answer.text or secret == "7"
    assert (await client.get(KEYS)).json()["items"] == []


async def test_a_key_that_can_withdraw_is_kept_where_that_is_allowed(
    client: httpx.AsyncClient,
) -> None:
    made = await kept(client, **TAKER, allow_withdrawal=True)
    assert made["permissions"] == ["read", "trade", "withdraw"]
    taken = await client.put(f"{KEYS}/{made['id']}", json={"name": "Main"})
    assert taken.json()["type"] == "/problems/withdrawal-refused"


async def test_a_name_is_one_keys_and_a_version_is_of_one_change(
    client: httpx.AsyncClient,
) -> None:
    made = await kept(client)
    again = await client.post(KEYS, json=body(READER))
    assert again.json()["type"] == "/problems/name-taken"
    path = f"{KEYS}/{made['id']}"
    for match, status in (('"9"', 412), ("x", 400), ('"1"', 200), ('"1"', 412)):
        changed = await client.put(
            path, json={"name": "Main", "label": "x"}, headers={"If-Match": match}
        )
        assert changed.status_code == status, changed.text
    gone = await client.delete(path, headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.headers["etag"]) == (412, '"2"')
    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await client.get(path)).status_code == 404
    logs = (await client.get(f"{path}/audit-logs")).json()["items"]
    assert {one["ip"] for one in logs} == {"127.0.0.1"}
    assert all(one["user_agent"].startswith("python-httpx") for one in logs)
    assert [one["action"] for one in logs] == [
        "api_key.create",
        "api_key.update",
        "api_key.delete",
    ]


async def test_a_keys_history_says_from_where_and_with_what(client: httpx.AsyncClient) -> None:
    made = await kept(client)
    path = f"{KEYS}/{made['id']}"
    await client.post(f"{path}/verify", headers={"User-Agent": "rotator/1.0"})
    logs = (await client.get(f"{path}/audit-logs")).json()["items"]
    told = [(one["action"], one["ip"], one["user_agent"]) for one in logs]
    assert told == [
        ("api_key.create", "127.0.0.1", client.headers["User-Agent"]),
        ("api_key.verify", "127.0.0.1", "rotator/1.0"),
    ]


async def test_what_is_due_is_listed_by_itself(context: Context, client: httpx.AsyncClient) -> None:
    soon = await kept(client, rotate_every_days=1)
    await kept(client, **READER, name="Later", rotate_every_days=90)
    assert (await client.get(KEYS, params={"due": True})).json()["items"] == []
    context.clock.advance(86_400)
    token, _ = context.tokens.issue(
        user_id=context.founded.owner.id, tenant_id=context.founded.tenant.id
    )
    async with context.client(token) as later:
        due = (await later.get(KEYS, params={"due": True})).json()["items"]
    assert [(one["id"], one["due"], one["expired"]) for one in due] == [(soon["id"], True, False)]


async def test_keys_and_their_history_come_page_by_page(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await kept(client, name=str(number))
    first = (await client.get(KEYS, params={"limit": 2})).json()
    rest = (await client.get(KEYS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["0", "1", "2"]
    assert rest["next_cursor"] is None
    path = f"{KEYS}/{first['items'][0]['id']}"
    for _ in range(2):
        await client.post(f"{path}/verify")
    page = (await client.get(f"{path}/audit-logs", params={"limit": 2})).json()
    more = await client.get(
        f"{path}/audit-logs", params={"limit": 2, "cursor": page["next_cursor"]}
    )
    assert len(more.json()["items"]) == 1


async def test_another_tenant_finds_no_key(context: Context, client: httpx.AsyncClient) -> None:
    made = await kept(client)
    token, _ = await context.other_tenant()
    path = f"{KEYS}/{made['id']}"
    async with context.client(token) as other:
        assert (await other.get(KEYS)).json()["items"] == []
        for answer in (
            await other.get(path),
            await other.put(path, json={"name": "x"}),
            await other.delete(path),
            await other.post(f"{path}/rotate", json=READER),
            await other.post(f"{path}/verify"),
            await other.get(f"{path}/audit-logs"),
        ):
            assert answer.status_code == 404
    assert (await client.get(path)).json()["version"] == 1


async def test_sealed_the_server_says_so_and_the_rest_works(
    context: Context, client: httpx.AsyncClient
) -> None:
    made = await kept(client)
    marks = context.storage.key_marks
    assert isinstance(marks, MemoryKeyMarks)
    known = marks.link.database.key_marks
    right = known[1]
    # As if another key were in the file.
    known[1] = replace(right, check=right.check[::-1])
    await context.secrets.vault.refresh()
    path = f"{KEYS}/{made['id']}"
    for answer in (
        await client.post(KEYS, json=body(READER, name="x")),
        await client.post(f"{path}/rotate", json=READER),
        await client.post(f"{path}/verify"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/secrets-sealed")
        assert answer.headers["retry-after"]
        assert "key of version" not in answer.text
    assert (await client.get(path)).status_code == 200
    assert (await client.put(path, json={"name": "y"})).status_code == 200
    assert (await client.post("/api/v1/orders", json=context.order())).status_code == 201
    known[1] = right
    await context.secrets.vault.refresh()
    assert (await client.post(f"{path}/verify")).json()["valid"] is True


async def test_every_route_names_its_permission(context: Context) -> None:
    named = {
        (method, handler.opt.get("permission"))
        for route in context.app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith(KEYS)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    assert named == {
        ("GET", "secrets.read"),
        ("POST", "secrets.manage"),
        ("PUT", "secrets.manage"),
        ("DELETE", "secrets.manage"),
    }


def test_what_was_read_or_is_shown_has_no_secret_in_its_repr() -> None:
    made = msgspec.convert(body(), NewApiKeyBody)
    credentials = msgspec.convert(TRADER, CredentialsBody)
    view = CredentialsView(**TRADER, passphrase=None)
    for one in (made, credentials, view, made.command(), credentials.credentials()):
        assert TRADER["secret"] not in repr(one)
        assert TRADER["key"] not in repr(one)
