"""Accounts and risk rules over HTTP."""

from decimal import Decimal
from uuid import uuid4

import httpx
import pytest

from tests.unit.adapters.http.context import SHARED, Context

RULE = {
    "name": "Max Daily Loss",
    "rule_type": "MAX_DAILY_LOSS",
    "threshold": 500.00,
    "action": "BLOCK",
    "is_active": True,
}
RULES = "/api/v1/risk-rules"
KILL = "/api/v1/kill-switch"


async def test_accounts_are_opened_funded_and_read(
    context: Context, client: httpx.AsyncClient
) -> None:
    portfolio = (await client.post("/api/v1/portfolios", json={"name": "Next"})).json()
    opened = await client.post(
        "/api/v1/accounts", json={"portfolio_id": portfolio["id"], "name": "Swing"}
    )
    assert opened.status_code == 201
    path = f"/api/v1/accounts/{opened.json()['id']}"
    for _ in range(2):
        paid = await client.post(
            f"{path}/deposits", json={"amount": "250.5", "reference": "january"}
        )
        assert (paid.status_code, paid.json()["cash"]) == (201, "250.5")
    other = await client.post(f"{path}/deposits", json={"amount": "250", "reference": "january"})
    assert other.status_code == 409
    assert other.json()["type"] == "/problems/reference-used"
    told = "reference 'january' belongs to a deposit of 250.5, not of 250"
    assert other.json()["detail"] == told
    ledger = (await client.get(f"{path}/ledger")).json()
    assert len(ledger["items"]) == 1
    amounts = [Decimal(one["amount"]) for one in ledger["items"][0]["postings"]]
    assert sum(amounts) == 0
    assert (await client.get(f"{path}/positions")).json() == {"items": []}
    names = [one["name"] for one in (await client.get("/api/v1/accounts")).json()["items"]]
    assert names == ["Paper", "Swing"]
    assert len((await client.get("/api/v1/portfolios")).json()["items"]) == 2


@SHARED
@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "1e400", "x", None])
async def test_money_that_is_none_is_refused(
    calm: Context, calm_client: httpx.AsyncClient, amount: object
) -> None:
    answer = await calm_client.post(
        f"/api/v1/accounts/{calm.account_id}/deposits",
        json={"amount": amount, "reference": "r"},
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/amount"


async def test_another_tenants_account_is_absent(
    context: Context, client: httpx.AsyncClient
) -> None:
    _, theirs = await context.other_tenant()
    for path in ("", "/positions", "/ledger"):
        answer = await client.get(f"/api/v1/accounts/{theirs}{path}")
        assert answer.status_code == 404
    paid = await client.post(
        f"/api/v1/accounts/{theirs}/deposits", json={"amount": 1, "reference": "r"}
    )
    assert paid.status_code == 404
    for scope in ({"scope": "account", "account_id": str(theirs), "reason": "r"},):
        assert (await client.post(f"{KILL}/activate", json=scope)).status_code == 404
        assert (await client.post(f"{KILL}/release", json=scope)).status_code == 404
    risk = await client.get(f"{RULES}/portfolio-risk", params={"account_id": str(theirs)})
    assert risk.status_code == 404
    tried = {"account_id": str(theirs), "rule": RULE, "order": _order()}
    assert (await client.post(f"{RULES}/test", json=tried)).status_code == 404


async def test_a_rule_is_made_changed_by_version_and_deleted(client: httpx.AsyncClient) -> None:
    made = await client.post(RULES, json=RULE)
    assert made.status_code == 201
    rule = made.json()
    assert (rule["threshold"], rule["version"]) == ("500", 1)
    assert made.headers["ETag"] == '"1"'
    path = f"{RULES}/{rule['id']}"
    assert made.headers["Location"] == path
    higher = {**RULE, "threshold": "600.50"}
    silent = await client.put(path, json=higher, headers={"If-Match": '"1"'})
    assert silent.status_code == 400
    assert silent.json()["errors"][0]["pointer"] == "/reason"
    higher["reason"] = "earnings week"
    changed = await client.put(path, json=higher, headers={"If-Match": '"1"'})
    assert (changed.json()["threshold"], changed.headers["ETag"]) == ("600.5", '"2"')
    stale = await client.put(path, json=RULE, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.headers["ETag"] == '"2"'
    bad = await client.put(path, json=RULE, headers={"If-Match": "2"})
    assert bad.json()["errors"][0]["pointer"] == "#If-Match"
    assert (await client.put(path, json=RULE)).json()["version"] == 3
    assert (await client.delete(path, headers={"If-Match": '"2"'})).status_code == 412
    assert (await client.delete(path, headers={"If-Match": "*"})).status_code == 400
    gone = await client.delete(f"{path}?reason=unused", headers={"If-Match": "*"})
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(path)).status_code == 404
    assert (await client.delete(path)).status_code == 404


async def test_a_rule_may_count_all_accounts_where_its_type_can(client: httpx.AsyncClient) -> None:
    whole = {**RULE, "parameters": {"per": "tenant"}}
    made = await client.post(RULES, json=whole)
    assert made.status_code == 201
    assert made.json()["parameters"] == {"per": "tenant"}
    for refused in (
        {**whole, "rule_type": "MAX_DRAWDOWN"},
        {**whole, "rule_type": "MAX_ORDER_VALUE"},
        {**RULE, "parameters": {"per": "desk"}},
    ):
        answer = await client.post(RULES, json=refused)
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["pointer"] == "/parameters/per"


@SHARED
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"rule_type": "NOPE"}, "/rule_type"),
        ({"threshold": "NaN"}, "/threshold"),
        ({"threshold": "1e999999"}, "/threshold"),
        ({"threshold": -1}, "/threshold"),
        ({"action": "SHOUT"}, "/action"),
        ({"name": ""}, "/name"),
        ({"name": "a\u0000"}, "/name"),
        ({"scope": {"symbol": "aapl"}}, "/scope/symbol"),
        ({"scope": {"tenant_id": str(uuid4())}}, "/scope/tenant_id"),
        ({"parameters": {"nope": 1}}, "/parameters/nope"),
        ({"parameters": {"nope": {"a": 1}}}, "/parameters/nope"),
        ({"parameters": {"nope": None}}, "/parameters/nope"),
        ({"id": str(uuid4())}, "/id"),
    ],
)
async def test_a_rule_that_does_not_fit_is_refused(
    calm_client: httpx.AsyncClient, changes: dict[str, object], pointer: str
) -> None:
    answer = await calm_client.post(RULES, json={**RULE, **changes})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_parameters_keep_the_numbers_that_were_written(client: httpx.AsyncClient) -> None:
    # A float would write 0.10000000000000006 here.
    body = (
        '{"name":"Collar","rule_type":"PRICE_COLLAR","threshold":0.05,'
        '"parameters":{"dollars":0.100000000000000055}}'
    )
    made = await client.post(RULES, content=body, headers={"Content-Type": "application/json"})
    assert made.json()["parameters"] == {"dollars": "0.100000000000000055"}


async def test_a_parameter_may_be_a_list_of_symbols(client: httpx.AsyncClient) -> None:
    banned = {
        "name": "Banned",
        "rule_type": "RESTRICTED_SYMBOL",
        "threshold": 0,
        "parameters": {"symbols": ["GME", "AMC"]},
    }
    made = await client.post(RULES, json=banned)
    assert made.json()["parameters"] == {"symbols": ["GME", "AMC"]}


async def test_a_rules_strategy_may_stand_at_the_top(client: httpx.AsyncClient) -> None:
    small = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": 100}
    made = await client.post(RULES, json={**small, "strategy_id": "ema"})
    assert made.json()["scope"] == {"account_id": None, "strategy_id": "ema", "symbol": None}
    both = {**small, "strategy_id": "ema", "scope": {"strategy_id": "value"}}
    refused = await client.post(RULES, json=both)
    assert refused.json()["errors"][0]["pointer"] == "/strategy_id"


def _order() -> dict[str, object]:
    return {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "10"}


async def test_a_rule_is_tried_whether_stored_or_not(
    context: Context, client: httpx.AsyncClient
) -> None:
    small = {"name": "Small", "rule_type": "MAX_ORDER_VALUE", "threshold": 100}
    body = {"account_id": str(context.account_id), "order": _order()}
    told = (await client.post(f"{RULES}/test", json={**body, "rule": small})).json()
    assert (told["applies"], told["approved"]) == (True, False)
    assert told["reasons"][0]["code"]
    stored = (await client.post(RULES, json=small)).json()
    again = (await client.post(f"{RULES}/test", json={**body, "rule_id": stored["id"]})).json()
    assert again["approved"] is False
    both = await client.post(f"{RULES}/test", json={**body, "rule": small, "rule_id": stored["id"]})
    assert both.status_code == 400
    bad = {**body, "rule": small, "order": {**_order(), "quantity": "NaN"}}
    refused = await client.post(f"{RULES}/test", json=bad)
    assert refused.json()["errors"][0]["pointer"] == "/order/quantity"


@SHARED
async def test_positions_are_sized(calm_client: httpx.AsyncClient) -> None:
    base = {"symbol": "AAPL", "equity": "100000", "price": "120"}
    path = f"{RULES}/calculate-position-size"
    fixed = {**base, "method": "fixed_risk", "stop": "114", "risk": "0.01"}
    # 100,000 x 0.01 / |120 - 114| = 166.67, whole shares.
    assert (await calm_client.post(path, json=fixed)).json()["quantity"] == "166"
    kelly = {**base, "method": "kelly", "win_probability": "0.6", "payoff": 1}
    assert (await calm_client.post(path, json=kelly)).json()["value"] == "19920"
    target = {**base, "method": "volatility", "target": "0.01", "volatility": "0.02"}
    assert (await calm_client.post(path, json=target)).json()["quantity"] == "416"
    for wrong in (
        {**fixed, "risk": "NaN"},
        {**fixed, "stop": "120"},
        {**fixed, "method": "hope"},
        {**fixed, "equity": "1e400"},
        {**fixed, "stop": "1e19", "price": "9e19", "risk": "1e-18"},
        {**fixed, "fx": "1e-18", "stop": "119.999999999999999999", "equity": "9e19"},
    ):
        answer = await calm_client.post(path, json=wrong)
        assert answer.status_code in (200, 400), answer.text


@SHARED
async def test_an_entry_and_its_stop_are_all_that_a_size_needs(
    calm_client: httpx.AsyncClient,
) -> None:
    path = f"{RULES}/calculate-position-size"
    asked = {"symbol": "AAPL", "entry_price": "100", "stop_loss": "90", "strategy_id": "ema"}
    told = (await calm_client.post(path, json=asked)).json()
    # 2 % of the account's 100,000 at 10 a share, and no more than a tenth of it.
    assert (told["quantity"], told["value"], told["limited_by"]) == ("100", "10000", [])
    narrow = await calm_client.post(path, json={**asked, "cap": "0.05", "method": "entry"})
    assert narrow.json()["quantity"] == "50"
    refused = await calm_client.post(path, json={**asked, "stop": "90"})
    assert refused.status_code == 400


@SHARED
async def test_a_portfolios_risk_is_measured(calm: Context, calm_client: httpx.AsyncClient) -> None:
    told = (await calm_client.get(f"{RULES}/portfolio-risk")).json()
    assert told["accounts"] == [str(calm.account_id)]
    assert (told["equity"], told["total"]["gross"]) == ("100000", "0")
    for query in ("confidence=NaN", "confidence=1", "confidence=1e-400", "horizon_days=0"):
        answer = await calm_client.get(f"{RULES}/portfolio-risk?{query}")
        assert answer.status_code == 400


async def test_deposits_together_stay_within_what_is_kept(
    context: Context, client: httpx.AsyncClient
) -> None:
    path = f"/api/v1/accounts/{context.account_id}/deposits"
    half = "60000000000000000000"
    first = await client.post(path, json={"amount": half, "reference": "one"})
    assert first.status_code == 201
    second = await client.post(path, json={"amount": half, "reference": "two"})
    assert second.status_code == 400
    assert second.json()["errors"][0]["pointer"] == "/amount"
    assert (await client.get("/api/v1/accounts")).status_code == 200
