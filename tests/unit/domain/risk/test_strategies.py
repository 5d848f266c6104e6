"""Which strategies an order may name, and what leaving the name out avoids: nothing."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.orders.terms import Side
from domain.risk.compiled_rules import CompiledRules
from domain.risk.gate import decide
from domain.risk.record import encode, replay
from domain.risk.rule import RuleScope, RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.strategies import StrategyGap, strategy_policy
from domain.risk.verdict import Approved, Denied, Verdict
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import D, order, rule, situation, symbol_figures, terms

TENANT = UUID(int=9)
OPEN = strategy_policy(known=["Mean Reversion"], required=False)
STRICT = strategy_policy(known=(), required=True)
PARAMETERS = {RuleType.RESTRICTED_SYMBOL: {"symbols": ("AAPL",)}}
EMA = RuleScope(strategy_id="ema")


def _rules(*types: RuleType, threshold: str = "1") -> RuleSet:
    made = [
        rule(one, threshold, id=UUID(int=n), scope=EMA, parameters=PARAMETERS.get(one, {}))
        for n, one in enumerate(types, 1)
    ]
    return RuleSet(tenant_id=TENANT, version=1, rules=tuple(made), agents=frozenset({"Momentum"}))


@pytest.mark.parametrize(
    ("strategy", "gap"),
    [
        (None, StrategyGap.NONE),
        ("ema", StrategyGap.NONE),
        ("  EMA\t", StrategyGap.NONE),
        ("momentum", StrategyGap.NONE),
        ("mean reversion", StrategyGap.NONE),
        ("em\u0430", StrategyGap.UNKNOWN),
        ("ema2", StrategyGap.UNKNOWN),
        (" ", StrategyGap.UNKNOWN),
    ],
)
def test_a_strategy_is_known_by_an_agent_a_rule_or_a_setting(
    strategy: str | None, gap: StrategyGap
) -> None:
    assert _rules(RuleType.MAX_ORDER_VALUE).strategy_gap(strategy, policy=OPEN) is gap


def test_one_has_to_be_named_where_that_is_required() -> None:
    rules = _rules(RuleType.MAX_ORDER_VALUE)
    assert rules.strategy_gap(None, policy=STRICT) is StrategyGap.MISSING
    assert rules.strategy_gap("ema", policy=STRICT) is StrategyGap.NONE


def _decided(gap: StrategyGap, *, reducing: bool) -> Verdict:
    asked = order(terms(side=Side.SELL if reducing else Side.BUY, quantity=D(5)))
    held = symbol_figures(position=D(10))
    around = situation(symbol=held) if reducing else situation()
    around = replace(around, strategy=gap)
    rules = RuleSet(tenant_id=TENANT, version=0).compiled(
        account_id=asked.account_id, strategy_id=asked.strategy_id, symbol=asked.symbol
    )
    verdict = decide(asked, rules=rules, situation=around)
    record = encode(asked, rules=rules, situation=around, verdict=verdict)
    assert replay(record) == record
    return verdict


@pytest.mark.parametrize(
    ("gap", "code"),
    [(StrategyGap.UNKNOWN, "STRATEGY_UNKNOWN"), (StrategyGap.MISSING, "STRATEGY_REQUIRED")],
)
def test_a_gap_denies_what_opens_and_never_an_exit(gap: StrategyGap, code: str) -> None:
    denied = _decided(gap, reducing=False)
    assert isinstance(denied, Denied)
    assert [reason.code for reason in denied.reasons] == [code]
    assert isinstance(_decided(gap, reducing=True), Approved)


def _by(rules: RuleSet, strategy: str | None) -> CompiledRules:
    asked = order()
    return rules.compiled(account_id=asked.account_id, strategy_id=strategy, symbol=asked.symbol)


def test_leaving_the_strategy_out_avoids_none_of_its_rules_and_holds_no_exit_back() -> None:
    rules = _rules(RuleType.MAX_ORDER_VALUE, RuleType.RESTRICTED_SYMBOL)
    assert _by(rules, None).rules == _by(rules, "ema").rules == rules.rules
    assert [one.rule.rule_type for one in _by(rules, "ema").for_reducing] != []
    assert _by(rules, None).for_reducing == ()
    denied = decide(order(terms(quantity=D(100))), rules=_by(rules, None), situation=situation())
    assert isinstance(denied, Denied)


def test_a_scope_of_nothing_but_blanks_is_none() -> None:
    with pytest.raises(InvalidValue, match="blank"):
        RuleScope(strategy_id=" \u3000")


def test_a_paused_agent_is_known_by_its_machine_and_however_it_is_spelt() -> None:
    rules = RuleSet(
        tenant_id=TENANT,
        version=1,
        paused=frozenset({"momentum"}),
        paused_actors={"user:7": "momentum"},
    )
    assert rules.paused_agent(strategy_id=" MOMENTUM", actor="user:1") == "momentum"
    assert rules.paused_agent(strategy_id=None, actor="user:7") == "momentum"
    assert rules.paused_agent(strategy_id=None, actor="user:8") is None
