"""Which rules look at an order, and that they are worked out once."""

from typing import Any
from uuid import UUID

import pytest

from domain.risk.compiled_rules import compile_rules
from domain.risk.effect import effect_of
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.risk.rule_set import RuleSet, no_rules
from domain.risk.rules import CHECKS, made
from domain.risk.situation import AccountFigures
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import (
    ACCOUNT,
    TENANT,
    D,
    account_figures,
    order,
    rule,
    situation,
)

OTHER = UUID(int=99)


def scoped(number: int, **scope: Any) -> Rule:
    """A rule for a scope."""
    return rule(
        RuleType.MAX_ORDER_VALUE,
        "1000",
        id=UUID(int=number),
        scope=RuleScope(**scope),
    )


RULES = RuleSet(
    tenant_id=TENANT,
    version=3,
    rules=(
        scoped(1),
        scoped(2, account_id=ACCOUNT),
        scoped(3, strategy_id="ema"),
        scoped(4, symbol="AAPL"),
        scoped(5, account_id=ACCOUNT, strategy_id="ema", symbol="AAPL"),
    ),
)


@pytest.mark.parametrize(
    ("account", "strategy", "symbol", "looking"),
    [
        (ACCOUNT, "ema", "AAPL", [1, 2, 3, 4, 5]),
        (ACCOUNT, None, "AAPL", [1, 2, 3, 4, 5]),
        (ACCOUNT, " EMA ", "AAPL", [1, 2, 3, 4, 5]),
        (ACCOUNT, "\uff25ma", "MSFT", [1, 2, 3]),
        (OTHER, None, "MSFT", [1, 3]),
        (ACCOUNT, "ema", "MSFT", [1, 2, 3]),
        (OTHER, "ema", "AAPL", [1, 3, 4]),
        (OTHER, "other", "MSFT", [1]),
    ],
)
def test_every_field_of_a_scope_must_match(
    account: UUID, strategy: str | None, symbol: str, looking: list[int]
) -> None:
    found = RULES.compiled(account_id=account, strategy_id=strategy, symbol=symbol)
    assert [one.id.int for one in found.rules] == looking
    assert found.version == 3


def test_compiled_rules_are_worked_out_once() -> None:
    rules = RuleSet(tenant_id=TENANT, version=1, rules=(scoped(1), scoped(4, symbol="IBM")))
    first = rules.compiled(account_id=ACCOUNT, strategy_id=None, symbol="AAPL")
    assert rules.compiled(account_id=ACCOUNT, strategy_id=None, symbol="AAPL") is first
    # Another symbol under the same rules shares the work.
    assert rules.compiled(account_id=ACCOUNT, strategy_id=None, symbol="MSFT") is first
    assert rules.compiled(account_id=ACCOUNT, strategy_id=None, symbol="IBM") is not first


def test_counting_rules_have_places_in_order() -> None:
    compiled = compile_rules(
        (
            rule(RuleType.ORDER_RATE, "5", id=UUID(int=3)),
            rule(RuleType.MAX_ORDER_VALUE, "5", id=UUID(int=2)),
            rule(RuleType.DUPLICATE_ORDER, "5", id=UUID(int=1)),
        ),
        version=1,
    )
    assert [check.TYPE for check in compiled.counting] == [
        RuleType.DUPLICATE_ORDER,
        RuleType.ORDER_RATE,
    ]
    assert [check.place for check in compiled.counting] == [0, 1]


def test_reducing_orders_meet_conduct_rules_without_reduce_only() -> None:
    compiled = compile_rules(
        (
            rule(RuleType.MAX_LEVERAGE, "1", id=UUID(int=1)),
            rule(RuleType.MAX_ORDER_VALUE, "1", id=UUID(int=2)),
            rule(RuleType.STALE_PRICE, "1", id=UUID(int=3), action=Action.REDUCE_ONLY),
            rule(RuleType.ORDER_RATE, "1", id=UUID(int=4)),
            rule(RuleType.PRICE_COLLAR, "1", id=UUID(int=5)),
        ),
        version=1,
    )
    assert [one.rule.id.int for one in compiled.for_reducing] == [4, 5]


def test_an_account_that_passed_is_asked_again_as_soon_as_its_figures_are_others() -> None:
    limits = (
        rule(RuleType.MAX_DAILY_LOSS, "1000", id=UUID(int=1)),
        rule(RuleType.MAX_ORDER_VALUE, "1000000", id=UUID(int=2)),
    )
    compiled = compile_rules(limits, version=1)
    fine = account_figures(equity=D(100_000), opening_equity=D(100_000))
    lost = account_figures(equity=D(98_000), opening_equity=D(100_000))
    asked = order()

    def silent(account: AccountFigures) -> bool:
        return compiled.silent(effect_of(asked, asked.terms, situation(account=account)))

    for _ in range(2):
        assert silent(fine)
        assert silent(fine)
        assert not silent(lost)
        assert not silent(lost)


def test_a_tenant_without_rules_has_version_zero() -> None:
    rules = no_rules(TENANT)
    assert (rules.version, rules.rules) == (0, ())
    assert rules.compiled(account_id=ACCOUNT, strategy_id=None, symbol="AAPL").applied == ()


def test_there_is_a_check_for_every_type_and_it_says_which() -> None:
    assert set(CHECKS) == set(RuleType)
    for rule_type, check in CHECKS.items():
        assert check.TYPE is rule_type
        assert check.CLAUSE
        assert check.__doc__


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"threshold": "-0.01"}, "threshold"),
        ({"threshold": "NaN"}, "threshold"),
        ({"threshold": "Infinity"}, "threshold"),
        ({"threshold": "1e400"}, "threshold"),
    ],
)
def test_a_rule_checks_itself(fields: dict[str, str], field: str) -> None:
    given = {"threshold": "5", **fields}
    with pytest.raises(InvalidValue) as refused:
        made(rule(RuleType.MAX_ORDER_VALUE, given.pop("threshold"), **given))
    assert refused.value.field == field


def test_names_of_the_full_length_are_taken() -> None:
    assert rule(RuleType.MAX_ORDER_VALUE, "5", name="x" * 100).version == 1


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        ({"symbol": "aapl"}, "scope.symbol"),
        ({"strategy_id": ""}, "scope.strategy_id"),
        ({"strategy_id": "s" * 65}, "scope.strategy_id"),
    ],
)
def test_a_scope_checks_itself(scope: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        RuleScope(**scope)
    assert refused.value.field == field
    assert RuleScope(strategy_id="s" * 64).strategy_id
