"""What is stored of rules keeps its words, and each type says whom it binds."""

import pytest

from domain.risk.measure import Nature
from domain.risk.rule import Action, RuleType
from domain.risk.rules import CHECKS, made
from domain.risk.verdict import Approved
from tests.unit.domain.risk.context import D, judge, rule, terms

EXPOSURE = [
    "MAX_POSITION_SIZE",
    "MAX_DAILY_LOSS",
    "MAX_DRAWDOWN",
    "POSITION_LIMIT",
    "MAX_LEVERAGE",
    "SECTOR_CONCENTRATION",
    "MAX_OPEN_ORDERS",
    "CORRELATION_LIMIT",
    "VAR_LIMIT",
    "GROSS_CREDIT",
    "LOSS_STREAK",
]
SIZE = [
    "MAX_ORDER_VALUE",
    "MAX_ADV_PERCENT",
    "STOP_REQUIRED",
    "LIQUIDITY",
    "CANCEL_RATE",
    "REPEAT_EXECUTION",
]
RATE = ["DUPLICATE_ORDER", "ORDER_RATE"]
CONDUCT = ["PRICE_COLLAR", "RESTRICTED_SYMBOL", "MARKET_HOURS", "STALE_PRICE", "SELF_TRADE"]


def test_every_word_is_its_name() -> None:
    assert {one.value for one in RuleType} == {*EXPOSURE, *SIZE, *RATE, *CONDUCT}
    assert {one.value for one in Action} == {"BLOCK", "WARN", "REDUCE_ONLY", "HALT"}
    assert all(one.value == one.name for one in (*RuleType, *Action))


def test_each_type_limits_what_is_held_or_how_orders_are_sent() -> None:
    by_nature = {
        nature: sorted(kind.value for kind, check in CHECKS.items() if check.NATURE is nature)
        for nature in Nature
    }
    assert by_nature == {
        Nature.EXPOSURE: sorted(EXPOSURE),
        Nature.SIZE: sorted(SIZE),
        Nature.RATE: sorted(RATE),
        Nature.CONDUCT: sorted(CONDUCT),
    }
    stopping = {kind.value for kind, check in CHECKS.items() if check.STOPS_AT_LIMIT is True}
    assert stopping == {
        "MAX_DAILY_LOSS",
        "MAX_DRAWDOWN",
        "DUPLICATE_ORDER",
        "ORDER_RATE",
        "LOSS_STREAK",
        "CANCEL_RATE",
        "REPEAT_EXECUTION",
    }
    going_on = {kind.value for kind, check in CHECKS.items() if check.STOPS_AT_LIMIT is False}
    assert going_on == {*EXPOSURE, *SIZE, *RATE, *CONDUCT} - stopping


@pytest.mark.parametrize(
    ("rule_type", "threshold", "parameters"),
    [
        (RuleType.MAX_POSITION_SIZE, "1000", {}),
        (RuleType.MAX_POSITION_SIZE, "10", {"unit": "units"}),
        (RuleType.MAX_ORDER_VALUE, "1000", {}),
    ],
)
def test_seventy_percent_of_a_size_is_told(
    rule_type: RuleType, threshold: str, parameters: dict[str, str]
) -> None:
    limit = rule(rule_type, threshold, parameters=parameters)
    for quantity, told in ((7, True), (6, False)):
        verdict = judge(terms(quantity=D(quantity)), limit)
        assert isinstance(verdict, Approved)
        assert [one.used for one in verdict.warnings] == ([D("0.7")] if told else [])
    assert made(limit).TYPE is rule_type
