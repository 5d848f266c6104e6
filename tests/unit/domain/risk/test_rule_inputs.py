"""Each rule by itself: without one of its inputs it denies, and nothing else moves it."""

from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.account import AccountKind
from domain.orders.terms import OrderType, Side
from domain.risk.compiled_rules import compile_rules
from domain.risk.effect import Effect, effect_of
from domain.risk.gate import decide
from domain.risk.headroom import headroom
from domain.risk.measure import NO_INSTRUMENT, NO_QUOTE
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.rules import made
from domain.risk.situation import PeerFigures, Situation
from domain.risk.verdict import Approved, Denied
from tests.torture.decisions import Case, draw_order, draw_situation
from tests.unit.domain.risk.context import (
    SEEDS,
    D,
    account_figures,
    judge,
    order,
    rule,
    situation,
    symbol_figures,
    terms,
    usual_readings,
)
from tests.unit.domain.risk.test_fail_closed import poisoned

# Limits that the usual order stays under: what is then denied is denied for what is missing.
AMPLE: dict[str, tuple[RuleType, str, dict[str, Any]]] = {
    "position in money": (RuleType.MAX_POSITION_SIZE, "1000000", {}),
    "position in units": (RuleType.MAX_POSITION_SIZE, "1000000", {"unit": "units"}),
    "loss in money": (RuleType.MAX_DAILY_LOSS, "1000000", {}),
    "loss in percent": (RuleType.MAX_DAILY_LOSS, "100", {"unit": "percent"}),
    "drawdown": (RuleType.MAX_DRAWDOWN, "100", {}),
    "open positions": (RuleType.POSITION_LIMIT, "1000", {}),
    "leverage": (RuleType.MAX_LEVERAGE, "100", {}),
    "sector": (RuleType.SECTOR_CONCENTRATION, "10000", {}),
    "order value": (RuleType.MAX_ORDER_VALUE, "1000000", {}),
    "collar": (RuleType.PRICE_COLLAR, "50", {"market_percent": "50"}),
    "duplicates": (RuleType.DUPLICATE_ORDER, "1000", {}),
    "rate of the account": (RuleType.ORDER_RATE, "1000", {}),
    "rate in the symbol": (RuleType.ORDER_RATE, "1000", {"per": "symbol"}),
    "restricted": (RuleType.RESTRICTED_SYMBOL, "0", {"symbols": ("GME",)}),
    "hours": (RuleType.MARKET_HOURS, "0", {}),
    "volume": (RuleType.MAX_ADV_PERCENT, "100", {}),
    "staleness": (RuleType.STALE_PRICE, "31536000", {}),
    "open orders": (RuleType.MAX_OPEN_ORDERS, "100000", {}),
    "stops": (RuleType.STOP_REQUIRED, "0", {}),
    "liquidity": (RuleType.LIQUIDITY, "10000", {}),
    "spread": (RuleType.LIQUIDITY, "10000", {"of": "spread"}),
    "correlation": (RuleType.CORRELATION_LIMIT, "1", {}),
    "value at risk": (RuleType.VAR_LIMIT, "100", {}),
    "own orders": (RuleType.SELF_TRADE, "0", {}),
    "executions": (RuleType.REPEAT_EXECUTION, "1000", {}),
    "credit": (RuleType.GROSS_CREDIT, "1000000", {}),
    "losses": (RuleType.LOSS_STREAK, "1000", {}),
    "cancels": (RuleType.CANCEL_RATE, "1000", {}),
    "cancels per fill": (RuleType.CANCEL_RATE, "1000", {"per": "fill"}),
}
# What the order itself is worth, and what it makes of the symbol's exposure.
WORTH = {"symbol.instrument", "symbol.quote"}
EXPOSURE = {*WORTH, "symbol.long_value", "symbol.short_value", "symbol.gross"}
NEEDED: dict[str, set[str]] = {
    "position in money": EXPOSURE,
    "position in units": set(),
    "loss in money": {"account.equity", "account.opening_equity"},
    "loss in percent": {"account.equity", "account.opening_equity"},
    "drawdown": {"account.equity"},
    "open positions": set(),
    "leverage": {"account.equity", "account.gross", *EXPOSURE},
    "sector": {"account.equity", "sector_gross", *EXPOSURE},
    "order value": WORTH,
    "collar": {"symbol.quote"},
    "duplicates": {"counts[0]"},
    "rate of the account": {"counts[0]"},
    "rate in the symbol": {"counts[0]"},
    "restricted": set(),
    "hours": {"session"},
    "volume": {"average_daily_volume"},
    "staleness": {"symbol.quote"},
    "open orders": {"readings[0]"},
    "stops": {"readings[0]"},
    "liquidity": {"average_daily_volume"},
    "spread": {"symbol.quote"},
    "correlation": {"readings[0]"},
    "value at risk": {"account.equity", "readings[0]"},
    "own orders": {"readings[0]"},
    "executions": {"readings[0]"},
    "credit": {"readings[0]", *WORTH},
    "losses": {"readings[0]"},
    "cancels": {"readings[0]"},
    "cancels per fill": {"readings[0]"},
}
ACTIVITY = "ACTIVITY_UNKNOWN"
CODES = {
    "account.equity": "EQUITY_UNKNOWN",
    "account.opening_equity": "DAY_UNKNOWN",
    "counts[0]": "HISTORY_TOO_SHORT",
    "session": "SESSION_UNKNOWN",
    "average_daily_volume": "VOLUME_UNKNOWN",
}
# What a rule calls it when the rest of what it compares cannot be worked out.
UNKNOWN = {
    "position in money": "EXPOSURE_UNKNOWN",
    "leverage": "EXPOSURE_UNKNOWN",
    "sector": "SECTOR_UNKNOWN",
    "order value": "VALUE_UNKNOWN",
    "collar": "QUOTE_MISSING",
    "staleness": "QUOTE_MISSING",
    "spread": "QUOTE_MISSING",
    "open orders": "OWN_ORDERS_UNKNOWN",
    "stops": "REFERENCE_UNKNOWN",
    "correlation": "RETURNS_UNKNOWN",
    "value at risk": "RETURNS_UNKNOWN",
    "own orders": "OWN_ORDERS_UNKNOWN",
    "executions": ACTIVITY,
    "losses": ACTIVITY,
    "cancels": ACTIVITY,
    "cancels per fill": ACTIVITY,
}
# Where one thing is missing or another, it says which.
OTHERWISE = {("credit", needed): "VALUE_UNKNOWN" for needed in WORTH} | {
    ("credit", "readings[0]"): ACTIVITY
}
PAIRS = [(name, needed) for name in NEEDED for needed in sorted(NEEDED[name])]


def ample(name: str, **fields: Any) -> Rule:
    """Make one of the rules above."""
    rule_type, threshold, parameters = AMPLE[name]
    return rule(rule_type, threshold, parameters=parameters, **fields)


def without(needed: str, whole: Situation) -> Situation:
    """Take one input away."""
    return dict(poisoned(whole))[needed]


def of_cash_account(name: str) -> Situation:
    """A plain world of an account that is asked for neither equity nor exposure otherwise."""
    rules = compile_rules([ample(name)], version=1)
    account = account_figures(kind=AccountKind.CASH, leverage=D(1))
    readings = usual_readings(rules)
    return situation(account=account, counts=(0,) * len(rules.counting), readings=readings)


def effect_in(case: Case) -> Effect:
    """Work out the effect of a case's order."""
    return effect_of(case.order, case.order.terms, case.situation)


def test_every_type_of_rule_is_asked() -> None:
    assert {rule_type for rule_type, _, _ in AMPLE.values()} == set(RuleType)
    assert AMPLE.keys() == NEEDED.keys()


@pytest.mark.parametrize("name", AMPLE)
def test_what_a_rule_counts_is_one_word(name: str) -> None:
    assert made(ample(name)).unit.isalpha()


@pytest.mark.parametrize("name", AMPLE)
def test_with_all_its_inputs_the_rule_lets_the_usual_order_pass(name: str) -> None:
    rules = compile_rules([ample(name)], version=1)
    verdict = decide(order(), rules=rules, situation=of_cash_account(name))
    assert isinstance(verdict, Approved)
    assert verdict.warnings == ()


@pytest.mark.parametrize(("name", "needed"), PAIRS)
@pytest.mark.parametrize("action", list(Action))
def test_the_rule_itself_denies_without_its_input(name: str, needed: str, action: Action) -> None:
    """Whatever the action: WARN too is a limit that cannot be judged."""
    watching = ample(name, action=action)
    rules = compile_rules([watching], version=1)
    blind = without(needed, of_cash_account(name))
    verdict = decide(order(), rules=rules, situation=blind)
    assert isinstance(verdict, Denied)
    if needed == "symbol.instrument":
        # Whatever else is missing is missing for this: it is told alone.
        assert [one.message for one in verdict.reasons] == ["unknown symbol AAPL"]
        verdict = decide(order(), rules=replace(rules, unknown_symbol_alone=False), situation=blind)
        assert isinstance(verdict, Denied)
    (reason,) = (one for one in verdict.reasons if one.rule_id == watching.id)
    expected = CODES.get(needed) or OTHERWISE.get((name, needed)) or UNKNOWN[name]
    assert reason.code == expected
    assert reason.message.startswith(f"{watching.name}: cannot decide without ")
    assert (reason.value, reason.limit) == (None, None)
    assert (reason.rule_type, reason.rule_name) == (watching.rule_type.value, watching.name)
    assert reason.clause
    # Not knowing is no breach: nobody is stopped for it.
    assert verdict.halt is None
    (told,) = headroom(order(), rules=rules, situation=blind)[1:]
    assert told.missing in reason.message
    assert (told.value, told.limit, told.breached) == (None, None, False)


@pytest.mark.parametrize("name", AMPLE)
@given(seed=SEEDS)
def test_a_rule_depends_on_its_inputs_and_on_nothing_else(name: str, seed: int) -> None:
    """In any world: a needed input that is gone is a gap, any other one changes nothing."""
    random = Random(seed)
    rules = compile_rules([ample(name)], version=1)
    (applied,) = rules.applied
    made = draw_order(random, symbol="AAPL")
    world = draw_situation(
        random, symbol="AAPL", counting=len(rules.counting), reading=len(rules.reading)
    )
    before = effect_in(Case(order=made, rules=rules, situation=world))
    for gone, blind in poisoned(world):
        effect = effect_in(Case(order=made, rules=rules, situation=blind))
        if gone not in NEEDED[name]:
            assert applied.measure(effect) == applied.measure(before), gone
            assert applied.alarm(effect) == applied.alarm(before), gone
            continue
        for told in (applied.measure(effect), applied.alarm(effect)):
            assert told is not None, gone
            assert told[0] is None, gone
        if effect.reducing and applied.exempts_reducing:
            continue
        verdict = decide(made, rules=rules, situation=blind)
        assert isinstance(verdict, Denied), gone


@pytest.mark.parametrize("name", ["position in money", "leverage", "sector"])
def test_peers_of_unknown_worth_leave_the_exposure_unknown(name: str) -> None:
    world = replace(of_cash_account(name), peers=PeerFigures(quantity=D(1), value=None))
    watching = ample(name)
    verdict = decide(order(), rules=compile_rules([watching], version=1), situation=world)
    assert isinstance(verdict, Denied)
    assert [one.rule_id for one in verdict.reasons] == [watching.id]


@given(kind=st.sampled_from([AccountKind.CASH, AccountKind.MARGIN]), seed=SEEDS)
def test_without_price_or_instrument_no_order_passes_whatever_the_rules(
    kind: AccountKind, seed: int
) -> None:
    random = Random(seed)
    world = draw_situation(random, symbol="AAPL", counting=0)
    world = replace(world, account=replace(world.account, kind=kind))
    made = draw_order(random, symbol="AAPL")
    for gone, gap in (("symbol.instrument", NO_INSTRUMENT), ("symbol.quote", NO_QUOTE)):
        blind = without(gone, world)
        verdict = decide(made, rules=compile_rules((), version=1), situation=blind)
        assert isinstance(verdict, Denied)
        known = gone == "symbol.quote" and blind.symbol.instrument is None
        expected = (NO_INSTRUMENT if known else gap)[1].code
        assert expected in {reason.code for reason in verdict.reasons}


def test_an_order_that_reduces_needs_its_price_all_the_same() -> None:
    held = symbol_figures(position=100, quote=None)
    for kind in (OrderType.MARKET, OrderType.LIMIT):
        assert isinstance(judge(terms(side=Side.SELL, type=kind), symbol=held), Denied)


def test_a_counting_rule_among_others_reads_its_own_count() -> None:
    """Several rules count: the one whose history is cut off denies, and no other."""
    kinds = ("duplicates", "rate of the account", "rate in the symbol")
    rules = [ample(name, id=UUID(int=number)) for number, name in enumerate(kinds, start=1)]
    for place in range(3):
        counts = tuple(None if other == place else 0 for other in range(3))
        verdict = judge(terms(), *rules, counts=counts)
        assert isinstance(verdict, Denied)
        assert [one.rule_id for one in verdict.reasons] == [rules[place].id]
