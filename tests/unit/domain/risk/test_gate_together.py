"""Rules that have something to say at once: none hides what another says."""

from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest

from domain.accounts.decision import Decision
from domain.orders.order import GroupLink, Role
from domain.orders.terms import OrderType, Side
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import approve_flatten, decide, restore
from domain.risk.record import encode, encode_flatten
from domain.risk.rule import Action, RuleType
from domain.risk.verdict import Approved, Denied
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    codes,
    judge,
    order,
    rule,
    situation,
    symbol_figures,
    terms,
)

NO_RULES = compile_rules((), version=1)
QUIET = rule(RuleType.MAX_ORDER_VALUE, "1000000", name="Quiet")
NEAR = rule(RuleType.MAX_ORDER_VALUE, "1200", name="Near")
BLIND = rule(RuleType.SECTOR_CONCENTRATION, "25", name="Blind")
BROKEN = rule(RuleType.MAX_POSITION_SIZE, "999", name="Broken")
HALTING = rule(RuleType.MAX_POSITION_SIZE, "998", name="Halting", action=Action.HALT)


@pytest.mark.parametrize(
    "names", list(permutations(["Quiet", "Near", "Blind", "Broken", "Halting"]))[::7]
)
def test_in_any_order_each_says_what_it_has_to_say(names: tuple[str, ...]) -> None:
    known = {one.name: one for one in (QUIET, NEAR, BLIND, BROKEN, HALTING)}
    limits = [replace(known[name], id=UUID(int=n)) for n, name in enumerate(names, start=1)]
    verdict = judge(terms(), *limits, sector_gross=None)
    assert isinstance(verdict, Denied)
    loud = [name for name in names if name in ("Blind", "Broken", "Halting")]
    assert [one.rule_name for one in verdict.reasons] == loud
    assert [(one.rule_name, one.breached) for one in verdict.warnings] == [("Near", False)]
    assert verdict.halt == "Halting: 1000 of 998 money allowed"


def test_an_order_that_reduces_meets_only_the_rules_that_bind_it() -> None:
    """Though one of those has something to say: the others are not asked on that account."""
    held = symbol_figures(position=100)
    exposed = account_figures(gross=D(900_000), opening_equity=D(300_000))
    limits = (
        replace(NEAR, id=UUID(int=1)),
        rule(RuleType.MAX_LEVERAGE, "1", id=UUID(int=2)),
        rule(RuleType.MAX_DAILY_LOSS, "1", id=UUID(int=3), action=Action.HALT),
        rule(RuleType.STALE_PRICE, "1", id=UUID(int=4), action=Action.REDUCE_ONLY),
        rule(RuleType.PRICE_COLLAR, "0.013", id=UUID(int=5), name="Near the quote"),
    )
    world = {"account": exposed, "symbol": held, "market_now": AT.replace(minute=5)}
    verdict = judge(terms(side=Side.SELL, limit_price=D("99.98")), *limits, **world)
    assert isinstance(verdict, Approved)
    assert [one.rule_name for one in verdict.warnings] == ["Near the quote"]
    assert verdict.reserved_price == D("99.99")
    opening = judge(terms(), *limits, **world)
    assert set(codes(opening)) >= {"MAX_LEVERAGE", "MAX_DAILY_LOSS", "STALE_PRICE"}


def test_an_approval_with_a_warning_reserves_its_price_all_the_same() -> None:
    made = order()
    verdict = decide(made, rules=compile_rules([NEAR], version=1), situation=situation())
    assert isinstance(verdict, Approved)
    assert (verdict.order, verdict.terms) == (made, made.terms)
    assert verdict.reserved_price == 100
    (warning,) = verdict.warnings
    assert (warning.value, warning.limit, warning.rule_id) == (D(1_000), D(1_200), NEAR.id)


def test_a_flattening_order_reserves_nothing_before_and_after_a_restart() -> None:
    made = order(terms(type=OrderType.MARKET, side=Side.SELL))
    verdict = approve_flatten(made, venue_quantity=D(10))
    assert isinstance(verdict, Approved)
    assert (verdict.order, verdict.terms, verdict.warnings) == (made, made.terms, ())
    assert verdict.reserved_price == 0
    record = encode_flatten(made, venue_quantity=D(10), at=AT, verdict=verdict)
    decision = Decision(id=UUID(int=7), order_id=made.id, approved=True, record=record)
    again = restore(made, decision=decision)
    assert (again.reserved_price, again.warnings) == (D(0), ())


def test_what_follows_an_entry_may_show_less_at_the_same_size() -> None:
    link = GroupLink(group_id=UUID(int=5), role=Role.CHILD, parent_id=UUID(int=6))
    made = order(terms(display_quantity=D(8)), link=link)
    verdict = decide(made, rules=NO_RULES, situation=situation())
    record = encode(made, rules=NO_RULES, situation=situation(), verdict=verdict)
    decision = Decision(id=UUID(int=7), order_id=made.id, approved=True, record=record)
    less = replace(made, terms=terms(display_quantity=D(4)))
    assert restore(less, decision=decision).terms == less.terms
