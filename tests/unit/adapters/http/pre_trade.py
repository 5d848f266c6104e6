"""What a client sees of the analysis of orders, whatever keeps the data."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from adapters.http.risk.pre_trade import PATH
from application.orders.objecting import Objecting
from bootstrap.areas import orders
from bootstrap.gatekeeper import build_gatekeeper
from bootstrap.pre_trade import build_adviser, build_pre_trade
from bootstrap.settings.adviser import AdviserSettings
from domain.risk.rule import Action
from tests.fakes.models import KEY, Fault, ModelServer
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.test_audit import seal
from tests.unit.application.orders.test_objecting import Source
from tests.unit.domain.risk.test_objections import objection

ANALYZE = f"{PATH}/analyze"


def parts_of(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parts of a rating by name."""
    return {part["name"]: part for part in said["parts"]}


async def analyze_from_safe_to_danger(context: Context) -> None:
    """Analyse a small order, one that is too large for its name, and one that the gate denies."""
    async with context.client() as client:
        small = await client.post(ANALYZE, json=context.order())
        assert small.status_code == 200, small.text
        said = small.json()
        assert (said["rating"], said["missing"], said["approved"]) == ("SAFE", [], True)
        parts = parts_of(said)
        # 10 at 99.5 of 100,000: the worst price that the gate counts with.
        assert (parts["name"]["value"], parts["name"]["limit"]) == ("0.00995", "0.1")
        assert (parts["sector"]["value"], said["sectors"]) == (
            "0.00995",
            {"Technology": "0.00995"},
        )
        assert Decimal(said["score"]) == max(Decimal(one["score"]) for one in parts.values())
        assert [one["days"] for one in said["risk"]["worst"]] == [1, 5, 20]
        margin = said["margin"]
        assert (margin["before"]["maintenance"], margin["before"]["buffer"]) == ("0", "1")
        # A quarter of the ten shares at the last price.
        assert margin["after"]["rulebook"].startswith("reg_t@")
        assert (margin["after"]["maintenance"], margin["after"]["equity"]) == ("250", "100000")
        # The gate says the same where only it is asked.
        preview = await client.post("/api/v1/orders/preview", json=context.order())
        assert preview.json()["headroom"] == said["headroom"]

        large = (await client.post(ANALYZE, json=context.order(quantity="80"))).json()
        assert large["approved"] is True
        assert (large["rating"], parts_of(large)["name"]["score"]) == ("CAUTION", "79.6")

        denied = (await client.post(ANALYZE, json=context.order(quantity="300"))).json()
        assert (denied["approved"], denied["rating"]) == (False, "DANGER")
        assert denied["reasons"]
        assert (await client.get("/api/v1/orders")).json()["items"] == []


async def analyze_a_group_in_words_of_its_own(context: Context) -> None:
    """Analyse a bracket: its entry counts, its exits do not; a wrong leg is named."""
    leg = {"symbol": "AAPL", "quantity": "10"}
    body: dict[str, Any] = {
        "account_id": str(context.account_id),
        "group": "bracket",
        "orders": [
            {**leg, "side": "buy", "type": "limit", "limit_price": "99.5"},
            {**leg, "side": "sell", "type": "limit", "limit_price": "104"},
            {**leg, "side": "sell", "type": "stop", "stop_price": "96"},
        ],
    }
    async with context.client() as client:
        said = (await client.post(ANALYZE, json=body)).json()
        assert [one["quantity"] for one in said["symbols"]] == ["10"]
        body["orders"][1]["limit_price"] = "NaN"
        refused = await client.post(ANALYZE, json=body)
        assert refused.json()["errors"][0]["pointer"] == "/orders/1/limit_price"


async def analyze_what_lacks_a_figure(context: Context) -> None:
    """Analyse a share without history: what is missing is named, and nothing is safe."""
    await context.quote("IBM")
    order = context.order(symbol="IBM", quantity="1")
    async with context.client() as client:
        # The gate itself asks for the volume, until nobody wants it to.
        said = (await client.post(ANALYZE, json=order)).json()
        assert (said["approved"], said["rating"]) == (False, "DANGER")
        rules = (await client.get("/api/v1/risk-rules")).json()["items"]
        (volume,) = (one["id"] for one in rules if one["rule_type"] == "MAX_ADV_PERCENT")
        gone = await client.delete(f"/api/v1/risk-rules/{volume}?reason=untraded")
        assert gone.status_code == 204, gone.text
        said = (await client.post(ANALYZE, json=order)).json()
        assert (said["approved"], said["rating"]) == (True, "CAUTION")
        assert float(said["score"]) < 60
        assert parts_of(said)["marginal_var"]["score"] is None
        assert any("days_to_exit" in one for one in said["missing"])


async def analyze_what_another_area_minds(context: Context) -> None:
    """Analyse beside an area that warns, that blocks, and that says nothing any more."""
    source = Source(at=context.clock.now())
    gate = context.parts.of(build_gatekeeper)
    gate._objecting = Objecting(lambda: (source,))
    async with context.client() as client:
        for action, rating in ((Action.WARN, "CAUTION"), (Action.BLOCK, "DANGER")):
            source.said = (replace(objection(), action=action),)
            said = (await client.post(ANALYZE, json=context.order())).json()
            assert (said["rating"], said["approved"]) == (rating, action is Action.WARN)
            assert [one["action"] for one in said["objections"]] == [action.value]
        source.at, source.said = None, ()
        said = (await client.post(ANALYZE, json=context.order())).json()
        assert (said["rating"], said["objections"]) == ("DANGER", [])
        assert any("a word of tax that holds" in one for one in said["missing"])


async def analyze_with_an_adviser(context: Context) -> None:
    """Analyse with models beside: a careful one is heard, and one that fails keeps nobody."""
    said = {"rating": "CAUTION", "explanation": "The book holds one share alone."}
    models: dict[str, str | Fault] = {"busy": Fault.THROTTLED, "calm": json.dumps(said)}
    async with ModelServer(models) as server, context.client() as client:
        advised(context, server)
        answer = (await client.post(ANALYZE, json=context.order())).json()
        assert answer["rating"] == "CAUTION"
        assert answer["advice"] == {**said, "model": "calm", "problem": ""}
        for secret in (str(context.account_id), "AAPL", "Technology", "100000"):
            assert secret not in json.dumps(server.asked)
        server.answers = dict.fromkeys(models, Fault.CUT)
        answer = await client.post(ANALYZE, json=context.order(quantity="11"))
        assert answer.status_code == 200, answer.text
        assert (answer.json()["rating"], answer.json()["advice"]["model"]) == ("SAFE", "")
        await seal(context)
        trail = (await client.get("/api/v1/audit")).json()["items"]
    kept = [one for one in trail if one["action"].startswith("pre_trade.")]
    assert [one["detail"]["model"] for one in kept] == ["calm", "calm"] * 2 + ["busy", "busy"]
    assert {one["action"] for one in kept} == {"pre_trade.advice_asked", "pre_trade.advice_given"}
    assert KEY not in json.dumps(kept)


def advised(context: Context, server: ModelServer) -> None:
    """Let the analysis ask the server's models, as settings would."""
    own = AdviserSettings(url=server.url, key=KEY, models=tuple(server.answers))
    context.parts.replace("settings", replace(context.parts.settings, adviser=own))
    context.parts.replace("adviser", build_adviser(context.parts.settings))
    context.parts.replace(
        "pre_trade",
        build_pre_trade(
            settings=context.parts.settings,
            market=context.parts.named("market"),
            orders=context.parts.of(orders.build),
            adviser=context.parts.of(build_adviser),
            changes=context.parts.named("changes"),
        ),
    )


JOURNEYS: tuple[Any, ...] = (
    analyze_from_safe_to_danger,
    analyze_a_group_in_words_of_its_own,
    analyze_what_lacks_a_figure,
    analyze_what_another_area_minds,
    analyze_with_an_adviser,
)
