"""A succession over HTTP: the plan, acts in person, and the page of a mailed link."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.http.succession.routes import PATH
from application.succession.context import CLOCKS
from domain.identity.access import Role
from tests import builders
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context

SHARES = [{"name": "Ada", "percent": "66.67"}, {"name": "Ben", "percent": "33.33"}]


async def trustee_of(context: Context) -> str:
    """Store a trustee and return their id."""
    user = replace(context.founded.owner, id=builders.new_id(), email="trustee@example.com")
    await add_user(context.storage.members, user, role=Role.TRUSTEE)
    return str(user.id)


def plan_of(trustee: str, **more: Any) -> dict[str, Any]:
    """Return a plan with one trustee."""
    return {"trustees": [trustee], "confirmations_needed": 1, **more}


async def test_a_plan_is_written_by_version_and_shown_as_written(
    context: Context, client: httpx.AsyncClient
) -> None:
    assert (await client.get(f"{PATH}/plan")).status_code == 404
    none = (await client.get(f"{PATH}/status")).json()
    assert (none["state"], none["trading"]) == (None, "ACTIVE")
    for act in ("check-in", "veto", "dry-run"):
        assert (await client.post(f"{PATH}/{act}")).status_code == 404
    plan = plan_of(
        await trustee_of(context),
        allocations=[{"asset_class": "cash", "beneficiaries": SHARES, "contingents": []}],
    )
    made = await client.put(f"{PATH}/plan", json=plan)
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    shown = (await client.get(f"{PATH}/plan")).json()
    assert {name: shown[name] for name in plan} == plan
    late = await client.put(f"{PATH}/plan", json=plan, headers={"If-Match": '"7"'})
    assert late.status_code == 412
    status = (await client.get(f"{PATH}/status")).json()
    assert (status["state"], status["left_s"]) == ("ARMED", 30 * 86_400)
    assert "30 days left" in status["words"]
    (trustee,) = status["trustees"]
    assert "orders.read" in trustee["permissions"]
    assert trustee["accounts"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"trustees": [str(builders.new_id())]}, "/trustees/0"),
        ({"confirmations_needed": 2}, "/confirmations_needed"),
        ({"check_in_days": 0}, "/check_in_days"),
        (
            {"allocations": [{"asset_class": "cash", "beneficiaries": SHARES[:1]}]},
            "/allocations/0/beneficiaries",
        ),
    ],
)
async def test_a_wrong_plan_is_told_where_it_is_wrong(
    context: Context, client: httpx.AsyncClient, wrong: dict[str, Any], pointer: str
) -> None:
    plan = {**plan_of(await trustee_of(context)), **wrong}
    answer = await client.put(f"{PATH}/plan", json=plan)
    assert answer.status_code == 400, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


async def test_an_act_is_done_once_and_answers_the_same(
    context: Context, client: httpx.AsyncClient
) -> None:
    await client.put(f"{PATH}/plan", json=plan_of(await trustee_of(context)))
    key = {"Idempotency-Key": "well"}
    first = await client.post(f"{PATH}/check-in", headers=key)
    again = await client.post(f"{PATH}/check-in", headers=key)
    assert first.status_code == 200, first.text
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert (await client.post(f"{PATH}/veto", headers=key)).status_code == 422
    walked = (await client.post(f"{PATH}/dry-run")).json()["steps"]
    assert [(one["state"], one["after_days"], one["trading"]) for one in walked] == [
        ("REMINDED", 30, "ACTIVE"),
        ("CONTACT_PING", 44, "REDUCING"),
        ("GRACE", 58, "HALTED"),
        ("RELEASED", 72, "HALTED"),
    ]


async def test_an_act_needs_that_it_was_shown_of_late_who_asks(
    context: Context, client: httpx.AsyncClient
) -> None:
    await client.put(f"{PATH}/plan", json=plan_of(await trustee_of(context)))
    context.clock.advance(3_600)
    for act in ("check-in", "veto", "confirmations", "release-trading", "dry-run"):
        answer = await client.post(f"{PATH}/{act}")
        assert answer.status_code == 401, act


async def test_the_page_of_a_link_is_open_and_only_its_button_counts(
    context: Context, client: httpx.AsyncClient
) -> None:
    trustee = await trustee_of(context)
    await client.put(f"{PATH}/plan", json=plan_of(trustee))
    await _fall_silent(context)
    async with context.client(None) as stranger:
        dead = await stranger.get("/succession/answer/bls_x")
        assert (dead.status_code, dead.headers["Content-Type"]) == (
            404,
            "text/html; charset=utf-8",
        )
        path = await _mailed(context)
        page = await stranger.get(path)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert "script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
            "no-referrer",
            "no-store",
        )
        assert (await client.get(f"{PATH}/status")).json()["state"] == "REMINDED"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        pressed = await stranger.post(path, headers=form)
        assert (pressed.status_code, "Thank you" in pressed.text) == (200, True)
        assert (await client.get(f"{PATH}/status")).json()["state"] == "ARMED"
        assert (await stranger.post(path, headers=form)).status_code == 404


async def _fall_silent(context: Context) -> None:
    (found,) = await context.storage.works.everywhere(CLOCKS, limit=9)
    silent = timedelta(days=30) // timedelta(microseconds=1)
    async with context.storage.works.begin(found.tenant_id) as work:
        kept = replace(found, silent_us=silent - 1, version=found.version + 1)
        await work.records(CLOCKS).update(kept)
    ticker = context.parts.named("succession_clock")
    for _ in range(2):
        await ticker.tick()
        context.clock.advance(ticker.tick_s)
    await ticker.tick()


async def _mailed(context: Context) -> str:
    links = context.parts.named("succession").links
    tenant_id, owner = context.founded.tenant.id, context.founded.owner.id
    async with context.storage.identity.begin() as scope:
        told = [dict(one.detail) for one in await scope.notices.of(owner, limit=9)]
    (link,) = [one["link"] for one in told if "link" in one]
    path: str = await links.path(tenant_id=tenant_id, user_id=owner, link=link)
    return path
