"""The audit trail over HTTP: what was done, from where, and what of it stands out."""

from uuid import uuid4

import httpx
import pytest

from adapters.memory.audit import MemoryAnchor
from application.audit.seal_trail import SealTrail
from domain.audit.macs import audit_keys
from tests.unit.adapters.http.context import Context, open_context

KEYS = audit_keys(b"1" * 32)


async def seal(context: Context) -> None:
    storage = context.storage
    await SealTrail(
        sealing=storage.sealing,
        anchors=[MemoryAnchor()],
        read_keys=lambda: KEYS,
        clock=context.clock,
        sleeper=_NoSleep(),
    ).drain()


class _NoSleep:
    async def sleep(self, seconds: float) -> None:
        raise AssertionError("memory is never waited for")


async def test_an_order_is_found_with_where_it_came_from() -> None:
    async with open_context() as context, context.client() as client:
        agent = {"User-Agent": "desk/1.0 \x7f" + "x" * 300}
        made = await client.post("/api/v1/orders", json=context.order(), headers=agent)
        order_id = made.json()["id"]
        await seal(context)
        page = (await client.get("/api/v1/audit", params={"subject": order_id})).json()
        (item,) = page["items"]
        assert (item["action"], item["ip"]) == ("order.submit", "127.0.0.1")
        assert item["user_agent"] == ("desk/1.0 ?" + "x" * 300)[:200]
        assert item["trace_id"] == made.headers["x-trace-id"]
        assert item["detail"]["state"] == "accepted"
        assert page["next_cursor"] is None


async def test_pages_and_filters() -> None:
    async with open_context() as context, context.client() as client:
        for name in ("one", "two", "three"):
            await client.post("/api/v1/portfolios", json={"name": name})
        await seal(context)
        asked = {"action": "portfolio.add", "limit": "2"}
        first = (await client.get("/api/v1/audit", params=asked)).json()
        rest = (
            await client.get("/api/v1/audit", params=asked | {"cursor": first["next_cursor"]})
        ).json()
        names = [item["after"]["name"] for item in (*first["items"], *rest["items"])]
        assert names == ["three", "two", "one"]
        at = first["items"][0]["at"]
        later = (await client.get("/api/v1/audit", params={"to": at})).json()
        assert later["items"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-01-01T00:00:00"},
        {"from": "yesterday"},
        {"cursor": "x"},
        {"limit": "0"},
        {"unknown": "1"},
        {"to": "0001-01-01T00:00:00+14:00"},
    ],
)
async def test_what_cannot_be_asked_is_told(asked: dict[str, str]) -> None:
    async with open_context() as context, context.client() as client:
        reply = await client.get("/api/v1/audit", params=asked)
        assert (reply.status_code, reply.headers["content-type"]) == (
            400,
            "application/problem+json",
        )


async def test_another_tenant_sees_nothing_of_it() -> None:
    async with open_context() as context, context.client() as client:
        await client.post("/api/v1/portfolios", json={"name": "mine"})
        await seal(context)
        token, _ = await context.other_tenant()
        async with context.client(token) as stranger:
            assert (await stranger.get("/api/v1/audit")).json()["items"] == []
            own = context.founded.owner.id
            reply = await stranger.get(f"/api/v1/users/{own}/activity")
            assert reply.status_code == httpx.codes.NOT_FOUND


async def test_a_users_activity_says_what_stands_out() -> None:
    async with open_context() as context, context.client() as client:
        user_id = context.founded.owner.id
        for _ in range(5):
            await client.post("/api/v1/risk-rules", json=_rule())
        await seal(context)
        page = (await client.get(f"/api/v1/users/{user_id}/activity")).json()
        said = [one["suspicions"] for one in page["items"]]
        assert said == [["rapid_changes"], [], [], [], []]
        assert (await client.get(f"/api/v1/users/{uuid4()}/activity")).status_code == 404


async def test_a_person_marks_what_they_looked_at_and_the_mark_is_an_entry() -> None:
    async with open_context() as context, context.client() as client:
        for name in ("one", "two"):
            await client.post("/api/v1/portfolios", json={"name": name})
        await seal(context)
        asked = {"action": "portfolio.add"}
        second, first = (await client.get("/api/v1/audit", params=asked)).json()["items"]
        assert (first["review"], second["review"]) == (None, None)
        path = f"/api/v1/audit/{first['id']}/review"
        for note in ("", "x" * 501, "a\u202eb"):
            assert (await client.post(path, json={"note": note})).status_code == 400
        for note in ("who was that?", "asked by phone"):
            context.clock.advance(1)
            made = await client.post(path, json={"note": note})
            assert made.status_code == 201, made.text
        marked = made.json()
        assert marked["by"] == f"user:{context.founded.owner.id}"
        await seal(context)
        owner = f"/api/v1/users/{context.founded.owner.id}/activity"
        for reviewed, wanted in (("true", {first["id"]}), ("false", {second["id"]})):
            params = asked | {"reviewed": reviewed}
            found = (await client.get("/api/v1/audit", params=params)).json()["items"]
            assert {one["id"] for one in found} == wanted
            active = (await client.get(owner, params={"reviewed": reviewed})).json()["items"]
            assert wanted <= {one["entry"]["id"] for one in active}
            assert all(
                (one["entry"]["review"] is not None) is (reviewed == "true") for one in active
            )
        assert found[0]["review"] is None
        shown = (await client.get("/api/v1/audit", params={"reviewed": "true"})).json()["items"]
        assert shown[0]["review"] == marked
        marks = (await client.get("/api/v1/audit", params={"action": "audit.review"})).json()
        assert [one["reason"] for one in marks["items"]] == ["asked by phone", "who was that?"]
        assert {one["subject"] for one in marks["items"]} == {first["id"]}
        token, _ = await context.other_tenant()
        async with context.client(token) as stranger:
            answer = await stranger.post(path, json={"note": "mine"})
            assert answer.status_code == httpx.codes.NOT_FOUND
            assert (await stranger.get("/api/v1/audit")).json()["items"] == []
        assert (
            await client.post(f"/api/v1/audit/{uuid4()}/review", json={"note": "x"})
        ).status_code == 404


def _rule() -> dict[str, object]:
    return {
        "name": f"Loss {uuid4()}"[:40],
        "rule_type": "MAX_DAILY_LOSS",
        "threshold": 900.0,
        "action": "BLOCK",
        "is_active": True,
    }
