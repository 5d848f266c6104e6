"""Workspaces over HTTP: what is saved is what is restored, and nobody overwrites unseen."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from adapters.http.settings import HttpSettings
from domain.identity.access import Role
from domain.identity.tenant import User
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context, open_context

ONE = "/api/v1/user/workspace"
ALL = "/api/v1/user/workspaces"
# Written as only a person would: spaces, escapes, repeated zeros.
WRITTEN = '{ "b":1.50,\r\n\t"a" : [1e2, -0, "\\u00e9é\\/"] }'.encode()


def body(name: str = "Morning", *, layout: bytes = WRITTEN, more: bytes = b"") -> bytes:
    """Return the body of a save, with the layout as it is."""
    return b'{"name":%b,"layout":%b%b}' % (json.dumps(name).encode(), layout, more)


async def save(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    """Save a workspace; headers are given with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(
        ONE, content=content, headers={"Content-Type": "application/json", **given}
    )


@pytest.fixture
async def colleague(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """Another person of the same tenant."""
    user = User(
        id=context.account_id,
        tenant_id=context.founded.tenant.id,
        email="colleague@example.com",
        password_hash="x",
        created_at=context.clock.now(),
    )
    await add_user(context.storage.members, user, role=Role.VIEWER)
    token, _ = context.tokens.issue(user_id=user.id, tenant_id=user.tenant_id)
    async with context.client(token) as made:
        yield made


async def test_what_was_saved_is_what_is_restored_byte_for_byte(client: httpx.AsyncClient) -> None:
    saved = await save(client, body())
    assert saved.status_code == 201, saved.text
    view = saved.json()
    assert (view["version"], view["is_default"], view["size_bytes"]) == (1, True, len(WRITTEN))
    assert view["sha256"] == hashlib.sha256(WRITTEN).hexdigest()
    assert saved.headers["ETag"] == '"1"'
    for path in (ONE, f"{ONE}?name=Morning", saved.headers["Location"]):
        restored = await client.get(path)
        assert restored.status_code == 200
        assert restored.headers["ETag"] == '"1"'
        assert restored.content.endswith(b'"layout":' + WRITTEN + b"}")
        assert {**view, "layout": json.loads(WRITTEN)} == restored.json()


async def test_before_the_first_save_there_is_nothing(client: httpx.AsyncClient) -> None:
    for path in (ONE, f"{ONE}?name=x", f"{ALL}/0198f1c2-ae6d-7a71-8c83-6f904d5e7182"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get(ALL)).json() == {"items": [], "next_cursor": None}


async def test_overwriting_takes_the_version_that_is_there(client: httpx.AsyncClient) -> None:
    await save(client, body())
    unseen = await save(client, body(layout=b"{}"))
    assert (unseen.status_code, unseen.headers["ETag"]) == (428, '"1"')
    assert unseen.json()["type"] == "/problems/precondition-required"
    second = await save(client, body(layout=b'{"n":2}'), If_Match='"1"')
    assert (second.status_code, second.headers["ETag"]) == (200, '"2"')
    late = await save(client, body(layout=b'{"n":3}'), If_Match='"1"')
    assert (late.status_code, late.headers["ETag"]) == (412, '"2"')
    assert (await client.get(ONE)).json()["layout"] == {"n": 2}
    anyhow = await save(client, body(layout=b'{"n":4}'), If_Match="*")
    assert (anyhow.status_code, anyhow.json()["version"]) == (200, 3)


@pytest.mark.parametrize("tag", ['"1"', "*"])
async def test_a_new_name_has_no_version_to_match(client: httpx.AsyncClient, tag: str) -> None:
    refused = await save(client, body(), If_Match=tag)
    assert refused.status_code == 412
    assert "leave out If-Match" in refused.json()["detail"]


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"1", "2"', '"x"', ""])
async def test_a_tag_that_is_none_of_ours_is_refused(client: httpx.AsyncClient, tag: str) -> None:
    refused = await save(client, body(), If_Match=tag)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#If-Match"


async def test_the_default_moves_and_deleting_it_says_what_becomes_it(
    client: httpx.AsyncClient,
) -> None:
    ids = {}
    for name, more in (("a", b""), ("b", b',"make_default":true'), ("c", b"")):
        ids[name] = (await save(client, body(name, more=more))).json()["id"]

    async def default() -> Any:
        items = (await client.get(ALL)).json()["items"]
        (found,) = [one["name"] for one in items if one["is_default"]]
        assert (await client.get(ONE)).json()["name"] == found
        return found

    assert await default() == "b"
    moved = await client.put(f"{ALL}/{ids['c']}/default")
    assert (moved.status_code, moved.json()["is_default"], moved.headers["ETag"]) == (
        *(200, True),
        '"1"',
    )
    assert await default() == "c"
    stale = await client.delete(f"{ALL}/{ids['c']}", headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    gone = await client.delete(f"{ALL}/{ids['c']}", headers={"If-Match": '"1"'})
    assert gone.status_code == 200
    assert (gone.json()["id"], gone.json()["default"]["name"]) == (ids["c"], "b")
    assert await default() == "b"
    other = await client.delete(f"{ALL}/{ids['a']}")
    assert other.json()["default"]["name"] == "b"
    last = await client.delete(f"{ALL}/{ids['b']}")
    assert last.json() == {"id": ids["b"], "name": "b", "default": None}
    assert (await client.delete(f"{ALL}/{ids['b']}")).status_code == 404
    assert (await client.put(f"{ALL}/{ids['b']}/default")).status_code == 404


async def test_the_list_comes_page_by_page_and_without_layouts(client: httpx.AsyncClient) -> None:
    for name in "cab":
        await save(client, body(name))
    first = (await client.get(ALL, params={"limit": 2})).json()
    assert [one["name"] for one in first["items"]] == ["c", "a"]
    assert set(first["items"][0]) == {
        *("id", "name", "version", "is_default", "size_bytes", "sha256"),
        *("created_at", "updated_at"),
    }
    rest = await client.get(ALL, params={"limit": 2, "cursor": first["next_cursor"]})
    assert [one["name"] for one in rest.json()["items"]] == ["b"]
    assert rest.json()["next_cursor"] is None


async def test_there_is_room_for_so_many(client: httpx.AsyncClient) -> None:
    for number in range(50):
        assert (await save(client, body(str(number)))).status_code == 201
    full = await save(client, body("one more"))
    assert full.status_code == 409
    assert full.json()["type"] == "/problems/too-many-workspaces"
    assert "50 workspaces" in full.json()["detail"]


async def test_nobody_sees_or_changes_anothers(
    context: Context, client: httpx.AsyncClient, colleague: httpx.AsyncClient
) -> None:
    mine = (await save(client, body())).json()["id"]
    async with context.client((await context.other_tenant())[0]) as stranger:
        for other in (colleague, stranger):
            assert (await other.get(ONE)).status_code == 404
            assert (await other.get(f"{ONE}?name=Morning")).status_code == 404
            assert (await other.get(f"{ALL}/{mine}")).status_code == 404
            assert (await other.delete(f"{ALL}/{mine}")).status_code == 404
            assert (await other.put(f"{ALL}/{mine}/default")).status_code == 404
            assert (await other.get(ALL)).json()["items"] == []
            # The name is free there, and what it gets is another workspace.
            assert (await save(other, body(layout=b"{}"))).status_code == 201
    assert (await client.get(ONE)).content.endswith(WRITTEN + b"}")


async def test_a_repeated_save_gets_the_first_answer(
    client: httpx.AsyncClient, colleague: httpx.AsyncClient
) -> None:
    first = await save(client, body(), Idempotency_Key="k-1")
    await save(client, body(layout=b"{}"), If_Match='"1"')
    again = await save(client, body(), Idempotency_Key="k-1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == '"1"'
    assert (await client.get(ONE)).headers["ETag"] == '"2"'
    # The same request of another person is another request.
    theirs = await save(colleague, body(), Idempotency_Key="k-1")
    assert theirs.json()["type"] == "/problems/idempotency-key-reused"


@pytest.mark.parametrize(
    ("content", "pointer", "detail"),
    [
        (body(layout=b'{"a":[0,{"w":NaN}]}'), "/layout/a/1/w", "finite number"),
        (body(layout=b'{"a":[0,{"w":-Infinity}]}'), "/layout/a/1/w", "finite number"),
        (body(layout=b'{"a":1e400}'), "/layout/a", "64-bit float"),
        (body(layout=b'{"a":{"b/c":1,"b/c":2}}'), "/layout/a/b~1c", "stands there twice"),
        (body(layout=b'{"a":%b%b}' % (b"[" * 32, b"]" * 32)), "/layout/a" + "/0" * 31, "deeper"),
        (body(layout=b'{"a":%b' % (b"[" * 100_000)), "/layout/a" + "/0" * 30, "deeper"),
        (body(layout=b'{"a":"\xff"}'), "/layout", "UTF-8"),
        (body(layout=b'{"a":"\\ud800"}'), "/layout/a", "surrogate"),
        (body(layout=b"[]"), "/layout", "must be an object"),
        (body(layout=b"null"), "/layout", "must be an object"),
        (body(layout=b'"name"'), "/layout", "must be an object"),
        (body(layout=b'{"a":1,}'), "/layout/a", "name in double quotes"),
        (body(layout=b'{"a":[1 2]}'), "/layout/a/0", "must go on with"),
        (b'{"name":"a","layout":{"x":1},"layout":{}}', "/layout", "stands there twice"),
        (b'{"name":"a","name":"b","layout":{}}', "/name", "stands there twice"),
        (b'{"name":"a"}', "/layout", "missing required field"),
        (b'{"layout":{}}', "/name", "missing required field"),
        (body(""), "/name", "length >= 1"),
        (body("x" * 101), "/name", "length <= 100"),
        (body("a\u0000"), "/name", "regex"),
        (body(more=b',"colour":1'), "/colour", "unknown field"),
        (body(more=b',"make_default":1'), "/make_default", "Expected `bool`"),
        (body(layout=b'{"a"')[:-1], "/layout/a", "ends too early"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_fault_is_named_with_its_place(
    client: httpx.AsyncClient, content: bytes, pointer: str, detail: str
) -> None:
    refused = await save(client, content)
    assert refused.status_code == 400, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == pointer
    assert detail in error["detail"]
    assert (await client.get(ALL)).json()["items"] == []


def _full(spare: int = 0) -> bytes:
    """A layout of a mebibyte and so many bytes more."""
    return b'{"a":"' + b"x" * (1_048_576 - 8 + spare) + b'"}'


async def test_a_layout_may_have_a_mebibyte_whatever_other_bodies_may_have() -> None:
    settings = HttpSettings(access_log=False, body_max=1_024)
    async with open_context(settings) as context, context.client() as client:
        name = "é" * 100
        assert (await save(client, body(name, layout=_full()))).status_code == 201
        restored = await client.get(ONE)
        assert restored.json()["size_bytes"] == 1_048_576
        assert restored.content.endswith(_full() + b"}")
        one_more = await save(client, body(name, layout=_full(1)), If_Match='"1"')
        assert one_more.status_code == 413
        assert one_more.json()["detail"] == "the layout may have at most 1048576 bytes"
        many_more = await save(client, body(name, layout=_full(5_000)), If_Match='"1"')
        assert many_more.status_code == 413
        assert many_more.json()["type"] == "/problems/body-too-large"
        other = await client.post("/api/v1/portfolios", json={"name": "x" * 2_000})
        assert other.status_code == 413


async def test_a_layout_stays_at_a_mebibyte_where_other_bodies_may_have_more() -> None:
    settings = HttpSettings(access_log=False, body_max=16_777_216)
    async with open_context(settings) as context, context.client() as client:
        assert (await save(client, body(layout=_full(1)))).status_code == 413

        async def dripping() -> AsyncIterator[bytes]:
            # Without a Content-Length: what comes is counted.
            for _ in range(40):
                yield b" " * 65_536

        headers = {"Content-Type": "application/json"}
        endless = await client.post(ONE, content=dripping(), headers=headers)
        assert endless.status_code == 413


async def test_what_is_not_called_json_is_refused(client: httpx.AsyncClient) -> None:
    refused = await client.post(ONE, content=body(), headers={"Content-Type": "text/plain"})
    assert refused.status_code == 415
