"""What a person's word and the kill switch's own orders leave behind."""

from dataclasses import replace
from decimal import Decimal

import pytest

from application.orders.commands import (
    Attestation,
    NotChangeable,
)
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.broker import BrokerUnavailable, VenueOrder, VenueState
from tests import builders
from tests.room import Room
from tests.scripted_broker import HORIZON_S, Answer
from tests.unit.application.orders.trail import ada, checked

_S = OrderState


async def parked(room: Room) -> Order:
    """Park an order that the broker never got."""
    room.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await room.accepted()
    await room.send(order)
    room.clock.advance(HORIZON_S)
    await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    return await room.now(order)


async def test_a_persons_word_is_audited_and_told() -> None:
    room = Room()
    order = await parked(room)
    word = Attestation(asker=ada(room), order_id=order.id, reason="I called them")
    done = await room.attest(word)
    assert isinstance(done, Order)
    assert done.reason == "attested absent at the broker: I called them"
    entry = checked(room.database.audit[-1], order, action="order.attest_absent")
    assert (entry.detail, entry.reason) == ((("reason", "I called them"),), "I called them")
    assert (entry.before, entry.after) == ((("state", "parked"),), (("state", "canceled"),))
    told = (await room.events(order))[-1]
    assert (told.type, told.body["state"]) == ("order.resolved", "canceled")
    again = await room.attest(word)
    assert isinstance(again, NotChangeable)
    assert again.problem == "the order is canceled, not parked"


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_persons_word_has_a_reason(reason: str) -> None:
    room = Room()
    order = await parked(room)
    word = Attestation(asker=ada(room), order_id=order.id, reason=reason)
    with pytest.raises(InvalidValue) as refused:
        await room.attest(word)
    assert (refused.value.field, refused.value.problem) == ("reason", "must be 1 to 500 characters")
    longest = replace(word, reason="x" * 500)
    assert isinstance(await room.attest(longest), Order)


async def test_a_flattening_order_is_the_kill_switchs_and_audited_as_its() -> None:
    room = Room()
    account = room.book.account
    for held, side in ((Decimal("-7.5"), "buy"), (Decimal(3), "sell")):
        room.broker.holding = {"AAPL": held}
        assert not await room.flatten(account=account)
        (order,) = (await room.stored()).orders.values()
        assert (order.tenant_id, order.account_id) == (account.tenant_id, account.id)
        assert order.client_order_id == f"flatten-{order.id.hex}"
        assert (order.terms.symbol, order.side, order.terms.type) == ("AAPL", side, "market")
        assert (order.terms.quantity, order.terms.time_in_force) == (abs(held), "day")
        assert (order.terms.reduce_only, order.origin) == (True, Origin.KILL_SWITCH)
        assert (order.actor, order.state) == ("kill_switch", _S.ACCEPTED)
        assert (order.reserved_price, order.market_at) == (Decimal(0), builders.MARKET_AT)
        entry = room.database.audit[-1]
        assert (entry.tenant_id, entry.account_id) == (account.tenant_id, account.id)
        assert (entry.actor, entry.action) == ("kill_switch", "order.flatten")
        assert (entry.subject, entry.market_at) == (str(order.id), builders.MARKET_AT)
        await room.cancel.one(asker=ada(room), order_id=order.id)


async def test_a_persons_word_is_held_against_what_the_broker_shows() -> None:
    room = Room()
    order = await parked(room)
    attest = room.attest
    word = Attestation(asker=ada(room), order_id=order.id, reason="x")
    room.broker.held[order.client_order_id] = VenueOrder(
        account_id=str(room.account_id),
        client_order_id=order.client_order_id,
        venue_order_id="v-1",
        terms=order.terms,
        state=VenueState.WORKING,
    )
    said = await attest(word)
    assert said == NotChangeable(order=order, problem="the broker has it: working")
    room.broker.reads_fail = BrokerUnavailable("refused")
    said = await attest(word)
    assert said == NotChangeable(order=order, problem="the broker could not be asked: refused")
    room.broker.reads_fail = None
    del room.broker.held[order.client_order_id]
    assert isinstance(await attest(word), Order)
