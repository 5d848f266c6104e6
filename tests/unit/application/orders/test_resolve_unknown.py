"""What is in doubt is read back until it is found, and parked when it stays away."""

from dataclasses import replace
from decimal import Decimal

import pytest

from application.orders.commands import Attestation, NotChangeable, ReplaceOrder
from application.orders.dispatch import SendOutcome
from application.orders.replace import Replace
from application.orders.resolve_unknown import Resolution
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.broker import BrokerUnavailable, BrokerUnsure, VenueOrder, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, venue_fill

_S = OrderState


async def _in_doubt(rig: Rig, answer: Answer) -> Order:
    rig.broker.script.append(answer)
    (order,) = await rig.accepted()
    assert await rig.send(order) is SendOutcome.UNSURE
    return order


async def _resolve(rig: Rig, order: Order) -> Resolution:
    return await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)


async def test_an_order_that_arrived_is_found_and_goes_on() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    assert await _resolve(rig, order) is Resolution.FOUND
    after = await rig.now(order)
    assert (after.state, after.venue_order_id) == (_S.WORKING, f"v-{order.client_order_id}")
    assert await _resolve(rig, order) is Resolution.SETTLED
    assert rig.broker.count("submit") == 1


async def test_an_order_found_filled_is_booked_whole() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    rig.broker.change(
        order.client_order_id,
        state=VenueState.FILLED,
        fills=(venue_fill(4, trade_id="a"), venue_fill(6, trade_id="b")),
    )
    assert await _resolve(rig, order) is Resolution.FOUND
    assert (await rig.now(order)).state is _S.FILLED
    assert (await rig.stored()).position("AAPL").quantity == 10


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (VenueState.CANCELED, _S.CANCELED),
        (VenueState.EXPIRED, _S.EXPIRED),
        (VenueState.REJECTED, _S.REJECTED),
        (VenueState.TRIGGERED, _S.TRIGGERED),
    ],
)
async def test_an_order_found_in_another_state_is_in_it(
    state: VenueState, after: OrderState
) -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    rig.broker.change(order.client_order_id, state=state)
    await _resolve(rig, order)
    assert (await rig.now(order)).state is after


async def test_until_the_horizon_nothing_is_concluded_and_then_it_is_parked() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REQUEST)
    rig.clock.advance(HORIZON_S - 0.001)
    assert await _resolve(rig, order) is Resolution.WAITING
    assert (await rig.now(order)).state is _S.UNKNOWN
    rig.clock.advance(0.001)
    assert await _resolve(rig, order) is Resolution.PARKED
    assert (await rig.now(order)).state is _S.PARKED
    assert rig.broker.count("submit") == 1


async def test_a_read_that_began_before_the_horizon_proves_nothing_after_it() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REQUEST)
    rig.clock.advance(HORIZON_S - 1)
    find = rig.broker.find

    async def slow(*, account_id: str, client_order_id: str) -> None:
        assert await find(account_id=account_id, client_order_id=client_order_id) is None
        rig.clock.advance(10)

    object.__setattr__(rig.broker, "find", slow)
    assert await _resolve(rig, order) is Resolution.WAITING
    assert (await rig.now(order)).state is _S.UNKNOWN


@pytest.mark.parametrize("problem", [BrokerUnsure("timeout"), BrokerUnavailable("refused")])
async def test_a_read_that_fails_parks_nothing(problem: Exception) -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REQUEST)
    rig.clock.advance(10 * HORIZON_S)
    rig.broker.reads_fail = problem
    with pytest.raises(type(problem)):
        await _resolve(rig, order)
    await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.UNKNOWN
    assert rig.failures == []


async def test_the_dispatcher_reads_back_what_has_no_answer_and_never_sends_it_again() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REQUEST)
    for _ in range(10):
        rig.clock.advance(HORIZON_S / 5)
        await rig.run_dispatch.round()
    assert (await rig.now(order)).state is _S.PARKED
    assert rig.broker.count("submit") == 1
    asked = rig.broker.count("find")
    await rig.run_dispatch.round()
    assert rig.broker.count("find") == asked


async def test_a_parked_order_that_appears_after_all_is_taken_up() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    held = rig.broker.held.pop(order.client_order_id)
    rig.clock.advance(HORIZON_S)
    assert await _resolve(rig, order) is Resolution.PARKED
    assert await _resolve(rig, order) is Resolution.WAITING
    rig.broker.held[order.client_order_id] = held
    assert await _resolve(rig, order) is Resolution.FOUND
    assert (await rig.now(order)).state is _S.WORKING


async def test_a_cancel_without_an_answer_is_asked_for_again() -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    rig.broker.script.append(Answer.LOSE_REQUEST)
    assert await rig.send(order) is SendOutcome.UNSURE
    assert await _resolve(rig, order) is Resolution.FOUND
    assert await rig.send(order) is SendOutcome.SENT
    assert rig.broker.count("cancel") == 2


async def _replaced_in_doubt(rig: Rig, answer: Answer) -> Order:
    """Return an order of 10 whose replace by 12 was sent a minute after it."""
    order = await rig.sent()
    rig.clock.advance(60)
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replacing(ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12)))
    rig.broker.script.append(answer)
    assert await rig.send(order) is SendOutcome.UNSURE
    return order


async def _parked_replace(rig: Rig) -> Order:
    order = await _replaced_in_doubt(rig, Answer.LOSE_REQUEST)
    rig.clock.advance(HORIZON_S)
    assert await _resolve(rig, order) is Resolution.PARKED
    return await rig.now(order)


async def test_a_replace_whose_answer_was_lost_is_found_in_effect() -> None:
    rig = Rig()
    order = await _replaced_in_doubt(rig, Answer.LOSE_REPLY)
    assert await _resolve(rig, order) is Resolution.FOUND
    after = await rig.now(order)
    assert (after.state, after.terms.quantity) == (_S.WORKING, Decimal(12))
    assert after.pending_terms is None


async def test_a_replace_not_seen_within_the_horizon_is_parked_and_counts_both_sizes() -> None:
    rig = Rig()
    order = await _replaced_in_doubt(rig, Answer.LOSE_REQUEST)
    rig.clock.advance(HORIZON_S - 0.001)
    assert await _resolve(rig, order) is Resolution.FOUND
    after = await rig.now(order)
    assert (after.state, after.leaves_quantity) == (_S.PENDING_UPDATE, Decimal(12))
    rig.clock.advance(0.001)
    assert await _resolve(rig, order) is Resolution.PARKED
    after = await rig.now(order)
    assert (after.state, after.terms.quantity) == (_S.PARKED, Decimal(10))
    assert after.leaves_quantity == 12
    # A person must look: the broker still shows the order, and that settles nothing.
    rig.clock.advance(10 * HORIZON_S)
    assert await _resolve(rig, order) is Resolution.FOUND
    assert await rig.now(order) == after


async def test_a_replace_is_not_parked_by_a_look_from_before_it_was_sent() -> None:
    rig = Rig()
    order = await rig.sent()
    rig.clock.advance(10 * HORIZON_S)
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replacing(ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12)))
    find = rig.broker.find

    async def slow(*, account_id: str, client_order_id: str) -> VenueOrder | None:
        found = await find(account_id=account_id, client_order_id=client_order_id)
        await rig.send(order)
        return found

    object.__setattr__(rig.broker, "find", slow)
    await _resolve(rig, order)
    assert (await rig.now(order)).state is _S.PENDING_UPDATE


async def test_a_parked_replace_that_takes_effect_after_all_is_taken_up() -> None:
    rig = Rig()
    order = await _parked_replace(rig)
    rig.broker.change(
        order.client_order_id,
        terms=builders.terms(quantity=Decimal(12)),
        fills=(venue_fill(4),),
    )
    assert await _resolve(rig, order) is Resolution.FOUND
    after = await rig.now(order)
    assert (after.state, after.terms.quantity) == (_S.PARTIALLY_FILLED, Decimal(12))
    assert after.leaves_quantity == 8


@pytest.mark.parametrize(("filled", "leaves"), [(4, 8), (10, 2), (11, 1)])
async def test_fills_leave_a_parked_replace_parked_and_counted(filled: int, leaves: int) -> None:
    rig = Rig()
    order = await _parked_replace(rig)
    rig.broker.change(order.client_order_id, fills=(venue_fill(filled),))
    await _resolve(rig, order)
    after = await rig.now(order)
    assert (after.state, after.leaves_quantity) == (_S.PARKED, Decimal(leaves))


async def test_an_order_that_filled_under_its_old_terms_ends_its_parked_replace() -> None:
    rig = Rig()
    order = await _parked_replace(rig)
    rig.broker.change(order.client_order_id, state=VenueState.FILLED, fills=(venue_fill(10),))
    await _resolve(rig, order)
    assert (await rig.now(order)).state is _S.FILLED


async def test_an_order_with_a_parked_replace_can_be_cancelled() -> None:
    rig = Rig()
    order = await _parked_replace(rig)
    await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    after = await rig.now(order)
    assert (after.state, after.leaves_quantity) == (_S.PENDING_CANCEL, Decimal(12))
    assert await rig.send(order) is SendOutcome.SENT
    await _resolve(rig, order)
    assert (await rig.now(order)).state is _S.CANCELED


async def test_a_person_may_attest_that_a_parked_replace_never_came() -> None:
    rig = Rig()
    order = await _parked_replace(rig)
    attest = rig.attest
    word = Attestation(asker=rig.asker, order_id=order.id, reason="I called them")
    held = rig.broker.held.pop(order.client_order_id)
    assert isinstance(await attest(word), NotChangeable)
    rig.broker.held[order.client_order_id] = replace(
        held, terms=builders.terms(quantity=Decimal(12))
    )
    assert isinstance(await attest(word), NotChangeable)
    rig.broker.held[order.client_order_id] = held
    done = await attest(word)
    assert isinstance(done, Order)
    assert (done.state, done.leaves_quantity) == (_S.WORKING, Decimal(10))


async def test_a_person_may_attest_that_a_parked_order_is_not_there() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REQUEST)
    attest = rig.attest
    word = Attestation(asker=rig.asker, order_id=order.id, reason="I called them")
    assert isinstance(await attest(word), NotChangeable)
    rig.clock.advance(HORIZON_S)
    await _resolve(rig, order)
    done = await attest(word)
    assert isinstance(done, Order)
    assert done.state is _S.CANCELED
    assert [entry.action for entry in rig.database.audit][-1] == "order.attest_absent"
    assert (await rig.stored()).orders == {}


async def test_no_word_stands_against_what_the_broker_shows() -> None:
    rig = Rig()
    order = await _in_doubt(rig, Answer.LOSE_REPLY)
    held = rig.broker.held.pop(order.client_order_id)
    rig.clock.advance(HORIZON_S)
    await _resolve(rig, order)
    rig.broker.held[order.client_order_id] = held
    word = Attestation(asker=rig.asker, order_id=order.id, reason="I called them")
    assert isinstance(await rig.attest(word), NotChangeable)
    rig.broker.reads_fail = BrokerUnavailable("refused")
    assert isinstance(await rig.attest(word), NotChangeable)
    assert (await rig.now(order)).state is _S.PARKED
    assert rig.clock.now() > builders.AT
