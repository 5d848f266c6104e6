"""What the gate passed is sent once; what is in doubt is never sent again."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from application.kill_switch.commands import Activated, ActivateKill
from application.orders.commands import ReplaceOrder, Replacing
from application.orders.dispatch import SendOutcome
from application.orders.replace import Replace
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.risk.verdict import NotTheGate
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import Answer, report_of, venue_fill

_S = OrderState


async def _killed(rig: Rig) -> Activated:
    command = ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="a test")
    done = await rig.activate(command)
    assert isinstance(done, Activated)
    return done


async def _replacing(rig: Rig, order: Order) -> Order:
    done = await Replace(context=rig.context, gatekeeper=rig.gatekeeper)(
        ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12))
    )
    assert isinstance(done, Replacing)
    return done.order


@pytest.mark.parametrize(
    ("answer", "said", "state"),
    [
        (Answer.TAKE, SendOutcome.SENT, _S.WORKING),
        (Answer.REFUSE, SendOutcome.SENT, _S.REJECTED),
        (Answer.UNAVAILABLE, SendOutcome.SENT, _S.REJECTED),
        (Answer.LOSE_REQUEST, SendOutcome.UNSURE, _S.UNKNOWN),
        (Answer.LOSE_REPLY, SendOutcome.UNSURE, _S.UNKNOWN),
    ],
)
async def test_each_answer_leaves_the_order_where_it_proves_it_to_be(
    answer: Answer, said: SendOutcome, state: OrderState
) -> None:
    rig = Rig()
    rig.broker.script.append(answer)
    (order,) = await rig.accepted()
    assert await rig.send(order) is said
    after = await rig.now(order)
    assert after.state is state
    assert after.sent_at == builders.AT
    # Whatever became of it, it is not sent a second time.
    assert await rig.send(order) is SendOutcome.NOTHING
    assert rig.broker.count("submit") == 1


async def test_the_intent_is_durable_before_anything_leaves() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    seen: list[OrderState] = []

    async def look() -> None:
        seen.append((await rig.now(order)).state)

    rig.broker.before_written = look
    await rig.send(order)
    assert seen == [_S.SUBMITTED]


async def test_a_refusal_is_told_in_the_venues_words() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.REFUSE)
    (order,) = await rig.accepted()
    await rig.send(order)
    assert (await rig.now(order)).reason == "the venue does not like it"


async def test_a_fill_that_overtakes_the_acknowledgement_is_kept() -> None:
    rig = Rig()
    (order,) = await rig.accepted()

    async def fill_first() -> None:
        await rig.apply(
            tenant_id=rig.tenant_id,
            account_id=rig.account_id,
            report=report_of(order, ReportKind.FILL, fill=venue_fill(4)),
            heard=None,
        )

    rig.broker.after_written = fill_first
    assert await rig.send(order) is SendOutcome.SENT
    after = await rig.now(order)
    assert (after.state, after.filled_quantity) == (_S.PARTIALLY_FILLED, Decimal(4))
    assert after.venue_order_id == f"v-{order.client_order_id}"
    assert (await rig.stored()).position("AAPL").quantity == 4


async def test_two_dispatchers_send_an_order_once() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    said = await asyncio.gather(*(rig.send(order) for _ in range(8)))
    assert sorted(said) == [SendOutcome.NOTHING] * 7 + [SendOutcome.SENT]
    assert rig.broker.count("submit") == 1


async def test_under_the_kill_switch_an_order_is_cancelled_and_not_sent() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    await _killed(rig)
    assert await rig.send(order) is SendOutcome.STOPPED
    assert (await rig.now(order)).state is _S.CANCELED
    assert rig.broker.asked == []


async def test_an_activation_waits_for_the_send_on_its_way_and_not_for_its_answer() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    leave, answer = asyncio.Event(), asyncio.Event()
    begun = asyncio.Event()

    async def leaving() -> None:
        begun.set()
        await leave.wait()

    async def answering() -> None:
        await answer.wait()

    rig.broker.before_written, rig.broker.after_written = leaving, answering
    sending = asyncio.create_task(rig.send(order))
    await begun.wait()
    killing = asyncio.create_task(_killed(rig))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not killing.done()
    leave.set()
    async with asyncio.timeout(5):
        await killing
    assert not sending.done()
    answer.set()
    assert await sending is SendOutcome.SENT


async def test_a_lost_lease_sends_nothing_and_leaves_the_order_in_doubt() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    rig.lease.held = False
    assert await rig.send(order) is SendOutcome.STOPPED
    assert (await rig.now(order)).state is _S.UNKNOWN
    assert rig.broker.count("submit") == 0


async def test_an_order_that_waits_for_its_entry_is_not_sent() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    book = await rig.stored()
    change = builders.touch(book)
    held = replace(order, waiting=True)
    change = replace(change, book=replace(change.book, orders={order.id: held}), orders=(held,))
    await rig.books.commit(change)
    assert await rig.send(order) is SendOutcome.NOTHING


async def test_without_a_decision_of_the_gate_nothing_is_sent() -> None:
    rig = Rig()
    order = builders.order(rig.book.account)
    await rig.books.commit(builders.accept(order, on=rig.book))
    with pytest.raises(NotTheGate):
        await rig.send(order)
    assert rig.broker.count("submit") == 0
    assert (await rig.now(order)).state is _S.ACCEPTED


@pytest.mark.parametrize(
    ("answer", "said", "state"),
    [
        (Answer.TAKE, SendOutcome.SENT, _S.PENDING_CANCEL),
        (Answer.REFUSE, SendOutcome.SENT, _S.WORKING),
        (Answer.UNAVAILABLE, SendOutcome.UNSURE, _S.PENDING_CANCEL),
        (Answer.LOSE_REQUEST, SendOutcome.UNSURE, _S.PENDING_CANCEL),
        (Answer.LOSE_REPLY, SendOutcome.UNSURE, _S.PENDING_CANCEL),
    ],
)
async def test_a_cancel_is_done_when_its_report_says_so(
    answer: Answer, said: SendOutcome, state: OrderState
) -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    rig.broker.script.append(answer)
    assert await rig.send(order) is said
    assert (await rig.now(order)).state is state
    assert rig.broker.count("cancel") == 1
    assert await rig.send(order) is SendOutcome.NOTHING


async def test_a_cancel_passes_the_kill_switch() -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    await _killed(rig)
    assert await rig.send(order) is SendOutcome.SENT
    assert rig.broker.count("cancel") == 1


@pytest.mark.parametrize(
    ("answer", "said", "state"),
    [
        (Answer.TAKE, SendOutcome.SENT, _S.PENDING_UPDATE),
        (Answer.REFUSE, SendOutcome.SENT, _S.WORKING),
        # Proven not sent: there is nothing to read back.
        (Answer.UNAVAILABLE, SendOutcome.SENT, _S.WORKING),
        (Answer.LOSE_REPLY, SendOutcome.UNSURE, _S.PENDING_UPDATE),
    ],
)
async def test_a_replace_is_done_when_its_report_says_so(
    answer: Answer, said: SendOutcome, state: OrderState
) -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    rig.broker.script.append(answer)
    assert await rig.send(order) is said
    after = await rig.now(order)
    assert (after.state, after.terms.quantity) == (state, Decimal(10))
    assert (after.pending_terms is None) is (state is _S.WORKING)
    assert rig.broker.count("replace") == 1


async def test_under_the_kill_switch_a_replace_is_refused_and_not_sent() -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    await _killed(rig)
    assert await rig.send(order) is SendOutcome.STOPPED
    assert (await rig.now(order)).state is _S.WORKING
    assert rig.broker.count("replace") == 0


async def test_a_replace_not_sent_for_a_lost_lease_is_no_replace_in_doubt() -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    rig.lease.held = False
    assert await rig.send(order) is SendOutcome.STOPPED
    after = await rig.now(order)
    assert (after.state, after.leaves_quantity) == (_S.WORKING, Decimal(10))
    assert rig.broker.count("replace") == 0


async def test_a_cancel_asked_for_beside_a_replace_is_not_forgotten() -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    await _killed(rig)
    dispatch = rig.send(order)
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    await dispatch
    assert (await rig.now(order)).state is _S.PENDING_CANCEL


@pytest.mark.parametrize("answer", [Answer.TAKE, Answer.LOSE_REPLY, Answer.LOSE_REQUEST])
async def test_a_refused_cancel_does_not_forget_the_replace_on_its_way(answer: Answer) -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    rig.broker.script.append(answer)
    await rig.send(order)
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    rig.broker.script.append(Answer.REFUSE)
    assert await rig.send(order) is SendOutcome.SENT
    after = await rig.now(order)
    assert (after.state, after.leaves_quantity) == (_S.PENDING_UPDATE, Decimal(12))
    # The replace is not sent a second time.
    assert await rig.send(order) is SendOutcome.NOTHING
    assert rig.broker.count("replace") == 1


@pytest.mark.parametrize("cut_in", range(1, 4))
async def test_a_cancel_that_cuts_into_a_stopped_replace_stands(cut_in: int) -> None:
    rig = Rig()
    order = await _replacing(rig, await rig.sent())
    await _killed(rig)
    uses = 0

    async def pause() -> None:
        nonlocal uses
        uses += 1
        if uses == cut_in:
            await rig.cancel.one(asker=rig.asker, order_id=order.id)

    # The cancel comes at each point where the dispatcher waits for storage.
    object.__setattr__(rig.link, "pause", pause)
    await rig.send(order)
    after = await rig.now(order)
    assert uses >= cut_in
    assert after.state is _S.PENDING_CANCEL
