"""One list says what no tenant can switch off; nothing in it is passed over."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from domain.market.condition import MarketCondition
from domain.orders.terms import OrderTerms, TimeInForce
from domain.risk import gate
from domain.risk.compiled_rules import compile_rules
from domain.risk.effect import Effect, effect_of
from domain.risk.gate import decide
from domain.risk.mandatory_check import MandatoryCheck, all_of, refusal
from domain.risk.mandatory_checks import MANDATORY_CHECKS, mandatory_reasons
from domain.risk.record import encode, explain, replay
from domain.risk.situation import Blocks, Situation
from domain.risk.strategies import StrategyGap
from domain.risk.verdict import BUILT_IN, Approved, Denied, Reason
from tests.torture.decisions import draw_case
from tests.unit.domain.risk.context import AT, SEEDS, D, order, situation, terms

LIMITS = Path(__file__).parents[4] / "docs" / "limits.md"
NO_RULES = compile_rules((), version=1)


def _troubled(situation: Situation, *, random: Random) -> Situation:
    """Put what is rare into a situation, now and then."""
    symbol = situation.symbol
    if random.random() < 0.2:
        since = situation.now - timedelta(seconds=random.choice((60, 61)))
        symbol = replace(symbol, parked=random.choice((0, 2)), unknown_since=since)
    return replace(
        situation,
        symbol=symbol,
        condition=MarketCondition(
            down=random.choice(("", "", "", "feed: silent")),
            ended=random.random() < 0.1,
            no_broker=random.choice(("", "", "", "", "second")),
        ),
        blocks=Blocks(
            halted=random.random() < 0.5,
            paused_agent=random.choice(("", "ema")),
            venue_full=random.random() < 0.5,
            exit_astray=random.choice(("", "elsewhere")),
        )
        if random.random() < 0.2
        else None,
        debt=Decimal(random.choice((0, 0, 5))),
        strategy=random.choice((StrategyGap.NONE, StrategyGap.NONE, *StrategyGap)),
    )


def _odd(asked: OrderTerms, *, at: Situation, random: Random) -> OrderTerms:
    """Put terms off their steps, now and then."""
    if random.random() < 0.2:
        price = random.choice((D(0), D(-1), D("100.001")))
        limit = price if asked.limit_price is not None else None
        stop = price if asked.stop_price is not None else None
        asked = replace(asked, limit_price=limit, stop_price=stop)
    if random.random() < 0.2 and asked.time_in_force is TimeInForce.DAY:
        expires_at = at.market_now + timedelta(seconds=random.choice((-1, 0, 1)))
        asked = replace(asked, time_in_force=TimeInForce.GTD, expires_at=expires_at)
    return replace(asked, reduce_only=random.random() < 0.2)


@settings(max_examples=160, deadline=None)
@given(seed=SEEDS)
def test_the_quick_answer_is_that_of_every_check_in_its_order(seed: int) -> None:
    random = Random(seed)
    case = draw_case(random)
    world = _troubled(case.situation, random=random)
    effect = effect_of(case.order, _odd(case.order.terms, at=world, random=random), world)
    expected: list[Reason] = []
    for check in MANDATORY_CHECKS:
        if effect.reducing and not check.holds_reducing:
            continue
        reason = check.reason(effect)
        if reason is not None:
            assert (reason.code in check.codes, reason.rule_type) == (True, BUILT_IN)
            expected.append(reason)
        if reason is not None and check.alone:
            break
    assert list(mandatory_reasons(effect)) == expected


def test_the_limits_page_names_every_code_and_no_other() -> None:
    page = LIMITS.read_text("utf-8")
    section = page.partition("No rule switches these off")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = {name.strip("` ") for row in rows for name in row.split(",")}
    assert told == {code for check in MANDATORY_CHECKS for code in check.codes}


def _never(effect: Effect) -> Reason | None:
    return refusal("PLANTED", f"{effect.terms.symbol} is not traded")


@pytest.mark.parametrize("place", range(len(MANDATORY_CHECKS) + 1))
def test_a_check_denies_wherever_it_stands_in_the_list(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = MandatoryCheck(codes=("PLANTED",), reason=_never)
    checks = (*MANDATORY_CHECKS[:place], planted, *MANDATORY_CHECKS[place:])
    world = situation()
    assert isinstance(decide(order(), rules=NO_RULES, situation=world), Approved)
    monkeypatch.setattr(gate, "mandatory_reasons", all_of(checks))
    verdict = decide(order(), rules=NO_RULES, situation=world)
    assert isinstance(verdict, Denied)
    assert [reason.code for reason in verdict.reasons] == ["PLANTED"]
    record = encode(order(), rules=NO_RULES, situation=world, verdict=verdict)
    assert replay(record) == record
    assert [reason.code for reason in explain(record).reasons] == ["PLANTED"]


def test_a_check_with_a_condition_is_asked_only_under_it() -> None:
    given = MandatoryCheck(codes=("PLANTED",), reason=_never, when="terms.reduce_only")
    plain = effect_of(order(), terms(), situation())
    reduces = effect_of(order(), terms(reduce_only=True), situation())
    assert [len(all_of([given, given])(one)) for one in (plain, reduces)] == [0, 2]
    assert all_of([])(plain) == ()


def test_what_only_reduces_is_asked_what_holds_it_too() -> None:
    reducing = effect_of(order(), terms(), situation())
    reducing.reducing = True
    for holds in (True, False):
        planted = MandatoryCheck(codes=("PLANTED",), reason=_never, holds_reducing=holds)
        assert len(all_of([planted])(reducing)) == holds


def test_the_list_alone_holds_an_unknown_symbol_s_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a check before the one on the instrument is heard."""
    nothing = replace(situation().symbol, instrument=None, quote=None)
    planted = MandatoryCheck(codes=("PLANTED",), reason=_never)
    monkeypatch.setattr(gate, "mandatory_reasons", all_of((planted, *MANDATORY_CHECKS)))
    for alone in (True, False):
        rules = replace(NO_RULES, unknown_symbol_alone=alone)
        verdict = decide(order(), rules=rules, situation=situation(symbol=nothing, now=AT))
        assert isinstance(verdict, Denied)
        assert [one.code for one in verdict.reasons] == ["PLANTED", "INSTRUMENT_UNKNOWN"]
