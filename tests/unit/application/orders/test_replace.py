"""What a replace reserves: the larger price while two may be true, else the one that is."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.orders.apply_report import Anomalous, Applied, TooEarly
from application.orders.commands import Accepted, GroupKind, OrderRequest, ReplaceOrder, SubmitOrder
from application.orders.replace import Replace
from domain.accounts.book import AccountBook
from domain.accounts.valuation import resting_notional
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.risk.rule import Action, Rule, RuleType
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill


async def _replaced(rig: Rig, order: Order, *, limit_price: str, quantity: str) -> Order:
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replacing(
        ReplaceOrder(
            asker=rig.asker,
            order_id=order.id,
            limit_price=Decimal(limit_price),
            quantity=Decimal(quantity),
        )
    )
    return await rig.now(order)


async def test_an_order_that_was_never_sent_reserves_its_new_price_alone() -> None:
    rig = Rig()
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(10))),),
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted)
    (order,) = outcome.orders
    assert order.terms.limit_price is not None
    cheaper = await _replaced(rig, order, limit_price="99", quantity="12")
    assert (cheaper.state, cheaper.terms.quantity) == (OrderState.ACCEPTED, Decimal(12))
    assert cheaper.reserved_price == Decimal(99) < order.terms.limit_price
    dearer = await _replaced(rig, order, limit_price="100", quantity="12")
    assert dearer.reserved_price == Decimal(100)


async def test_while_the_venue_may_hold_either_the_larger_price_is_reserved() -> None:
    rig = Rig()
    order = await rig.sent()
    asked = await _replaced(rig, order, limit_price="99", quantity="12")
    assert asked.pending_terms is not None
    assert asked.counted_price == order.reserved_price


@pytest.mark.parametrize("at_venue", [False, True])
@pytest.mark.parametrize(("quantity", "denied"), [("10", False), ("11", True)])
async def test_an_exit_that_waits_may_change_as_far_as_it_only_undoes_its_entry(
    quantity: str, denied: bool, at_venue: bool
) -> None:
    rig = Rig()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    entry, target, _ = await rig.accepted(
        builders.terms(quantity=Decimal(10)), sale, sale, group=GroupKind.BRACKET
    )
    if at_venue:
        await rig.send(entry)
    after = await _replaced(rig, target, limit_price="120", quantity=quantity)
    assert after.waiting
    assert after.terms.limit_price == Decimal(110 if denied else 120)


@pytest.mark.parametrize(("confirmed", "reserved"), [(True, 4_500), (False, 9_000)])
async def test_a_replace_downwards_frees_its_reserve_once_the_venue_confirms(
    confirmed: bool, reserved: int
) -> None:
    rig = Rig()
    order = await rig.sent(builders.terms(quantity=Decimal(100), limit_price=Decimal(90)))
    asked = await _replaced(rig, order, limit_price="45", quantity="100")
    await rig.send(asked)
    kind = ReportKind.REPLACED if confirmed else ReportKind.REPLACE_REFUSED
    terms = asked.pending_terms if confirmed else None
    assert _resting(await rig.stored()) == 9_000
    assert isinstance(await _heard(rig, order, kind, terms=terms), Applied)
    book = await rig.stored()
    assert _resting(book) == reserved
    assert rig.gatekeeper.view(book).account.reserved_cash == reserved


async def test_a_replace_upwards_that_is_refused_frees_what_it_asked_for() -> None:
    rig = Rig()
    order = await rig.sent(builders.terms(quantity=Decimal(10), limit_price=Decimal(100)))
    asked = await _replaced(rig, order, limit_price="104", quantity="20")
    await rig.send(asked)
    assert _resting(await rig.stored()) == 2_080
    await _heard(rig, order, ReportKind.REPLACE_REFUSED)
    assert _resting(await rig.stored()) == 1_000


async def test_an_order_does_not_outgrow_its_limit_step_by_step() -> None:
    rig = Rig()
    limit_order_value(rig, "5000")
    order = await rig.sent(builders.terms(quantity=Decimal(50)))
    await _heard(rig, order, ReportKind.FILL, fill=venue_fill(40))
    grown = await _replaced(rig, order, limit_price="100", quantity="51")
    assert (grown.state, grown.terms.quantity) == (OrderState.PARTIALLY_FILLED, Decimal(50))
    cheaper = await _replaced(rig, order, limit_price="90", quantity="51")
    assert cheaper.pending_terms is not None
    assert cheaper.pending_terms.quantity == Decimal(51)


def limit_order_value(rig: Rig, threshold: str) -> None:
    """Give the tenant one rule, on the worth of an order."""
    rule = Rule(
        id=UUID(int=1),
        tenant_id=rig.tenant_id,
        name="Order value",
        rule_type=RuleType.MAX_ORDER_VALUE,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1


async def _heard(
    rig: Rig, order: Order, kind: ReportKind, **given: Any
) -> Applied | Anomalous | TooEarly:
    return await rig.apply(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        report=report_of(order, kind, **given),
        heard=None,
    )


def _resting(book: AccountBook) -> Decimal:
    return sum((resting_notional(order, book=book) for order in book.orders.values()), Decimal(0))
