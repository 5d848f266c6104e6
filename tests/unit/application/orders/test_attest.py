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
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer
from tests.unit.application.orders.trail import ada, checked

_S = OrderState


async def parked(rig: Rig) -> Order:
    """Park an order that the broker never got."""
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await rig.accepted()
    await rig.send(order)
    rig.clock.advance(HORIZON_S)
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    return await rig.now(order)


async def test_a_persons_word_is_audited_and_told() -> None:
    rig = Rig()
    order = await parked(rig)
    word = Attestation(asker=ada(rig), order_id=order.id, reason="I called them")
    done = await rig.attest(word)
    assert isinstance(done, Order)
    assert done.reason == "attested absent at the broker: I called them"
    entry = checked(rig.database.audit[-1], order, action="order.attest_absent")
    assert (entry.detail, entry.reason) == ((("reason", "I called them"),), "I called them")
    assert (entry.before, entry.after) == ((("state", "parked"),), (("state", "canceled"),))
    told = (await rig.events(order))[-1]
    assert (told.type, told.body["state"]) == ("order.resolved", "canceled")
    again = await rig.attest(word)
    assert isinstance(again, NotChangeable)
    assert again.problem == "the order is canceled, not parked"


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_persons_word_has_a_reason(reason: str) -> None:
    rig = Rig()
    order = await parked(rig)
    word = Attestation(asker=ada(rig), order_id=order.id, reason=reason)
    with pytest.raises(InvalidValue) as refused:
        await rig.attest(word)
    assert (refused.value.field, refused.value.problem) == ("reason", "must be 1 to 500 characters")
    longest = replace(word, reason="x" * 500)
    assert isinstance(await rig.attest(longest), Order)


async def test_a_flattening_order_is_the_kill_switchs_and_audited_as_its() -> None:
    rig = Rig()
    account = rig.book.account
    for held, side in ((Decimal("-7.5"), "buy"), (Decimal(3), "sell")):
        rig.broker.holding = {"AAPL": held}
        assert not await rig.flatten(account=account)
        (order,) = (await rig.stored()).orders.values()
        assert (order.tenant_id, order.account_id) == (account.tenant_id, account.id)
        assert order.client_order_id == f"flatten-{order.id.hex}"
        assert (order.terms.symbol, order.side, order.terms.type) == ("AAPL", side, "market")
        assert (order.terms.quantity, order.terms.time_in_force) == (abs(held), "day")
        assert (order.terms.reduce_only, order.origin) == (True, Origin.KILL_SWITCH)
        assert (order.actor, order.state) == ("kill_switch", _S.ACCEPTED)
        assert (order.reserved_price, order.market_at) == (Decimal(0), builders.MARKET_AT)
        entry = rig.database.audit[-1]
        assert (entry.tenant_id, entry.account_id) == (account.tenant_id, account.id)
        assert (entry.actor, entry.action) == ("kill_switch", "order.flatten")
        assert (entry.subject, entry.market_at) == (str(order.id), builders.MARKET_AT)
        await rig.cancel.one(asker=ada(rig), order_id=order.id)


async def test_a_persons_word_is_held_against_what_the_broker_shows() -> None:
    rig = Rig()
    order = await parked(rig)
    attest = rig.attest
    word = Attestation(asker=ada(rig), order_id=order.id, reason="x")
    rig.broker.held[order.client_order_id] = VenueOrder(
        account_id=str(rig.account_id),
        client_order_id=order.client_order_id,
        venue_order_id="v-1",
        terms=order.terms,
        state=VenueState.WORKING,
    )
    said = await attest(word)
    assert said == NotChangeable(order=order, problem="the broker has it: working")
    rig.broker.reads_fail = BrokerUnavailable("refused")
    said = await attest(word)
    assert said == NotChangeable(order=order, problem="the broker could not be asked: refused")
    rig.broker.reads_fail = None
    del rig.broker.held[order.client_order_id]
    assert isinstance(await attest(word), Order)
