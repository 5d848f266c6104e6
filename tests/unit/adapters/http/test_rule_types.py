"""The rule types on the wire are those of the gate, and rules can be made of what is told."""

from typing import Any

import pytest

from domain.risk.rule import Action, RuleType
from domain.risk.rules import CHECKS
from tests.unit.adapters.http.context import Context

PATH = "/api/v1/risk-rules"


async def _types(context: Context) -> dict[str, Any]:
    async with context.client() as client:
        answer = await client.get(f"{PATH}/types")
    assert answer.status_code == 200, answer.text
    return {one["type"]: one for one in answer.json()["items"]}


async def test_each_type_tells_what_it_counts_and_takes(context: Context) -> None:
    told = await _types(context)
    assert list(told) == [one.value for one in CHECKS]
    assert told["ORDER_RATE"] == {
        "type": "ORDER_RATE",
        "threshold": "messages",
        "unit": "messages",
        "clause": CHECKS[RuleType.ORDER_RATE].CLAUSE,
        "nature": "rate",
        "stops_at_limit": True,
        "parameters": [
            {
                "name": "window_s",
                "kind": "number",
                "default": "1",
                "low": "0.001",
                "high": "3600",
                "choices": None,
            },
            {
                "name": "per",
                "kind": "choice",
                "default": "account",
                "low": None,
                "high": None,
                "choices": ["account", "symbol"],
            },
        ],
        "actions": ["BLOCK", "WARN", "REDUCE_ONLY", "HALT"],
    }
    assert told["MAX_LEVERAGE"]["stops_at_limit"] is False
    # Told in money, and limited by a share of the equity.
    assert (told["VAR_LIMIT"]["unit"], told["VAR_LIMIT"]["threshold"]) == (
        "money",
        "percent of equity",
    )
    # What the plain rule counts; the parameter `unit` has it otherwise.
    assert told["MAX_POSITION_SIZE"]["unit"] == "money"
    (symbols,) = told["RESTRICTED_SYMBOL"]["parameters"]
    assert (symbols["kind"], symbols["default"]) == ("symbols", [])


@pytest.mark.parametrize("action", list(Action))
async def test_a_rule_of_each_type_is_made_of_what_is_told(
    context: Context, action: Action
) -> None:
    """Every default, bound, choice and action that is told is one that the server takes."""
    async with context.client() as client:
        for name, told in (await _types(context)).items():
            for given in _parameters(told["parameters"]):
                body = {
                    "name": f"{name} {given}"[:100].replace("'", ""),
                    "rule_type": name,
                    "threshold": "1",
                    "action": action.value,
                    "scope": {"symbol": "AAPL"},
                    "parameters": given,
                }
                order = {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "1"}
                tried = {"account_id": str(context.account_id), "rule": body, "order": order}
                answer = await client.post(f"{PATH}/test", json=tried)
                assert answer.status_code == 200, (body, answer.text)


def _parameters(declared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the defaults, and each bound and choice by itself."""
    defaults = {one["name"]: one["default"] for one in declared}
    others = [
        {one["name"]: value}
        for one in declared
        for value in (one["low"], one["high"], *(one["choices"] or ()))
        if value is not None
    ]
    return [defaults, *others]
