"""What is looser is told from each type's declaration; what is not known counts as looser."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from domain.risk.compiled_rules import compile_rules
from domain.risk.exposure_rules import MaxLeverage
from domain.risk.gate import decide
from domain.risk.loosening import is_looser, loosens, with_override
from domain.risk.parameters import NumberParameter
from domain.risk.rule import EVERYWHERE, Action, Rule, RuleScope, RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.rules import CHECKS, made
from domain.risk.verdict import Denied
from domain.shared.values import InvalidValue
from tests.torture.decisions import draw_case
from tests.unit.domain.risk.context import ACCOUNT, AT, SEEDS, TENANT, D, rule

VALUE = rule(RuleType.MAX_ORDER_VALUE, "100")
RATE = rule(RuleType.ORDER_RATE, "5", parameters={"window_s": "10"})
BAN = rule(RuleType.RESTRICTED_SYMBOL, "0", parameters={"symbols": ("GME", "AMC")})
SIZE = rule(RuleType.MAX_POSITION_SIZE, "100")
COLLAR = rule(RuleType.PRICE_COLLAR, "5")
HOURS = rule(RuleType.MARKET_HOURS, "0", parameters={"close_cutoff_s": "60"})
HERE = RuleScope(account_id=ACCOUNT)
EMA = RuleScope(strategy_id="EMA", symbol="AAPL")


@pytest.mark.parametrize(
    ("before", "changes", "looser"),
    [
        (VALUE, {"threshold": D("100.01")}, True),
        (VALUE, {"threshold": D("99.99")}, False),
        (VALUE, {"threshold": D("100.0")}, False),
        (VALUE, {"name": "Fat finger"}, False),
        (VALUE, {"is_active": False}, True),
        (VALUE, {"action": Action.REDUCE_ONLY}, True),
        (VALUE, {"action": Action.WARN}, True),
        (VALUE, {"action": Action.HALT}, False),
        (VALUE, {"scope": HERE}, True),
        (replace(VALUE, scope=HERE), {"scope": EVERYWHERE}, False),
        (replace(VALUE, scope=HERE), {"scope": RuleScope(account_id=UUID(int=9))}, True),
        (replace(VALUE, scope=EMA), {"scope": RuleScope(strategy_id=" ema ")}, False),
        (replace(VALUE, scope=EMA), {"scope": RuleScope(strategy_id="other")}, True),
        (replace(VALUE, scope=RuleScope(symbol="AAPL")), {"scope": EMA}, True),
        # Off before: nothing was held back.
        (replace(VALUE, is_active=False), {"threshold": D(900), "action": Action.WARN}, False),
        # Of another type the number says nothing.
        (VALUE, {"rule_type": RuleType.MAX_POSITION_SIZE, "threshold": D(1)}, True),
        # Fewer messages in a longer time.
        (RATE, {"parameters": {"window_s": "9"}}, True),
        (RATE, {"parameters": {"window_s": "11"}}, False),
        (RATE, {"parameters": {}}, True),
        (RATE, {"parameters": {"window_s": "10.0", "per": "account"}}, False),
        # Another word may count something else altogether.
        (RATE, {"parameters": {"window_s": "10", "per": "symbol"}}, True),
        (SIZE, {"parameters": {"per": "tenant"}, "threshold": D(1)}, True),
        (COLLAR, {"parameters": {"dollars": "0.01"}}, True),
        (COLLAR, {"parameters": {"market_percent": "5.1"}}, True),
        (COLLAR, {"parameters": {"market_percent": "4.9"}}, False),
        (HOURS, {"parameters": {"close_cutoff_s": "30"}}, True),
        (HOURS, {"parameters": {"close_cutoff_s": "90"}}, False),
        # The threshold plays no part.
        (HOURS, {"threshold": D(1)}, False),
        (BAN, {"parameters": {"symbols": ("GME",)}}, True),
        (BAN, {"parameters": {"symbols": ("AMC", "GME", "BB")}}, False),
        (BAN, {"parameters": {}, "scope": EVERYWHERE}, False),
        (replace(BAN, parameters={}), {"parameters": {"symbols": ("GME",)}}, True),
    ],
)
def test_what_is_looser(before: Rule, changes: dict[str, Any], looser: bool) -> None:
    assert is_looser(before, replace(before, **changes)) is looser


def test_a_rule_that_goes_is_looser_unless_it_was_off() -> None:
    assert is_looser(VALUE, None)
    assert not is_looser(replace(VALUE, is_active=False), None)


def test_what_a_type_does_not_declare_counts_as_looser(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rule(RuleType.MAX_LEVERAGE, "2")
    assert not is_looser(before, replace(before, threshold=D(1)))
    monkeypatch.delattr(MaxLeverage, "LOOSER")
    assert is_looser(before, replace(before, threshold=D(1)))
    assert is_looser(before, replace(before, threshold=D(3)))
    assert not is_looser(before, before)


def _changed(random: Random, before: Rule) -> Rule:
    """Change what a person may write of a rule, at random; raises InvalidValue."""
    parameters: dict[str, Any] = dict(before.parameters)
    for declared in CHECKS[before.rule_type].PARAMETERS:
        if isinstance(declared, NumberParameter) and random.random() < 0.5:
            parameters[declared.name] = str(
                declared.read(before.parameters) * random.choice((1, 2))
            )
    factor = random.choice((Decimal("0.5"), Decimal(1), Decimal(2)))
    after = replace(
        before,
        threshold=before.threshold * factor,
        action=random.choice((before.action, *Action)),
        parameters=parameters,
    )
    made(after)
    return after


@settings(max_examples=160, deadline=None)
@given(seed=SEEDS)
def test_what_is_not_looser_denies_whatever_was_denied(seed: int) -> None:
    random = Random(seed)
    case = draw_case(random)
    for before in case.rules.rules:
        try:
            after = _changed(random, before)
        except InvalidValue:
            continue
        if is_looser(before, after):
            continue
        # A longer window counts no fewer messages: as many is the least.
        verdicts = [
            decide(
                case.order,
                rules=compile_rules([one], version=1, nameless=case.order.strategy_id is None),
                situation=replace(case.situation, counts=(3,)),
            )
            for one in (before, after)
        ]
        assert not isinstance(verdicts[0], Denied) or isinstance(verdicts[1], Denied), (
            before,
            after,
        )


def over(threshold: str, *, hours: float, of: Rule = VALUE) -> Rule:
    """Override a rule for so many hours."""
    return replace(of, override_threshold=D(threshold), override_until=_in(hours))


def _in(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("before", "after", "looser"),
    [
        (VALUE, over("200", hours=1), True),
        (VALUE, over("50", hours=1), False),
        # Over already: it changes nothing.
        (VALUE, over("200", hours=-1), False),
        (over("200", hours=2), over("200", hours=1), False),
        (over("200", hours=1), over("200", hours=2), True),
        (over("200", hours=2), over("150", hours=2), False),
        (over("50", hours=1), over("60", hours=2), True),
        (over("50", hours=2), over("50", hours=1), True),
        (over("50", hours=1), VALUE, True),
        (over("200", hours=1), VALUE, False),
        # Below the override, and above what holds behind it.
        (over("200", hours=1), replace(VALUE, threshold=D(150)), True),
        (over("200", hours=1), replace(VALUE, threshold=D(100)), False),
        (over("50", hours=1), None, True),
    ],
)
def test_an_override_is_looser_if_it_is_at_any_moment(
    before: Rule, after: Rule | None, looser: bool
) -> None:
    assert loosens(before, after, now=AT) is looser


def test_a_new_rule_ends_an_override_that_is_looser_and_keeps_a_tighter_one() -> None:
    lower = replace(VALUE, threshold=D(80))
    assert with_override(lower, of=over("200", hours=1), at=AT) == lower
    kept = with_override(lower, of=over("50", hours=1), at=AT)
    assert (kept.threshold, kept.at(AT).threshold) == (D(80), D(50))
    assert with_override(lower, of=over("50", hours=0), at=AT) == lower
    in_units = replace(SIZE, parameters={"unit": "units"})
    assert with_override(in_units, of=over("50", hours=1, of=SIZE), at=AT) == in_units


def test_an_override_holds_until_its_moment_and_not_at_it() -> None:
    rules = RuleSet(
        tenant_id=TENANT,
        version=7,
        rules=(over("200", hours=1), over("50", hours=2, of=replace(RATE, id=UUID(int=101)))),
    )
    until = _in(1)
    moments = [AT, until - timedelta(microseconds=1), until, _in(2), AT]
    seen = [[D(200), D(50)], [D(200), D(50)], [D(100), D(50)], [D(100), D(5)], [D(200), D(50)]]
    for moment, thresholds in zip(moments, seen, strict=True):
        in_force = rules.at(moment)
        assert [one.threshold for one in in_force.rules] == thresholds
        assert in_force.version == 7
        assert all(one.override_until is None for one in in_force.rules)
        compiled = in_force.compiled(account_id=ACCOUNT, strategy_id=None, symbol="AAPL")
        assert [one.threshold for one in compiled.rules] == thresholds
        # Worked out once for the time between two ends.
        assert rules.at(moment) is in_force


def test_without_overrides_the_set_is_itself() -> None:
    rules = RuleSet(tenant_id=TENANT, version=1, rules=(VALUE,))
    assert rules.at(AT) is rules
    assert VALUE.at(AT) is VALUE


def test_half_an_override_is_refused() -> None:
    with pytest.raises(InvalidValue):
        replace(VALUE, override_threshold=D(1))
