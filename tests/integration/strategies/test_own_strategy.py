"""A strategy of somebody's own class: it acts as any other, and is stopped alone when it hangs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.http.strategies.routes import PATH
from bootstrap.areas import notifications, signals, strategies
from domain.shared.values import InvalidValue
from domain.strategies.strategy import StrategyKind
from tests.integration.strategies.classes import install
from tests.integration.strategies.test_own_processes import RISING, body
from tests.unit.adapters.http.context import open_context
from tests.unit.adapters.http.test_strategies import Desk
from tests.unit.domain.strategies.test_factors import MANY


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    install(
        tmp_path,
        {"rising": RISING, "hanging": body("        while True: pass")},
        monkeypatch=monkeypatch,
    )
    async with open_context() as context, context.client() as client:
        made = Desk(context, client)
        await context.parts.of(signals.build).feed.resume()
        yield made
        await context.parts.of(strategies.build_own).stop()


async def test_it_decides_by_its_class_and_sends_its_order(desk: Desk) -> None:
    strategy_id = await desk.strategy("live", kind="own", model="rising", cap="0.05")
    now = (await desk.client.get(f"{PATH}/{strategy_id}/analysis/AAPL")).json()
    (factor,) = now["factors"]
    assert (factor["name"], factor["status"], factor["weight"]) == ("own", "present", "1")
    bars = desk.context.market.bars("AAPL", count=2)
    assert factor["value"] == ("0.5" if bars[-1].close > bars[-2].close else "0")
    await desk.say("s-1", "-0.9")
    await desk.act()
    (decision,) = await desk.decisions(strategy_id)
    assert decision["factors"] == now["factors"]


async def test_one_that_hangs_is_killed_stopped_and_told_of_and_no_other_is(desk: Desk) -> None:
    feed = desk.context.parts.of(notifications.build).feed
    await feed.resume()
    hanging = await desk.strategy("live", kind="own", model="hanging", name="hanging")
    sound = await desk.strategy("shadow", name="sound")
    await desk.say("s-1")
    assert await desk.act() == 1
    shown = (await desk.client.get(f"{PATH}/{hanging}")).json()
    why = "AAPL: hanging took more than 2 s to answer, and was killed"
    assert (shown["running"], shown["problem"]) == (False, why)
    assert [one["action"] for one in await desk.decisions(sound)] == ["shadow"]
    assert list(await desk.orders()) == []
    await feed.drain()
    told = (await desk.client.get("/api/v1/notifications")).json()["items"]
    (one,) = [one for one in told if one["type"] == "strategy_error"]
    assert why in one["text"]
    # Looked at, it is absent with the same words.
    now = (await desk.client.get(f"{PATH}/{hanging}/analysis/AAPL")).json()
    assert now["factors"][0]["reason"] in why


async def test_a_class_that_is_not_installed_is_refused_by_name(desk: Desk) -> None:
    body = {
        "name": "mine",
        "kind": "own",
        "account_id": str(desk.context.account_id),
        "symbols": ["AAPL"],
    }
    for model, problem in (("nobody", "there is hanging, rising"), ("", "must name the class")):
        refused = await desk.client.post(PATH, json={**body, "model": model})
        assert refused.status_code == 400
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/model"
        assert problem in error["detail"]


def test_a_model_is_for_two_kinds() -> None:
    with pytest.raises(InvalidValue, match="multi_factor and own alone"):
        replace(MANY, kind=StrategyKind.FOLLOW, weights={}, model="ridge")
