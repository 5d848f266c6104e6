"""The bounds of every threshold and parameter in words, and where each alert begins."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.orders.terms import OrderType
from domain.risk.rule import Parameters, Rule, RuleScope, RuleType
from domain.risk.rules import made
from domain.risk.verdict import Approved
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    judge,
    quote,
    rule,
    symbol_figures,
    terms,
)

_R = RuleType
PERCENT: Parameters = {"unit": "percent"}
# Lowest and highest that are taken, the next ones that are not, and what is said of them.
BOUNDS: list[tuple[RuleType, Parameters, tuple[str, str], tuple[str, str], str]] = [
    (_R.MAX_DAILY_LOSS, PERCENT, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (percent)"),
    (_R.MAX_DRAWDOWN, {}, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (percent)"),
    (_R.POSITION_LIMIT, {}, ("1", "100000"), ("0", "100001"), "from 1 to 100000 (positions)"),
    (_R.MAX_LEVERAGE, {}, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (times equity)"),
    (
        _R.SECTOR_CONCENTRATION,
        {},
        ("0.01", "10000"),
        ("", "10000.01"),
        "from 0 to 10000 (percent of equity)",
    ),
    (_R.PRICE_COLLAR, {}, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (percent)"),
    (_R.DUPLICATE_ORDER, {}, ("1", "1000"), ("0", "1001"), "from 1 to 1000 (orders)"),
    (_R.ORDER_RATE, {}, ("1", "1000"), ("0", "1001"), "from 1 to 1000 (messages)"),
    (
        _R.RESTRICTED_SYMBOL,
        {"symbols": ("GME",)},
        ("0", "1"),
        ("", "1.01"),
        "from 0 to 1 (no part in this rule)",
    ),
    (_R.MARKET_HOURS, {}, ("0", "1"), ("", "1.01"), "from 0 to 1 (no part in this rule)"),
    (_R.MAX_ADV_PERCENT, {}, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (percent)"),
    (
        _R.STALE_PRICE,
        {},
        ("0.01", "31536000"),
        ("", "31536000.01"),
        "from 0 to 31536000 (seconds)",
    ),
    (_R.MAX_OPEN_ORDERS, {}, ("1", "100000"), ("0", "100001"), "from 1 to 100000 (orders)"),
    (_R.STOP_REQUIRED, {}, ("0", "1"), ("", "1.01"), "from 0 to 1 (no part in this rule)"),
    (
        _R.LIQUIDITY,
        {},
        ("0.01", "10000"),
        ("", "10000.01"),
        "from 0 to 10000 (percent of volume)",
    ),
    (
        _R.LIQUIDITY,
        {"of": "spread"},
        ("0.01", "10000"),
        ("", "10000.01"),
        "from 0 to 10000 (basis points)",
    ),
    (_R.SELF_TRADE, {}, ("0", "1"), ("", "1.01"), "from 0 to 1 (no part in this rule)"),
    (_R.REPEAT_EXECUTION, {}, ("1", "1000"), ("0", "1001"), "from 1 to 1000 (executions)"),
    (_R.LOSS_STREAK, {}, ("1", "1000"), ("0", "1001"), "from 1 to 1000 (losses)"),
    (_R.CANCEL_RATE, {}, ("1", "1000"), ("0", "1001"), "from 1 to 1000 (cancels)"),
    (
        _R.CANCEL_RATE,
        {"per": "fill"},
        ("1.5", "1000"),
        ("0.99", "1000.1"),
        "from 1 to 1000 (cancels)",
    ),
    (_R.CORRELATION_LIMIT, {}, ("0.01", "1"), ("", "1.01"), "from 0 to 1 (correlation)"),
    (_R.VAR_LIMIT, {}, ("0.01", "100"), ("", "100.01"), "from 0 to 100 (percent of equity)"),
]
POSITIVE = [
    _R.MAX_POSITION_SIZE,
    _R.MAX_DAILY_LOSS,
    _R.MAX_DRAWDOWN,
    _R.MAX_LEVERAGE,
    _R.SECTOR_CONCENTRATION,
    _R.MAX_ORDER_VALUE,
    _R.PRICE_COLLAR,
    _R.MAX_ADV_PERCENT,
    _R.STALE_PRICE,
    _R.LIQUIDITY,
    _R.CORRELATION_LIMIT,
    _R.VAR_LIMIT,
    _R.GROSS_CREDIT,
]


def refusal(limit: Rule) -> tuple[str, str]:
    """Make a check that must be refused and return the field and why."""
    with pytest.raises(InvalidValue) as refused:
        made(limit)
    return refused.value.field, refused.value.problem


@pytest.mark.parametrize(
    ("rule_type", "parameters", "taken", "refused", "said"),
    BOUNDS,
    ids=[one[0].value for one in BOUNDS],
)
def test_a_threshold_lies_within_bounds_that_are_told(
    rule_type: RuleType,
    parameters: Parameters,
    taken: tuple[str, str],
    refused: tuple[str, str],
    said: str,
) -> None:
    for threshold in taken:
        assert made(rule(rule_type, threshold, parameters=parameters)).TYPE is rule_type
    for threshold in filter(None, refused):
        problem = refusal(rule(rule_type, threshold, parameters=parameters))
        assert problem == ("threshold", f"must be {said}, not {threshold}")


@pytest.mark.parametrize("rule_type", POSITIVE)
def test_a_limit_of_nothing_is_no_limit(rule_type: RuleType) -> None:
    assert refusal(rule(rule_type, "0")) == ("threshold", "must be above 0, not 0")


@pytest.mark.parametrize(
    "rule_type",
    [
        _R.POSITION_LIMIT,
        _R.DUPLICATE_ORDER,
        _R.ORDER_RATE,
        _R.MAX_OPEN_ORDERS,
        _R.LOSS_STREAK,
        _R.CANCEL_RATE,
    ],
)
def test_what_counts_whole_things_has_a_whole_limit(rule_type: RuleType) -> None:
    said = ("threshold", "must be a whole number, not 1.5")
    assert refusal(rule(rule_type, "1.5")) == said


_WINDOW = "must be from 0.001 to 3600, not "
PARAMETERS: list[tuple[RuleType, Parameters, str]] = [
    (_R.ORDER_RATE, {"window_s": "0"}, f"{_WINDOW}0"),
    (_R.DUPLICATE_ORDER, {"window_s": "3601"}, f"{_WINDOW}3601"),
    (_R.ORDER_RATE, {"window_s": "ten"}, "must be a number, not 'ten'"),
    (_R.ORDER_RATE, {"window_s": ("1",)}, "must be a number, not ('1',)"),
    (_R.ORDER_RATE, {"window_s": "NaN"}, "must be a finite number, not NaN"),
    (_R.ORDER_RATE, {"per": "desk"}, "must be one of account, symbol, not 'desk'"),
    (_R.ORDER_RATE, {"per": ("account",)}, "must be one of account, symbol, not ('account',)"),
    (_R.ORDER_RATE, {"windows": "1"}, "is not known here; known are: window_s, per"),
    (_R.STOP_REQUIRED, {"distance_percent": "0"}, "must be from 0.01 to 100, not 0"),
    (_R.LIQUIDITY, {"of": "depth"}, "must be one of volume, spread, not 'depth'"),
    (_R.VAR_LIMIT, {"confidence": "0.995"}, "must be from 0.9 to 0.99, not 0.995"),
    (_R.CANCEL_RATE, {"window_s": "0.5"}, "must be from 1 to 3600, not 0.5"),
    (_R.CANCEL_RATE, {"per": "day"}, "must be one of window, fill, not 'day'"),
    (_R.MAX_DRAWDOWN, {"unit": "x"}, "is not known here; known are: none"),
    (_R.MAX_DRAWDOWN, {"per": "tenant"}, "is not known here; known are: none"),
    (_R.MAX_ORDER_VALUE, {"per": "tenant"}, "is not known here; known are: none"),
    (_R.STALE_PRICE, {"per": "tenant"}, "is not known here; known are: none"),
    (_R.ORDER_RATE, {"per": "tenant"}, "must be one of account, symbol, not 'tenant'"),
    (_R.MAX_LEVERAGE, {"per": "desk"}, "must be one of account, tenant, not 'desk'"),
    (_R.MAX_POSITION_SIZE, {"unit": "percent"}, "must be one of money, units, not 'percent'"),
    (_R.MAX_DAILY_LOSS, {"unit": "units"}, "must be one of money, percent, not 'units'"),
    (_R.RESTRICTED_SYMBOL, {"symbols": "GME"}, 'must be a list of symbols, such as ["GME"]'),
    (
        _R.RESTRICTED_SYMBOL,
        {"symbols": tuple(f"S{number}" for number in range(1_001))},
        "must list at most 1000 symbols",
    ),
    (
        _R.RESTRICTED_SYMBOL,
        {"symbols": ("gme",)},
        "must be 1 to 32 of A-Z 0-9 . / _ - and start with A-Z or 0-9",
    ),
    (
        _R.RESTRICTED_SYMBOL,
        {"symbols": ()},
        "must list symbols when the scope names none; an empty list bans all trading",
    ),
    (_R.PRICE_COLLAR, {"market_percent": "100.5"}, "must be from 0 to 100, not 100.5"),
    (_R.MARKET_HOURS, {"close_cutoff_s": "28801"}, "must be from 0 to 28800, not 28801"),
]


@pytest.mark.parametrize(
    ("rule_type", "parameters", "said"),
    PARAMETERS,
    ids=[f"{one[0].value}-{at}" for at, one in enumerate(PARAMETERS)],
)
def test_a_parameter_that_does_not_fit_is_told_by_its_name(
    rule_type: RuleType, parameters: Parameters, said: str
) -> None:
    (name,) = parameters
    limit = rule(rule_type, "1", parameters=parameters)
    assert refusal(limit) == (f"parameters.{name}", said)


def test_a_rule_and_its_scope_say_what_is_wrong_with_them() -> None:
    scopes: list[tuple[dict[str, Any], str, str]] = [
        ({"strategy_id": ""}, "scope.strategy_id", "must be 1 to 64 characters"),
        ({"symbol": "a"}, "scope.symbol", "must be 1 to 32 of A-Z 0-9 . / _ -"),
    ]
    for scope, field, said in scopes:
        with pytest.raises(InvalidValue) as refused:
            RuleScope(**scope)
        assert refused.value.field == field
        assert refused.value.problem.startswith(said)
    for fields, field, said in (
        ({"name": ""}, "name", "must be 1 to 100 printable characters"),
        ({"threshold": "-1"}, "threshold", "must not be negative"),
        ({"threshold": "NaN"}, "threshold", "must be a finite number, not NaN"),
    ):
        given = {"threshold": "1", **fields}
        with pytest.raises(InvalidValue) as refused:
            rule(_R.MAX_LEVERAGE, given.pop("threshold"), **given)
        assert (refused.value.field, refused.value.problem) == (field, said)


def test_the_defaults_of_parameters() -> None:
    """A second's rate, ten seconds for duplicates, and no dollars for a limit."""
    made_of = {kind: made(rule(kind, "1")) for kind in (_R.ORDER_RATE, _R.DUPLICATE_ORDER)}
    windows = {kind.value: getattr(check, "window", None) for kind, check in made_of.items()}
    assert windows == {
        "ORDER_RATE": timedelta(seconds=1),
        "DUPLICATE_ORDER": timedelta(seconds=10),
    }
    assert [getattr(made(rule(_R.PRICE_COLLAR, "1")), name) for name in ("dollars",)] == [D(0)]


def _account(**fields: Any) -> dict[str, Any]:
    return {"account": account_figures(**{name: D(value) for name, value in fields.items()})}


def _quoted(**fields: str) -> dict[str, Any]:
    given: dict[str, Any] = {name: D(value) for name, value in fields.items()}
    return {"symbol": symbol_figures(quote=quote(**given))}


def _aged(seconds: str) -> dict[str, Any]:
    return {"market_now": AT + timedelta(microseconds=int(D(seconds) * 1_000_000))}


# Worlds in which exactly 70 % of the limit is used, and a little less.
ALERTS: dict[str, tuple[RuleType, str, Parameters, dict[str, Any], dict[str, Any]]] = {
    "loss": (_R.MAX_DAILY_LOSS, "1000", {}, _account(equity="99300"), _account(equity="99300.01")),
    "share lost": (
        _R.MAX_DAILY_LOSS,
        "10",
        PERCENT,
        _account(equity="93000"),
        _account(equity="93000.01"),
    ),
    "drawdown": (
        _R.MAX_DRAWDOWN,
        "10",
        {},
        _account(equity="93000"),
        _account(equity="93000.01"),
    ),
    "positions": (
        _R.POSITION_LIMIT,
        "10",
        {},
        _account(open_positions="6"),
        _account(open_positions="5"),
    ),
    "leverage": (_R.MAX_LEVERAGE, "1", {}, _account(gross="69000"), _account(gross="68999.99")),
    "sector": (
        _R.SECTOR_CONCENTRATION,
        "10",
        {},
        {"sector_gross": D(6_000)},
        {"sector_gross": D("5999.99")},
    ),
    "collar": (
        _R.PRICE_COLLAR,
        "0.01",
        {"dollars": "10"},
        _quoted(bid="92", ask="93", last="93"),
        _quoted(bid="92", ask="93.01", last="93"),
    ),
    "staleness": (_R.STALE_PRICE, "100", {}, _aged("70"), _aged("69.999999")),
    "duplicates": (_R.DUPLICATE_ORDER, "10", {}, {"counts": (7,)}, {"counts": (6,)}),
    "open orders": (_R.MAX_OPEN_ORDERS, "10", {}, {"readings": (D(6),)}, {"readings": (D(5),)}),
    "credit": (
        _R.GROSS_CREDIT,
        "10000",
        {},
        {"readings": (D(6000),)},
        {"readings": (D("5999.99"),)},
    ),
    "losses": (_R.LOSS_STREAK, "10", {}, {"readings": (D(7),)}, {"readings": (D(6),)}),
    "cancels": (_R.CANCEL_RATE, "10", {}, {"readings": (D(7),)}, {"readings": (D("6.99"),)}),
    "correlation": (
        _R.CORRELATION_LIMIT,
        "0.5",
        {},
        {"readings": (D("0.35"),)},
        {"readings": (D("0.349999"),)},
    ),
    "value at risk": (
        _R.VAR_LIMIT,
        "2",
        {},
        {"readings": (D(1400),)},
        {"readings": (D("1399.99"),)},
    ),
    "liquidity": (
        _R.LIQUIDITY,
        "10",
        {},
        {"symbol": symbol_figures(position=60), "average_daily_volume": D(1000)},
        {"symbol": symbol_figures(position=59), "average_daily_volume": D(1000)},
    ),
    "spread": (
        _R.LIQUIDITY,
        "100",
        {"of": "spread"},
        _quoted(bid="99.65", ask="100.35"),
        _quoted(bid="99.66", ask="100.34"),
    ),
    "rate": (_R.ORDER_RATE, "10", {}, {"counts": (7,)}, {"counts": (6,)}),
}


@pytest.mark.parametrize("name", ALERTS)
def test_seventy_percent_of_the_limit_is_told_and_less_is_not(name: str) -> None:
    rule_type, threshold, parameters, at, under = ALERTS[name]
    limit = rule(rule_type, threshold, parameters=parameters)
    told = judge(terms(), limit, **at)
    assert isinstance(told, Approved)
    (warning,) = told.warnings
    assert not warning.breached
    assert warning.used is not None
    assert warning.used == Decimal("0.7")
    quiet = judge(terms(), limit, **under)
    assert isinstance(quiet, Approved)
    assert quiet.warnings == ()


@pytest.mark.parametrize(("used", "told"), [("7", True), ("6", False)])
def test_seventy_percent_of_the_volume_is_told(used: str, told: bool) -> None:
    limit = rule(_R.MAX_ADV_PERCENT, "10")
    verdict = judge(terms(quantity=D(used)), limit, average_daily_volume=D(100))
    assert isinstance(verdict, Approved)
    assert [one.used for one in verdict.warnings] == ([D("0.7")] if told else [])


@pytest.mark.parametrize(("ask", "told"), [("107", True), ("106.99", False)])
def test_seventy_percent_of_the_way_from_the_last_trade_is_told(ask: str, told: bool) -> None:
    limit = rule(_R.PRICE_COLLAR, "50", parameters={"market_percent": "10"})
    world = _quoted(bid="99", ask=ask, last="100")
    verdict = judge(terms(type=OrderType.MARKET), limit, **world)
    assert isinstance(verdict, Approved)
    assert [one.used for one in verdict.warnings] == ([D("0.7")] if told else [])
