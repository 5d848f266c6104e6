"""No rule on size, rate or exposure holds back what only reduces; what is conduct may."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.orders.terms import Side
from domain.risk.compiled_rules import compile_rules
from domain.risk.effect import effect_of
from domain.risk.gate import decide
from domain.risk.measure import Nature
from domain.risk.rule import Action, RuleType
from domain.risk.rules import CHECKS
from domain.risk.situation import PeerFigures, TradedFigures
from domain.risk.verdict import Approved, Denied
from tests.torture.decisions import draw_account
from tests.unit.domain.risk.context import D, order, rule, situation, symbol_figures, terms

# Whatever else there is, or will be, limits size, rate or exposure.
MAY_HOLD_BACK = {
    RuleType.PRICE_COLLAR,
    RuleType.STALE_PRICE,
    RuleType.MARKET_HOURS,
    RuleType.RESTRICTED_SYMBOL,
    RuleType.SELF_TRADE,
}
MAY_NOT = sorted(set(CHECKS) - MAY_HOLD_BACK)
# A close, a part of one, what waits for its entry, one of two that cancel each other, and what
# is replaced after it has filled in part.
EXITS = ("whole", "part", "waiting", "peer", "replaced")


def test_only_price_hours_symbols_and_own_orders_bind_every_order() -> None:
    binding = {kind for kind, check in CHECKS.items() if check.NATURE is Nature.CONDUCT}
    assert binding == MAY_HOLD_BACK


@pytest.mark.parametrize("rule_type", MAY_NOT)
@settings(max_examples=40, deadline=None)
@given(
    action=st.sampled_from([Action.BLOCK, Action.HALT, Action.REDUCE_ONLY]),
    exit=st.sampled_from(EXITS),
    short=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_no_other_rule_holds_back_an_exit_whatever_the_figures(
    rule_type: RuleType, action: Action, exit: str, short: bool, seed: int
) -> None:
    random = Random(seed)
    limits = compile_rules([rule(rule_type, "1", action=action)], version=1)
    sign = -1 if short else 1
    figures = symbol_figures(
        position=0 if exit == "waiting" else 10 * sign,
        sells=10 if exit == "peer" and not short else 0,
        buys=10 if exit == "peer" and short else 0,
    )
    if random.random() < 0.5:
        figures = replace(figures, long_value=None, short_value=None, gross=None)
    world = situation(
        account=draw_account(random),
        symbol=figures,
        average_daily_volume=random.choice((None, D(1))),
        sector_gross=random.choice((None, D(10**9))),
        counts=(0,) * len(limits.counting),
        readings=tuple(random.choice((None, D(0), D(10**9))) for _ in limits.reading),
        covered=D(10) * sign if exit == "waiting" else D(0),
        peers=PeerFigures(quantity=D(10), value=D(1_000)) if exit == "peer" else None,
        traded=TradedFigures(quantity=D(4), value=D(10**9)) if exit == "replaced" else None,
    )
    asked = terms(side=Side.BUY if short else Side.SELL, quantity=D(3 if exit == "part" else 10))
    made = order(asked, filled_quantity=D(4 if exit == "replaced" else 0))
    assert effect_of(made, asked, world).reducing
    assert isinstance(decide(made, rules=limits, situation=world), Approved)


@pytest.mark.parametrize(
    "rule_type", [kind for kind in MAY_NOT if CHECKS[kind].NATURE is Nature.RATE]
)
def test_a_budget_of_reducing_orders_is_as_large_as_the_other(rule_type: RuleType) -> None:
    limits = compile_rules([rule(rule_type, "3")], version=1)
    held = symbol_figures(position=10)
    for side in Side:
        for sent, passes in ((2, True), (3, False)):
            world = situation(symbol=held, counts=(sent,))
            verdict = decide(order(terms(side=side)), rules=limits, situation=world)
            assert isinstance(verdict, Approved if passes else Denied)
            assert verdict.reducing is (side is Side.SELL)
