"""The gate's word: who can say yes, what a breach does, what survives a restart."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.decision import Decision
from domain.orders.order import GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TrailKind
from domain.risk.compiled_rules import compile_rules
from domain.risk.gate import approve_flatten, decide, restore
from domain.risk.headroom import headroom, is_beyond
from domain.risk.record import encode, encode_flatten
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.verdict import Approved, Denied, NotTheGate
from tests.unit.domain.risk.context import (
    AT,
    D,
    account_figures,
    codes,
    instrument,
    judge,
    order,
    rule,
    situation,
    symbol_figures,
    terms,
)

NO_RULES = compile_rules((), version=1)
SMALL = rule(RuleType.MAX_ORDER_VALUE, "999")


def test_only_the_gate_makes_approvals() -> None:
    made = order()
    for seal in (None, object(), "seal"):
        with pytest.raises(NotTheGate):
            Approved(order=made, terms=made.terms, reserved_price=D(1), warnings=(), seal=seal)


def test_an_approval_cannot_be_changed_into_another() -> None:
    verdict = judge()
    assert isinstance(verdict, Approved)
    with pytest.raises(AttributeError):
        verdict.order = order(number=2)  # type: ignore[misc]  # what is refused


def test_an_approved_order_reserves_its_worst_price() -> None:
    verdict = judge()
    assert isinstance(verdict, Approved)
    assert verdict.order.id == order().id
    assert verdict.terms == terms()
    assert verdict.reserved_price == D(100)
    assert verdict.warnings == ()


def test_a_denial_names_every_reason_with_its_figures() -> None:
    limits = (
        SMALL,
        rule(RuleType.MAX_POSITION_SIZE, "5", id=UUID(int=101), parameters={"unit": "units"}),
    )
    verdict = judge(terms(limit_price=D("100.001")), *limits)
    assert isinstance(verdict, Denied)
    assert codes(verdict) == ["PRICE_INCREMENT", "MAX_ORDER_VALUE", "MAX_POSITION_SIZE"]
    value = verdict.reasons[1]
    assert (value.value, value.limit) == (D("1000.010"), D(999))
    assert (value.rule_id, value.rule_name) == (SMALL.id, SMALL.name)
    assert value.rule_type == "MAX_ORDER_VALUE"
    assert value.clause == "SEC Rule 15c3-5(c)(1)(ii); RTS 6 article 15(1)(b)"
    assert value.message == f"{SMALL.name}: 1000.01 of 999 money allowed"
    assert verdict.halt is None


@pytest.mark.parametrize(
    ("action", "denied", "halts"),
    [
        (Action.BLOCK, True, False),
        (Action.WARN, False, False),
        (Action.REDUCE_ONLY, True, False),
        (Action.HALT, True, True),
    ],
)
def test_what_a_breach_does_is_the_rules_action(action: Action, denied: bool, halts: bool) -> None:
    verdict = judge(terms(), replace(SMALL, action=action))
    assert isinstance(verdict, Denied) == denied
    if isinstance(verdict, Denied):
        assert (verdict.halt is not None) == halts
        assert not verdict.warnings
    else:
        assert [(told.breached, told.value) for told in verdict.warnings] == [(True, D(1_000))]


def test_the_first_halt_is_the_one_told() -> None:
    halting = replace(SMALL, action=Action.HALT)
    second = replace(halting, id=UUID(int=200), name="Second", threshold=D(1))
    verdict = judge(terms(), second, halting)
    assert isinstance(verdict, Denied)
    assert verdict.halt is not None
    assert verdict.halt.startswith(SMALL.name)


@pytest.mark.parametrize(
    ("limit", "alerts"), [("1428.58", 0), ("1428.57", 1), ("1000", 1), ("1500", 0)]
)
def test_an_alert_comes_from_seventy_percent_on(limit: str, alerts: int) -> None:
    """1,000 is 70 % of 1428.571428..."""
    verdict = judge(terms(), rule(RuleType.MAX_ORDER_VALUE, limit))
    assert isinstance(verdict, Approved)
    assert len(verdict.warnings) == alerts
    for told in verdict.warnings:
        assert told.is_alert
        assert not told.breached


def test_seventy_percent_itself_is_an_alert() -> None:
    verdict = judge(terms(quantity=D(7)), rule(RuleType.MAX_ORDER_VALUE, "1000"))
    assert isinstance(verdict, Approved)
    assert [told.used for told in verdict.warnings] == [D("0.7")]


def test_a_rule_that_is_off_says_nothing() -> None:
    assert isinstance(judge(terms(), replace(SMALL, is_active=False)), Approved)


def test_a_warning_rule_that_misses_an_input_denies() -> None:
    watch = rule(RuleType.SECTOR_CONCENTRATION, "25", action=Action.WARN)
    verdict = judge(terms(), watch, sector_gross=None)
    assert isinstance(verdict, Denied)
    assert codes(verdict) == ["SECTOR_UNKNOWN"]
    assert verdict.reasons[0].rule_id == watch.id
    assert "cannot decide without the sector" in verdict.reasons[0].message


def test_headroom_tells_of_every_limit_near_or_far() -> None:
    limits = compile_rules(
        (
            rule(RuleType.MAX_ORDER_VALUE, "10000"),
            rule(RuleType.MAX_LEVERAGE, "1", id=UUID(int=101)),
            rule(RuleType.STALE_PRICE, "60", id=UUID(int=102)),
        ),
        version=1,
    )
    told = headroom(order(), rules=limits, situation=situation())
    assert [(one.rule_type, one.value, one.limit, one.used) for one in told] == [
        ("BUILT_IN", D(1_000), D(200_000), D("0.005")),
        ("MAX_ORDER_VALUE", D(1_000), D(10_000), D("0.1")),
        ("MAX_LEVERAGE", D(1_000), D(100_000), D("0.01")),
        ("STALE_PRICE", D(0), D(60), D(0)),
    ]
    assert not any(one.breached or one.exempt or one.missing for one in told)


def test_headroom_says_what_is_missing_and_who_is_exempt() -> None:
    limits = compile_rules((rule(RuleType.MAX_LEVERAGE, "1"),), version=1)
    held = situation(symbol=symbol_figures(position=50), account=account_figures(equity=None))
    told = headroom(order(terms(side=Side.SELL)), rules=limits, situation=held)
    assert all(one.exempt for one in told)
    assert all(one.used is None and "the price of every position" in one.missing for one in told)


def test_a_replace_is_decided_on_its_new_terms() -> None:
    made = order()
    limits = compile_rules((SMALL,), version=1)
    for quantity, passes in ((9, True), (11, False)):
        asked = terms(quantity=D(quantity))
        verdict = decide(made, rules=limits, situation=situation(), terms=asked)
        assert isinstance(verdict, Approved) == passes
        assert verdict.order is made
        assert verdict.terms is asked


def test_a_replace_to_what_is_filled_already_is_refused() -> None:
    for quantity, passes in ((4, False), (5, True)):
        verdict = judge(terms(quantity=D(quantity)), order_fields={"filled_quantity": D(4)})
        assert isinstance(verdict, Approved) == passes


def _decision(made: Order, verdict: Approved | Denied, **fields: Any) -> Decision:
    record = encode(made, rules=NO_RULES, situation=situation(), verdict=verdict)
    approved = isinstance(verdict, Approved)
    return Decision(
        **{
            "id": UUID(int=7),
            "order_id": made.id,
            "approved": approved,
            "record": record,
            **fields,
        }
    )


def _approve(made: Order, asked: OrderTerms | None = None) -> Approved:
    verdict = decide(made, rules=NO_RULES, situation=situation(), terms=asked)
    assert isinstance(verdict, Approved)
    return verdict


def test_an_approval_comes_back_from_its_record() -> None:
    made = order(terms(type=OrderType.MARKET))
    accepted = replace(made, state=OrderState.ACCEPTED)
    again = restore(accepted, decision=_decision(made, _approve(made)))
    assert again.order is accepted
    assert again.terms == made.terms
    assert again.reserved_price == D("100.01")


def test_a_replace_comes_back_with_the_terms_that_are_pending() -> None:
    made = order()
    bigger = terms(quantity=D(12))
    decision = _decision(made, _approve(made, bigger))
    pending = replace(made, state=OrderState.PENDING_UPDATE, pending_terms=bigger)
    assert restore(pending, decision=decision).terms == bigger
    with pytest.raises(NotTheGate, match="other terms"):
        restore(made, decision=decision)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": D(11)},
        {"quantity": D(9)},
        {"limit_price": D("100.01")},
        {"side": Side.SELL},
        {"symbol": "MSFT"},
        {"post_only": True},
    ],
)
def test_nothing_but_the_decided_terms_comes_back(change: dict[str, Any]) -> None:
    made = order()
    other = replace(made, terms=replace(made.terms, **change))
    with pytest.raises(NotTheGate, match="other terms"):
        restore(other, decision=_decision(made, _approve(made)))


def test_another_orders_decision_is_worth_nothing() -> None:
    made = order()
    decision = _decision(made, _approve(made))
    for other in (
        replace(made, id=UUID(int=9)),
        replace(made, account_id=UUID(int=9)),
        replace(made, tenant_id=UUID(int=9)),
    ):
        with pytest.raises(NotTheGate, match="another order"):
            restore(other, decision=decision)
    with pytest.raises(NotTheGate, match="another order"):
        restore(made, decision=replace(decision, order_id=UUID(int=9)))


def test_a_denial_never_comes_back_as_an_approval() -> None:
    made = order(terms(quantity=D(0) + 1_000_000))
    denied = decide(made, rules=NO_RULES, situation=situation())
    assert isinstance(denied, Denied)
    for decision in (_decision(made, denied), _decision(made, denied, approved=True)):
        with pytest.raises(NotTheGate, match="denial"):
            restore(made, decision=decision)
    approved = order()
    with pytest.raises(NotTheGate, match="denial"):
        restore(approved, decision=_decision(approved, _approve(approved), approved=False))


@pytest.mark.parametrize("record", [b"", b"{}", b"[]", b"null", b'{"verdict":{}}', b"\xff"])
def test_a_record_that_cannot_be_read_is_no_approval(record: bytes) -> None:
    made = order()
    with pytest.raises(NotTheGate, match="cannot be read"):
        restore(
            made,
            decision=Decision(id=UUID(int=7), order_id=made.id, approved=True, record=record),
        )


@pytest.mark.parametrize("role", [Role.CHILD, Role.TAKE_PROFIT, Role.STOP_LOSS])
def test_what_follows_an_entry_may_shrink_with_it_but_not_grow(role: Role) -> None:
    link = GroupLink(group_id=UUID(int=5), role=role, parent_id=UUID(int=6))
    made = order(link=link)
    decision = _decision(made, _approve(made))
    smaller = replace(made, terms=terms(quantity=D(4)))
    assert restore(smaller, decision=decision).terms.quantity == D(4)
    iceberg = order(terms(display_quantity=D(8)), link=link)
    shown = replace(iceberg, terms=terms(quantity=D(4), display_quantity=D(4)))
    assert restore(shown, decision=_decision(iceberg, _approve(iceberg))).order is shown
    for other in (
        replace(made, terms=terms(quantity=D(11))),
        replace(made, terms=terms(quantity=D(4), limit_price=D(99))),
        replace(smaller, link=replace(link, role=Role.PEER)),
        replace(smaller, link=replace(link, role=Role.ENTRY)),
        replace(smaller, link=None),
    ):
        with pytest.raises(NotTheGate):
            restore(other, decision=decision)


@pytest.mark.parametrize(
    ("held", "side", "quantity", "passes"),
    [
        (100, Side.SELL, 100, True),
        (100, Side.SELL, 1, True),
        (100, Side.SELL, 101, False),
        (100, Side.BUY, 1, False),
        (-100, Side.BUY, 100, True),
        (-100, Side.BUY, 101, False),
        (-100, Side.SELL, 1, False),
        (0, Side.SELL, 1, False),
        (0, Side.BUY, 1, False),
    ],
)
def test_a_flattening_order_closes_what_the_broker_holds(
    held: int, side: Side, quantity: int, passes: bool
) -> None:
    made = order(terms(type=OrderType.MARKET, side=side, quantity=D(quantity)))
    verdict = approve_flatten(made, venue_quantity=D(held))
    assert isinstance(verdict, Approved) == passes
    assert codes(verdict) == ([] if passes else ["NOT_REDUCING"])


def test_a_flattening_order_is_a_market_order() -> None:
    made = order(terms(side=Side.SELL))
    assert isinstance(approve_flatten(made, venue_quantity=D(100)), Denied)


def test_a_flattening_approval_comes_back_too() -> None:
    made = order(terms(type=OrderType.MARKET, side=Side.SELL))
    verdict = approve_flatten(made, venue_quantity=D(10))
    record = encode_flatten(made, venue_quantity=D(10), at=AT, verdict=verdict)
    decision = Decision(id=UUID(int=7), order_id=made.id, approved=True, record=record)
    assert restore(made, decision=decision).order is made


def test_rules_are_asked_in_the_order_they_were_made() -> None:
    limits: list[Rule] = [
        rule(RuleType.MAX_ORDER_VALUE, "1", id=UUID(int=300 - n), name=f"N{n}") for n in range(4)
    ]
    verdict = judge(terms(), *limits)
    assert isinstance(verdict, Denied)
    assert [reason.rule_name for reason in verdict.reasons] == ["N3", "N2", "N1", "N0"]


@pytest.mark.parametrize(
    ("value", "limit", "stops", "beyond"),
    [
        (0, -5, False, False),
        (0, 0, True, False),
        (1, -5, False, True),
        (5, 5, False, False),
        (5, 5, True, True),
        (6, 5, False, True),
        (4, 5, True, False),
        (None, 5, True, False),
        (5, None, True, False),
    ],
)
def test_nothing_used_breaks_no_limit_and_more_than_it_every_one(
    value: int | None, limit: int | None, stops: bool, beyond: bool
) -> None:
    found = is_beyond(
        None if value is None else D(value),
        limit=None if limit is None else D(limit),
        stops_at_limit=stops,
    )
    assert found == beyond


def test_exposure_on_an_equity_below_nothing_is_denied() -> None:
    ruined = account_figures(equity=D(-5), opening_equity=D(1), leverage=D(2))
    verdict = judge(terms(), rule(RuleType.MAX_LEVERAGE, "2"), account=ruined)
    assert codes(verdict) == ["BUYING_POWER", "MAX_LEVERAGE"]


@pytest.mark.parametrize("multiplier", ["1", "1000000"])
def test_the_largest_order_that_can_be_asked_for_is_denied_in_words(multiplier: str) -> None:
    largest = terms(
        type=OrderType.TRAILING_STOP,
        limit_price=None,
        quantity=D("99999999999999999999.99"),
        trail=D("99999999999999999999.99"),
        trail_kind=TrailKind.AMOUNT,
    )
    symbol = symbol_figures(instrument=instrument(multiplier=D(multiplier)))
    verdict = judge(largest, SMALL, symbol=symbol)
    assert isinstance(verdict, Denied)
    assert "MAX_ORDER_VALUE" in codes(verdict)
    assert all(len(reason.message) < 300 for reason in verdict.reasons)
