"""What a replace reserves: the larger price while two may be true, else the one that is."""

from decimal import Decimal

import pytest

from application.orders.commands import Accepted, GroupKind, OrderRequest, ReplaceOrder, SubmitOrder
from application.orders.replace import Replace
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from tests import builders
from tests.room import Room


async def _replaced(room: Room, order: Order, *, limit_price: str, quantity: str) -> Order:
    replacing = Replace(desk=room.desk, gatekeeper=room.gatekeeper)
    await replacing(
        ReplaceOrder(
            asker=room.asker,
            order_id=order.id,
            limit_price=Decimal(limit_price),
            quantity=Decimal(quantity),
        )
    )
    return await room.now(order)


async def test_an_order_that_was_never_sent_reserves_its_new_price_alone() -> None:
    room = Room()
    command = SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(10))),),
    )
    outcome = await room.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted)
    (order,) = outcome.orders
    assert order.terms.limit_price is not None
    cheaper = await _replaced(room, order, limit_price="99", quantity="12")
    assert (cheaper.state, cheaper.terms.quantity) == (OrderState.ACCEPTED, Decimal(12))
    assert cheaper.reserved_price == Decimal(99) < order.terms.limit_price
    dearer = await _replaced(room, order, limit_price="100", quantity="12")
    assert dearer.reserved_price == Decimal(100)


async def test_while_the_venue_may_hold_either_the_larger_price_is_reserved() -> None:
    room = Room()
    order = await room.sent()
    asked = await _replaced(room, order, limit_price="99", quantity="12")
    assert asked.pending_terms is not None
    assert asked.reserved_price == order.reserved_price


@pytest.mark.parametrize("at_venue", [False, True])
@pytest.mark.parametrize(("quantity", "denied"), [("10", False), ("11", True)])
async def test_an_exit_that_waits_may_change_as_far_as_it_only_undoes_its_entry(
    quantity: str, denied: bool, at_venue: bool
) -> None:
    room = Room()
    sale = builders.terms(side=Side.SELL, limit_price=Decimal(110))
    entry, target, _ = await room.accepted(
        builders.terms(quantity=Decimal(10)), sale, sale, group=GroupKind.BRACKET
    )
    if at_venue:
        await room.send(entry)
    after = await _replaced(room, target, limit_price="120", quantity=quantity)
    assert after.waiting
    assert after.terms.limit_price == Decimal(110 if denied else 120)
