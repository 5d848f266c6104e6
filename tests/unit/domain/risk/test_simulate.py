"""A recorded order is decided again under other rules, from its record alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import approve_flatten, decide
from domain.risk.measure import NO_OWN_ORDERS
from domain.risk.record import encode, encode_flatten
from domain.risk.recorded import RULES_READ_MAX, RulesRead, recorded
from domain.risk.rule import Rule, RuleScope, RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.simulate import Outcome, SimulatedDecision, decide_under
from domain.risk.simulation import (
    EXAMPLES_MAX,
    MANDATORY,
    OTHER_BOOK,
    SimulationMode,
    Tally,
)
from domain.risk.verdict import Approved
from tests.torture.decisions import draw_case
from tests.unit.domain.risk.context import AT, SEEDS, TENANT, D, order, rule, situation, terms

VALUE = rule(RuleType.MAX_ORDER_VALUE, "5000")
BAN = rule(RuleType.RESTRICTED_SYMBOL, "0", parameters={"symbols": ("AAPL",)})
RATE = rule(RuleType.ORDER_RATE, "3", parameters={"window_s": "5"})
INDEPENDENT, SEQUENTIAL = SimulationMode.INDEPENDENT, SimulationMode.SEQUENTIAL


def record(*rules: Rule, quantity: str = "10", **fields: Any) -> bytes:
    """Record an order at 100 each, as the gate decided it under these rules."""
    compiled = compile_rules(rules, version=3)
    asked = order(terms(quantity=D(quantity)))
    seen = situation(**fields)
    verdict = decide(asked, rules=compiled, situation=seen)
    return encode(asked, rules=compiled, situation=seen, verdict=verdict)


def under(*rules: Rule, of: bytes) -> SimulatedDecision:
    """Decide a record again."""
    found = decide_under(of, rules=RuleSet(tenant_id=TENANT, version=0, rules=rules))
    assert found is not None
    return found


@settings(max_examples=160, deadline=None)
@given(seed=SEEDS)
def test_under_its_own_rules_an_order_comes_out_as_it_did(seed: int) -> None:
    case = draw_case(Random(seed))
    verdict = decide(case.order, rules=case.rules, situation=case.situation)
    written = encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)
    again = under(*case.rules.rules, of=written)
    assert again.recorded_approved is isinstance(verdict, Approved)
    assert (again.outcome is Outcome.PASSES) is isinstance(verdict, Approved)


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS)
def test_rules_that_were_read_before_change_nothing_of_what_is_said(seed: int) -> None:
    random = Random(seed)
    cases = [draw_case(random) for _ in range(3)]
    kept = RulesRead()
    for one in (*cases, *cases):
        verdict = decide(one.order, rules=one.rules, situation=one.situation)
        # A name that reads like a record's own: what is quoted in it is escaped.
        named = replace(one.order, client_order_id='x","rules":{},"situation":null')
        written = encode(named, rules=one.rules, situation=one.situation, verdict=verdict)
        rules = RuleSet(tenant_id=TENANT, version=0, rules=(VALUE, BAN, *one.rules.rules))
        assert decide_under(written, rules=rules, rules_read=kept) == decide_under(
            written, rules=rules
        )
        again, anew = recorded(written, rules_read=kept), recorded(written)
        assert again is not None
        assert anew is not None
        assert (again.order, again.terms, again.situation) == (
            anew.order,
            anew.terms,
            anew.situation,
        )
        assert again.rules.record == anew.rules.record


def test_only_so_many_rule_sets_are_kept() -> None:
    kept = RulesRead()
    for number in range(RULES_READ_MAX + 5):
        recorded(record(rule(RuleType.MAX_ORDER_VALUE, str(number + 1))), rules_read=kept)
    assert len(kept.compiled) <= RULES_READ_MAX


def test_a_limit_that_an_order_breaks_denies_it_and_is_named() -> None:
    found = under(VALUE, of=record(quantity="51"))
    assert (found.outcome, found.denied_by) == (Outcome.DENIED, (VALUE.id,))
    assert found.recorded_approved
    assert under(VALUE, of=record(quantity="50")).outcome is Outcome.PASSES


def test_what_a_rule_held_back_passes_without_it() -> None:
    held = record(VALUE, quantity="51")
    assert not under(VALUE, of=held).recorded_approved
    assert under(of=held).outcome is Outcome.PASSES


def test_a_rule_of_another_scope_does_not_look_at_it() -> None:
    elsewhere = replace(VALUE, scope=RuleScope(account_id=UUID(int=99)))
    off = replace(VALUE, id=UUID(int=101), is_active=False)
    assert under(elsewhere, off, of=record(quantity="51")).outcome is Outcome.PASSES


def test_a_mandatory_check_denies_under_any_rules() -> None:
    found = under(of=record(quantity="999999"))
    assert (found.outcome, found.denied_by[0]) == (Outcome.DENIED, None)


def test_a_count_is_taken_from_the_record_where_its_window_was_counted() -> None:
    counted = record(RATE, counts=(2,))
    stricter = replace(RATE, threshold=D(2))
    assert under(stricter, of=counted).outcome is Outcome.DENIED
    other = replace(RATE, parameters={"window_s": "6"})
    found = under(other, of=counted)
    assert found.outcome is Outcome.UNDECIDABLE
    assert found.missing == ("order messages back to the start of the window",)


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        (
            rule(RuleType.MAX_POSITION_SIZE, "5000", parameters={"per": "tenant"}),
            "the books of the tenant's other accounts",
        ),
        (rule(RuleType.MAX_OPEN_ORDERS, "5"), NO_OWN_ORDERS[1].missing),
        (rule(RuleType.MAX_ADV_PERCENT, "1"), "the average daily volume of the last 20 days"),
    ],
)
def test_what_the_record_lacks_is_named(asked: Rule, missing: str) -> None:
    lacking = record(average_daily_volume=None)
    found = under(asked, of=lacking)
    assert (found.outcome, found.missing) == (Outcome.UNDECIDABLE, (missing,))
    # What is denied anyway needs nothing more.
    assert under(asked, BAN, of=lacking).outcome is Outcome.DENIED


def test_flattening_is_nobodys_to_simulate() -> None:
    closing = order(terms(type=OrderType.MARKET, side=Side.SELL, limit_price=None))
    held = Decimal(10)
    verdict = approve_flatten(closing, venue_quantity=held)
    written = encode_flatten(closing, venue_quantity=held, at=AT, verdict=verdict)
    banned = RuleSet(tenant_id=TENANT, version=0, rules=(BAN,))
    assert decide_under(written, rules=banned) is None


def _orders(
    *seconds: float, state: OrderState = OrderState.FILLED, filled: int = 10
) -> list[Order]:
    return [
        replace(
            order(number=number),
            accepted_at=AT + timedelta(seconds=second),
            updated_at=AT + timedelta(seconds=second + 5),
            state=state,
            filled_quantity=D(filled),
        )
        for number, second in enumerate(seconds)
    ]


def _told(of: Order, outcome: Outcome, *, recorded: bool = True, **given: Any) -> SimulatedDecision:
    return SimulatedDecision(
        order_id=of.id,
        account_id=of.account_id,
        recorded_approved=recorded,
        outcome=outcome,
        denied_by=(VALUE.id,) if outcome is Outcome.DENIED else (),
        **given,
    )


def _tally(mode: SimulationMode) -> Tally:
    return Tally(mode=mode, names={VALUE.id: "Fat Finger"})


def test_each_order_counts_once_and_names_what_denied_it() -> None:
    tally = _tally(INDEPENDENT)
    first, second, third = _orders(0, 1, 2)
    tally.add(first, _told(first, Outcome.DENIED))
    tally.add(second, _told(second, Outcome.PASSES))
    tally.add(third, replace(_told(third, Outcome.DENIED), denied_by=(None,)))
    tally.skip("the decision's record")
    result = tally.result()
    assert (result["orders"], result["would_deny"], result["would_pass"]) == (4, 2, 1)
    assert result["by_rule"] == {"Fat Finger": 1, MANDATORY: 1}
    assert result["undecidable"] == {"orders": 1, "missing": {"the decision's record": 1}}
    assert [one["order_id"] for one in result["examples"]] == [str(first.id), str(third.id)]


def test_in_sequence_what_another_book_decides_over_is_undecidable() -> None:
    tally = _tally(SEQUENTIAL)
    first, second, third = _orders(0, 1, 2)
    tally.add(first, _told(first, Outcome.DENIED))
    tally.add(second, _told(second, Outcome.PASSES))
    # A rule of conduct holds it back whatever the account holds.
    tally.add(third, _told(third, Outcome.DENIED, breaks_order_rules=True))
    result = tally.result()
    assert (result["would_deny"], result["would_pass"]) == (2, 0)
    assert result["undecidable"] == {"orders": 1, "missing": {OTHER_BOOK: 1}}


def test_in_sequence_other_accounts_go_on() -> None:
    tally = _tally(SEQUENTIAL)
    first, second = _orders(0, 1)
    second = replace(second, account_id=UUID(int=98))
    tally.add(first, _told(first, Outcome.DENIED))
    tally.add(second, _told(second, Outcome.PASSES))
    assert tally.result()["would_pass"] == 1


def test_in_sequence_an_order_that_came_to_nothing_matters_until_its_end() -> None:
    tally = _tally(SEQUENTIAL)
    first, second, third = _orders(0, 4, 5, state=OrderState.CANCELED, filled=0)
    tally.add(first, _told(first, Outcome.DENIED))
    tally.add(second, _told(second, Outcome.PASSES))
    # The second is undecidable itself: what it would have left behind is not known until its end.
    fourth = replace(third, accepted_at=AT + timedelta(seconds=9))
    tally.add(fourth, _told(fourth, Outcome.PASSES))
    result = tally.result()
    assert (result["would_deny"], result["would_pass"]) == (1, 1)
    assert result["undecidable"]["orders"] == 1


def test_an_order_that_would_have_passed_leaves_fills_that_nobody_knows() -> None:
    tally = _tally(SEQUENTIAL)
    first, second = _orders(0, 1, state=OrderState.DENIED, filled=0)
    tally.add(first, _told(first, Outcome.PASSES, recorded=False))
    tally.add(second, _told(second, Outcome.DENIED, recorded=False))
    assert tally.result()["undecidable"]["orders"] == 1


def test_only_so_many_examples_are_kept() -> None:
    tally = _tally(INDEPENDENT)
    for one in _orders(*range(EXAMPLES_MAX + 5)):
        tally.add(one, _told(one, Outcome.DENIED))
    assert len(tally.result()["examples"]) == EXAMPLES_MAX
