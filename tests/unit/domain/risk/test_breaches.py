"""What a breach of each type says, and the limits that a new tenant begins with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.risk.defaults import default_rules
from domain.risk.rule import Action, RuleType
from domain.risk.verdict import Denied
from tests.unit.domain.risk.context import (
    AT,
    CLOSED,
    TENANT,
    D,
    account_figures,
    judge,
    quote,
    rule,
    symbol_figures,
    terms,
)

CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
ERRONEOUS = "SEC Rule 15c3-5(c)(1)(ii)"
EXPOSED = symbol_figures(position=10, buys=5)
# Each type at a breach: value, limit and unit as they are told, and the clause behind it.
BREACHES: dict[str, tuple[RuleType, str, dict[str, Any], str, str]] = {
    "position": (
        RuleType.MAX_POSITION_SIZE,
        "2000",
        {"symbol": EXPOSED},
        "2500 of 2000 money allowed",
        CREDIT,
    ),
    "loss": (
        RuleType.MAX_DAILY_LOSS,
        "500",
        {"account": account_figures(equity=D(99_400))},
        "600 of 500 money allowed",
        CREDIT,
    ),
    "drawdown": (
        RuleType.MAX_DRAWDOWN,
        "5",
        {"account": account_figures(equity=D(90_000))},
        "10000 of 5000 money allowed",
        CREDIT,
    ),
    "positions": (
        RuleType.POSITION_LIMIT,
        "1",
        {"account": account_figures(open_positions=1)},
        "2 of 1 positions allowed",
        CREDIT,
    ),
    "leverage": (
        RuleType.MAX_LEVERAGE,
        "1",
        {"account": account_figures(gross=D(100_000))},
        "101000 of 100000 money allowed",
        CREDIT,
    ),
    "sector": (
        RuleType.SECTOR_CONCENTRATION,
        "25",
        {"sector_gross": D(25_000)},
        "26000 of 25000 money allowed",
        CREDIT,
    ),
    "value": (
        RuleType.MAX_ORDER_VALUE,
        "999",
        {},
        "1000 of 999 money allowed",
        f"{ERRONEOUS}; RTS 6 article 15(1)(b)",
    ),
    "collar": (
        RuleType.PRICE_COLLAR,
        "1",
        {"symbol": symbol_figures(quote=quote(bid=D(89), ask=D(90), last=D(90)))},
        "10 of 0.9 points allowed",
        f"{ERRONEOUS}; RTS 6 article 15(1)(a)",
    ),
    "duplicates": (
        RuleType.DUPLICATE_ORDER,
        "5",
        {"counts": (6,)},
        "6 of 5 orders allowed",
        ERRONEOUS,
    ),
    "rate": (
        RuleType.ORDER_RATE,
        "5",
        {"counts": (6,)},
        "6 of 5 messages allowed",
        "RTS 6 article 15(1)(d)",
    ),
    "restricted": (
        RuleType.RESTRICTED_SYMBOL,
        "0",
        {"parameters": {"symbols": ("AAPL",)}},
        "1 of 0 symbols allowed",
        "SEC Rule 15c3-5(c)(2)(ii)",
    ),
    "hours": (
        RuleType.MARKET_HOURS,
        "0",
        {"session": CLOSED},
        "1 of 0 orders allowed",
        "SEC Rule 15c3-5(c)(2)(i)",
    ),
    "volume": (
        RuleType.MAX_ADV_PERCENT,
        "1",
        {"average_daily_volume": D(900)},
        "10 of 9 units allowed",
        "RTS 6 article 15(1)(c)",
    ),
    "stale": (
        RuleType.STALE_PRICE,
        "60",
        {"market_now": AT + timedelta(seconds=61)},
        "61 of 60 seconds allowed",
        ERRONEOUS,
    ),
    "open orders": (
        RuleType.MAX_OPEN_ORDERS,
        "50",
        {"readings": (D(50),)},
        "51 of 50 orders allowed",
        "RTS 6 article 15(1)(d)",
    ),
    "no stop": (
        RuleType.STOP_REQUIRED,
        "0",
        {"readings": (D(4),)},
        "6 of 0 units allowed",
        CREDIT,
    ),
    "liquidity": (
        RuleType.LIQUIDITY,
        "1",
        {"average_daily_volume": D(900)},
        "10 of 9 units allowed",
        "RTS 6 article 15(1)(c)",
    ),
    "correlation": (
        RuleType.CORRELATION_LIMIT,
        "0.6",
        {"readings": (D("0.75"),)},
        "0.75 of 0.6 correlation allowed",
        CREDIT,
    ),
    "value at risk": (
        RuleType.VAR_LIMIT,
        "2",
        {"readings": (D(2500),)},
        "2500 of 2000 money allowed",
        CREDIT,
    ),
    "credit": (
        RuleType.GROSS_CREDIT,
        "50000",
        {"readings": (D(49_500),)},
        "50500 of 50000 money allowed",
        CREDIT,
    ),
    "losses": (
        RuleType.LOSS_STREAK,
        "3",
        {"readings": (D(3),)},
        "3 of 3 losses allowed",
        CREDIT,
    ),
    "executions": (
        RuleType.REPEAT_EXECUTION,
        "20",
        {"readings": (D(20),)},
        "20 of 20 executions allowed; its strategy opens nothing more until a person enables it",
        "RTS 6 article 15(3)",
    ),
    "own orders": (
        RuleType.SELF_TRADE,
        "0",
        {"readings": (D(2),)},
        "2 of 0 orders allowed",
        "FINRA Rule 5210.02; MAR article 12(1)(a)",
    ),
    "cancels": (
        RuleType.CANCEL_RATE,
        "20",
        {"readings": (D(20),)},
        "20 of 20 cancels allowed",
        "RTS 6 article 15(1)(d); RTS 9 article 3",
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_says_the_figures_in_the_rules_own_unit(name: str) -> None:
    rule_type, threshold, fields, said, clause = BREACHES[name]
    parameters = fields.get("parameters", {})
    limit = rule(rule_type, threshold, name="Mine", parameters=parameters)
    world = {key: value for key, value in fields.items() if key != "parameters"}
    verdict = judge(terms(), limit, **world)
    assert isinstance(verdict, Denied)
    (reason,) = verdict.reasons
    assert reason.message == f"Mine: {said}"
    assert (reason.code, reason.rule_type) == (rule_type.value, rule_type.value)
    assert (reason.rule_name, reason.rule_id, reason.clause) == ("Mine", limit.id, clause)
    value, allowed = said.split(" of ", 1)
    assert reason.value == D(value)
    assert reason.limit == D(allowed.split()[0])


def test_every_type_has_its_breach() -> None:
    assert {rule_type for rule_type, *_ in BREACHES.values()} == set(RuleType)


def test_a_new_tenant_gets_these_limits() -> None:
    ids = (UUID(int=number) for number in range(1, 100))
    rules = default_rules(tenant_id=TENANT, at=AT, new_id=lambda: next(ids))
    block, halt, warn = Action.BLOCK, Action.HALT, Action.WARN
    percent, narrow = {"unit": "percent"}, {"dollars": "0.50"}
    assert [
        (one.name, one.rule_type, one.threshold, one.action, dict(one.parameters)) for one in rules
    ] == [
        ("Max Order Value", RuleType.MAX_ORDER_VALUE, D(25_000), block, {}),
        ("Max Position Size", RuleType.MAX_POSITION_SIZE, D(50_000), block, {}),
        ("Sector Concentration", RuleType.SECTOR_CONCENTRATION, D(25), block, {}),
        ("Max Leverage", RuleType.MAX_LEVERAGE, D(2), block, {}),
        ("Position Limit", RuleType.POSITION_LIMIT, D(50), block, {}),
        ("Max Daily Loss", RuleType.MAX_DAILY_LOSS, D(5), block, percent),
        ("Max Drawdown", RuleType.MAX_DRAWDOWN, D(20), halt, {}),
        ("Price Collar", RuleType.PRICE_COLLAR, D(5), block, narrow),
        ("Duplicate Orders", RuleType.DUPLICATE_ORDER, D(5), block, {"window_s": "10"}),
        ("Order Rate", RuleType.ORDER_RATE, D(100), block, {"window_s": "1"}),
        ("Share of Daily Volume", RuleType.MAX_ADV_PERCENT, D(1), warn, {}),
        ("Stale Price", RuleType.STALE_PRICE, D(345_600), block, {}),
    ]
    assert [one.id.int for one in rules] == list(range(1, 13))
    assert {(one.created_at, one.updated_at, one.version) for one in rules} == {(AT, AT, 1)}


def test_an_amount_is_told_to_ten_places() -> None:
    third = D(1) / D(3)
    world = account_figures(gross=D(0), equity=third)
    verdict = judge(terms(), rule(RuleType.MAX_LEVERAGE, "1"), account=world)
    assert isinstance(verdict, Denied)
    assert verdict.reasons[-1].message.endswith("1000 of 0.3333333333 money allowed")
    assert verdict.reasons[-1].limit == third
