"""Taking any input away never turns a denial into an approval."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings

from domain.risk.effect import effect_of
from domain.risk.gate import decide
from domain.risk.situation import Situation
from domain.risk.verdict import ALERT_FROM, Approved, Denied
from tests.torture.decisions import draw_case
from tests.unit.domain.risk.context import SEEDS

ACCOUNT_INPUTS = ("reserved_cash", "equity", "opening_equity", "gross")
SYMBOL_INPUTS = ("instrument", "quote", "buy_value", "long_value", "short_value", "gross")
INPUTS = ("session", "average_daily_volume", "sector_gross")


def poisoned(situation: Situation) -> Iterator[tuple[str, Situation]]:
    """Take away each input that is there, one at a time."""
    for name in ACCOUNT_INPUTS:
        account = replace(situation.account, **_gone(name))
        yield f"account.{name}", replace(situation, account=account)
    for name in SYMBOL_INPUTS:
        symbol = replace(situation.symbol, **_gone(name))
        yield f"symbol.{name}", replace(situation, symbol=symbol)
    for name in INPUTS:
        yield name, replace(situation, **_gone(name))
    for place in range(len(situation.counts)):
        counts = list(situation.counts)
        counts[place] = None
        yield f"counts[{place}]", replace(situation, counts=tuple(counts))
    for place in range(len(situation.readings)):
        readings = list(situation.readings)
        readings[place] = None
        yield f"readings[{place}]", replace(situation, readings=tuple(readings))


def _gone(name: str) -> Any:
    return {name: None}


@settings(max_examples=160, deadline=None)
@given(seed=SEEDS)
def test_no_missing_input_turns_a_denial_into_an_approval(seed: int) -> None:
    case = draw_case(Random(seed))
    before = decide(case.order, rules=case.rules, situation=case.situation)
    for name, situation in poisoned(case.situation):
        after = decide(case.order, rules=case.rules, situation=situation)
        assert isinstance(before, Approved) or isinstance(after, Denied), name


def test_every_missing_input_is_met_by_a_denial_somewhere() -> None:
    """Each input matters: in one of many worlds its loss alone denies an approved order."""
    expected = {f"account.{name}" for name in ACCOUNT_INPUTS}
    # The worth of the buys stands in long_value and, over the account, in reserved_cash.
    expected |= {f"symbol.{name}" for name in SYMBOL_INPUTS if name != "buy_value"}
    expected |= {*INPUTS, "counts", "readings"}
    random = Random(7)
    unmet = set(expected)
    for _ in range(4_000):
        case = draw_case(random)
        if isinstance(decide(case.order, rules=case.rules, situation=case.situation), Denied):
            continue
        for name, situation in poisoned(case.situation):
            if isinstance(decide(case.order, rules=case.rules, situation=situation), Denied):
                unmet.discard(name.split("[")[0])
        if not unmet:
            return
    assert unmet == set()


@settings(max_examples=160, deadline=None)
@given(seed=SEEDS)
def test_the_quick_answer_and_the_whole_one_agree(seed: int) -> None:
    """An alarm is silent only where the full measure lies under 70 % of the limit."""
    case = draw_case(Random(seed))
    effect = effect_of(case.order, terms=case.order.terms, situation=case.situation)
    for applied in case.rules.applied:
        alarm, measured = applied.alarm(effect), applied.measure(effect)
        if alarm is not None:
            assert alarm == measured
        elif measured is not None:
            assert measured[0] is not None
            assert measured[0] < measured[1] * ALERT_FROM
    everyone = all(applied.alarm(effect) is None for applied in case.rules.applied)
    assert case.rules.silent(effect) == everyone
    obliged = [one for one in case.rules.applied if not one.exempts_reducing]
    assert list(case.rules.for_reducing) == obliged
    assert case.rules.silent_for_reducing(effect) == all(
        applied.alarm(effect) is None for applied in obliged
    )
