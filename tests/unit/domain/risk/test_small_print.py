"""What is written, read back and told of decisions and limits, to the last field."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from domain.orders.order import GroupLink, Role
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.codec import read_order, read_terms, write_order, write_terms
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.headroom import headroom
from domain.risk.recent import fingerprint
from domain.risk.record import encode, replay
from domain.risk.rule import Action, RuleType
from domain.risk.verdict import Approved, Headroom
from domain.risk.watch import readings
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    book,
    order,
    rule,
    situation,
    terms,
)

CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
NEAR = rule(RuleType.MAX_LEVERAGE, "0.0125", name="Near", action=Action.WARN)


def test_every_price_of_an_order_is_part_of_its_content() -> None:
    def stop_limit(stop: str, limit: str) -> OrderTerms:
        return terms(type=OrderType.STOP_LIMIT, stop_price=D(stop), limit_price=D(limit))

    asked = [
        terms(),
        terms(limit_price=D(101)),
        terms(type=OrderType.STOP, stop_price=D(100)),
        terms(type=OrderType.STOP, stop_price=D(101)),
        stop_limit("100", "101"),
        stop_limit("101", "100"),
        stop_limit("101", "101"),
    ]
    assert len({fingerprint(one) for one in asked}) == len(asked)
    assert fingerprint(stop_limit("100.0", "1E2")) == fingerprint(stop_limit("1E+2", "100"))


@pytest.mark.parametrize(
    "link",
    [
        None,
        GroupLink(group_id=UUID(int=5), role=Role.PEER),
        GroupLink(group_id=UUID(int=5), role=Role.CHILD, parent_id=UUID(int=6)),
    ],
)
def test_an_order_and_its_terms_come_back_whole(link: GroupLink | None) -> None:
    asked = terms(display_quantity=D(4), post_only=True)
    made = order(asked, link=link, strategy_id="ema", filled_quantity=D(2), waiting=True)
    again = read_terms(json.loads(write_terms(asked)))
    assert again == asked
    assert read_order(json.loads(write_order(made)), terms=again, at=AT, market_at=AT) == made


def test_a_decision_on_a_replace_is_replayed_by_the_new_terms() -> None:
    made, asked = order(), terms(quantity=D(20))
    rules = compile_rules([rule(RuleType.MAX_ORDER_VALUE, "1500")], version=1)
    verdict = decide(made, rules=rules, situation=situation(), terms=asked)
    assert not isinstance(verdict, Approved)
    record = encode(made, rules=rules, situation=situation(), verdict=verdict)
    assert replay(record) == record


def test_a_headroom_is_told_whole() -> None:
    rules = compile_rules([NEAR], version=1)
    power, near = headroom(order(), rules=rules, situation=situation())
    assert power == Headroom(
        rule_type="BUILT_IN",
        rule_name="Buying power",
        action="BLOCK",
        unit="money",
        value=D(1_000),
        limit=D(200_000),
        clause=CREDIT,
    )
    told = Headroom(
        rule_type="MAX_LEVERAGE",
        rule_name="Near",
        action="WARN",
        unit="money",
        rule_id=NEAR.id,
        value=D(1_000),
        limit=D(1_250),
        clause=CREDIT,
    )
    assert near == told
    verdict = decide(order(), rules=rules, situation=situation())
    assert isinstance(verdict, Approved)
    assert verdict.warnings == (told,)
    figures = account_figures(gross=D(1_000))
    (reading,) = readings([NEAR], account=book().account, figures=figures)
    assert (reading.rule, reading.headroom) == (NEAR, told)
    larger = headroom(order(), rules=rules, situation=situation(), terms=terms(quantity=D(20)))
    assert [one.value for one in larger] == [D(2_000), D(2_000)]


def test_of_a_limit_of_nothing_all_or_none_is_used() -> None:
    none = Headroom(rule_type="X", rule_name="X", action="BLOCK", unit="u", value=D(0), limit=D(0))
    assert (none.used, none.is_alert, none.missing) == (D(0), False, "")
    broken = replace(none, value=D(1), breached=True)
    assert (broken.used, broken.is_alert) == (D(1), True)
    unknown = replace(none, value=None)
    assert (unknown.used, unknown.is_alert) == (None, False)


def test_a_reducing_order_is_told_that_the_exposure_is_not_held_against_it() -> None:
    order_rules = rule(RuleType.PRICE_COLLAR, "5", id=UUID(int=200))
    rules = compile_rules([NEAR, order_rules], version=1)
    held = situation(symbol=replace(situation().symbol, position=D(100), is_open=True))
    told = headroom(order(terms(side=Side.SELL)), rules=rules, situation=held)
    assert [one.exempt for one in told] == [True, True, False]
