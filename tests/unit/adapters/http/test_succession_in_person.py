"""Only a person acts in a succession: no token of a program, and no session that renews itself."""

from typing import Any

import httpx
import pytest

from adapters.http.succession.routes import PATH
from application.succession.context import CLOCKS
from domain.succession.plan import SuccessionState
from tests.unit.adapters.http.context import EMAIL, Context
from tests.unit.adapters.http.test_succession_live import plan_of, trustee_of

ACTS = ("check-in", "veto", "confirmations", "release-trading", "dry-run")


async def _silent(context: Context, client: httpx.AsyncClient) -> None:
    """Write a plan and let the owner have been silent for a month."""
    plan = plan_of(await trustee_of(context))
    assert (await client.put(f"{PATH}/plan", json=plan)).status_code == 200
    await _ticks(context)
    (found,) = await context.storage.works.everywhere(CLOCKS, limit=9)
    stored = await context.parts.named("succession").plans.get(tenant_id=found.tenant_id)
    silence = found.silence(stored.plan)
    assert silence.next_in is not None
    reminded = silence.ran(silence.next_in).due()
    async with context.storage.works.begin(found.tenant_id) as work:
        await work.records(CLOCKS).update(found.moved(reminded, latch_id=found.latch_id, told=()))
    await _ticks(context)
    assert await _state(context) is SuccessionState.REMINDED


async def _state(context: Context) -> SuccessionState:
    (found,) = await context.storage.works.everywhere(CLOCKS, limit=9)
    return found.state


async def _ticks(context: Context) -> None:
    ticker = context.parts.named("succession_clock")
    for _ in range(2):
        await ticker.tick()
        context.clock.advance(1)


async def _said(context: Context, path: str, **body: str) -> dict[str, Any]:
    async with context.client(None) as nobody:
        answer = await nobody.post(f"/api/v1/auth/{path}", json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.parametrize("act", ACTS)
async def test_no_token_of_a_program_acts(
    context: Context, client: httpx.AsyncClient, act: str
) -> None:
    await _silent(context, client)
    barred = await client.post(
        "/api/v1/tokens", json={"name": "script", "scopes": ["succession.manage"]}
    )
    assert (barred.status_code, "needs a step-up" in barred.text) == (400, True)
    made = await client.post(
        "/api/v1/tokens", json={"name": "script", "scopes": ["identity.self", "succession.read"]}
    )
    async with context.client(made.json()["token"]) as script:
        assert (await script.get(f"{PATH}/status")).status_code == 200
        answer = await script.post(f"{PATH}/{act}")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    await _ticks(context)
    assert await _state(context) is SuccessionState.REMINDED


async def test_a_session_that_renews_itself_is_no_act_and_a_log_in_is(
    context: Context, client: httpx.AsyncClient
) -> None:
    own = {"email": EMAIL, "password": context.founded.password}
    said = await _said(context, "login", **own)
    await _silent(context, client)
    for _ in range(3):
        context.clock.advance(301)
        renewal = {name: said[name] for name in ("refresh_token", "device_token")}
        said = await _said(context, "refresh", **renewal)
        async with context.client(said["access_token"]) as session:
            assert (await session.get(f"{PATH}/status")).status_code == 200
            late = await session.post(f"{PATH}/check-in")
        await _ticks(context)
        assert await _state(context) is SuccessionState.REMINDED
    assert (late.status_code, late.json()["type"]) == (401, "/problems/step-up-required")
    await _said(context, "login", **own)
    await _ticks(context)
    assert await _state(context) is SuccessionState.ARMED
