"""What other areas object to is told and kept, and holds back nothing that only reduces."""

from typing import Any

import pytest

from domain.orders.terms import OrderTerms, Side
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import decide
from domain.risk.headroom import headroom
from domain.risk.objections import Objection, Objections
from domain.risk.record import encode, explain, replay
from domain.risk.rule import Action
from domain.risk.verdict import Approved, Denied, Verdict
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import D, codes, judge, order, situation, symbol_figures, terms


def objection(**fields: Any) -> Objection:
    """A wash sale of 300 that the tax area would rather not have."""
    given: dict[str, Any] = {
        "source": "tax",
        "code": "WASH_SALE",
        "action": Action.BLOCK,
        "message": "sold at a loss 12 days ago",
        "value": D(300),
        "limit": D(0),
        **fields,
    }
    return Objection(**given)


BLOCKED = Objections(raised=(objection(),))
WARNED = Objections(raised=(objection(action=Action.WARN),))
UNHEARD = Objections(silent=("estate",))
HELD = symbol_figures(position=100)
RULES = compile_rules((), version=1)


def decided(objections: Objections, asked: OrderTerms, **fields: Any) -> tuple[Verdict, bytes]:
    """Decide, and write it down."""
    world, made = situation(objections=objections, **fields), order(asked)
    verdict = decide(made, rules=RULES, situation=world)
    return verdict, encode(made, rules=RULES, situation=world, verdict=verdict)


def test_an_objection_that_blocks_denies_by_its_own_code_and_figures() -> None:
    verdict, _ = decided(BLOCKED, terms())
    assert isinstance(verdict, Denied)
    (reason,) = verdict.reasons
    assert (reason.code, reason.rule_type, reason.rule_name) == ("WASH_SALE", "OBJECTION", "tax")
    assert reason.message == "tax: sold at a loss 12 days ago"
    assert (reason.value, reason.limit) == (D(300), D(0))


def test_an_objection_that_warns_lets_the_order_pass_and_is_told() -> None:
    verdict, _ = decided(WARNED, terms())
    assert isinstance(verdict, Approved)
    (warning,) = verdict.warnings
    assert (warning.rule_name, warning.breached) == ("tax: sold at a loss 12 days ago", True)


def test_every_objection_is_told_beside_all_else_that_denies() -> None:
    two = Objections(raised=(objection(), objection(code="LOSS_LIMIT")), silent=("estate",))
    assert codes(judge(terms(quantity=D("0.5")), objections=two)) == [
        "QUANTITY_INCREMENT",
        "SOURCE_SILENT",
        "WASH_SALE",
        "LOSS_LIMIT",
    ]


def test_a_silent_source_denies_what_opens_and_is_named() -> None:
    verdict, _ = decided(UNHEARD, terms())
    assert isinstance(verdict, Denied)
    (reason,) = verdict.reasons
    assert (reason.code, reason.rule_name) == ("SOURCE_SILENT", "estate")


@pytest.mark.parametrize("objections", [BLOCKED, WARNED, UNHEARD])
def test_none_of_it_holds_back_an_order_that_only_reduces(objections: Objections) -> None:
    verdict, record = decided(objections, terms(side=Side.SELL), symbol=HELD)
    assert isinstance(verdict, Approved)
    assert verdict.warnings == ()
    assert replay(record) == record


@pytest.mark.parametrize("objections", [BLOCKED, WARNED, UNHEARD])
def test_it_is_kept_in_the_record_and_in_the_explanation(objections: Objections) -> None:
    verdict, record = decided(objections, terms())
    assert replay(record) == record
    told = explain(record)
    assert told.approved is isinstance(verdict, Approved)
    name = "estate" if objections is UNHEARD else "tax: sold at a loss 12 days ago"
    (one,) = (one for one in told.headroom if one.rule_type == "OBJECTION")
    assert (one.rule_name, one.exempt) == (name, False)


def test_a_limit_is_told_exempt_for_what_only_reduces() -> None:
    world = situation(objections=UNHEARD, symbol=HELD)
    told = headroom(order(terms(side=Side.SELL)), rules=RULES, situation=world)
    assert [(one.exempt, one.breached) for one in told[1:]] == [(True, False)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "Tax office"),
        ("code", "wash sale"),
        ("action", Action.HALT),
        ("message", ""),
        ("message", "a\nb"),
        ("value", D("NaN")),
        ("limit", D(10) ** 20),
    ],
)
def test_what_could_not_be_kept_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        objection(**{field: value})
    assert refused.value.field == field
