"""A cancel is durable when it is answered, and never more than was asked for."""

from decimal import Decimal

import pytest

from application.orders.cancel import OrderNotFound
from application.orders.commands import Asker, Canceling, GroupKind, NotChangeable
from domain.orders.states import OrderState
from domain.orders.terms import Side
from ports.broker import ReportKind
from tests import builders
from tests.room import Room
from tests.scripted_broker import Answer, nothing, report_of

_S = OrderState


async def test_an_order_never_sent_is_cancelled_at_once() -> None:
    room = Room()
    (order,) = await room.accepted()
    said = await room.cancel.one(asker=room.asker, order_id=order.id)
    assert isinstance(said, Canceling)
    assert said.order.state is _S.CANCELED
    assert room.broker.asked == []
    assert [entry.action for entry in room.database.audit] == ["order.submit", "order.cancel"]


async def test_an_order_at_the_venue_is_asked_back_and_asking_again_changes_nothing() -> None:
    room = Room()
    order = await room.sent()
    for _ in range(3):
        said = await room.cancel.one(asker=room.asker, order_id=order.id)
        assert isinstance(said, Canceling)
        assert said.order.state is _S.PENDING_CANCEL
    version = (await room.stored()).version
    await room.cancel.one(asker=room.asker, order_id=order.id)
    assert (await room.stored()).version == version


async def test_an_order_in_flight_is_cancelled_as_soon_as_the_venue_has_it() -> None:
    room = Room()
    (order,) = await room.accepted()
    said: list[Canceling | NotChangeable] = []

    async def cancel_now() -> None:
        said.append(await room.cancel.one(asker=room.asker, order_id=order.id))
        said.append(await room.cancel.one(asker=room.asker, order_id=order.id))

    room.broker.after_written = cancel_now
    await room.send(order)
    room.broker.after_written = nothing
    for one in said:
        assert isinstance(one, Canceling)
        assert (one.order.state, one.order.cancel_wanted) == (_S.SUBMITTED, True)
    assert [entry.action for entry in room.database.audit] == ["order.submit", "order.cancel"]
    assert (await room.now(order)).state is _S.PENDING_CANCEL
    await room.send(order)
    assert room.broker.count("cancel") == 1


async def test_an_order_in_doubt_is_cancelled_once_it_is_found() -> None:
    room = Room()
    room.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await room.accepted()
    await room.send(order)
    said = await room.cancel.one(asker=room.asker, order_id=order.id)
    assert isinstance(said, Canceling)
    assert said.order.state is _S.UNKNOWN
    await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    assert (await room.now(order)).state is _S.PENDING_CANCEL


async def test_a_cancel_of_what_the_venue_refuses_ends_with_it() -> None:
    room = Room()
    room.broker.script.append(Answer.REFUSE)
    (order,) = await room.accepted()

    async def cancel_now() -> None:
        assert isinstance(await room.cancel.one(asker=room.asker, order_id=order.id), Canceling)

    room.broker.after_written = cancel_now
    await room.send(order)
    after = await room.now(order)
    assert (after.state, after.cancel_wanted) == (_S.REJECTED, False)


@pytest.mark.parametrize("kind", [ReportKind.REJECTED, ReportKind.EXPIRED])
async def test_a_closed_order_is_not_cancelled(kind: ReportKind) -> None:
    room = Room()
    order = await room.sent()
    await room.apply(
        tenant_id=room.tenant_id,
        account_id=room.account_id,
        report=report_of(order, kind),
        heard=None,
    )
    said = await room.cancel.one(asker=room.asker, order_id=order.id)
    assert isinstance(said, NotChangeable)
    assert said.problem.endswith("already")


async def test_another_tenants_order_is_not_there() -> None:
    room = Room()
    (order,) = await room.accepted()
    stranger = Asker(tenant_id=builders.new_id(), actor="user:other")
    for asker, order_id in ((stranger, order.id), (room.asker, builders.new_id())):
        with pytest.raises(OrderNotFound):
            await room.cancel.one(asker=asker, order_id=order_id)
    assert (await room.now(order)).state is _S.ACCEPTED


async def test_cancelling_all_is_one_change_and_may_be_of_one_symbol() -> None:
    room = Room()
    first = await room.sent()
    (second,) = await room.accepted()
    (other,) = await room.accepted(builders.terms(symbol="MSFT"))
    version = (await room.stored()).version
    said = await room.cancel.all(asker=room.asker, account_ids=[room.account_id], symbol="AAPL")
    assert {one.id for one in said.orders} == {first.id, second.id}
    assert (await room.stored()).version == version + 1
    assert (await room.now(other)).state is _S.ACCEPTED
    said = await room.cancel.all(asker=room.asker, account_ids=[room.account_id])
    assert [one.id for one in said.orders] == [other.id]
    again = await room.cancel.all(asker=room.asker, account_ids=[room.account_id])
    assert again.orders == ()


async def test_an_entry_that_is_cancelled_takes_its_children_along_once() -> None:
    room = Room()
    entry, child = await room.accepted(
        builders.terms(),
        builders.terms(side=Side.SELL, limit_price=Decimal(110)),
        group=GroupKind.OTO,
    )
    said = await room.cancel.all(asker=room.asker, account_ids=[room.account_id])
    assert [one.id for one in said.orders] == [entry.id, child.id]
    assert [one.state for one in said.orders] == [_S.CANCELED, _S.CANCELED]
    told = [notice.type for notice in await room.events(child)]
    assert told == ["order.accepted", "order.canceled"]
    assert (await room.stored()).orders == {}


async def test_cancelling_all_reaches_what_is_in_doubt_once_it_is_found() -> None:
    room = Room()
    room.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await room.accepted()
    await room.send(order)
    said = await room.cancel.all(asker=room.asker, account_ids=[room.account_id])
    assert [(one.id, one.state) for one in said.orders] == [(order.id, _S.UNKNOWN)]
    again = await room.cancel.all(asker=room.asker, account_ids=[room.account_id])
    assert again.orders == ()
    await room.resolve(tenant_id=room.tenant_id, order_id=order.id, broker=room.broker)
    assert (await room.now(order)).state is _S.PENDING_CANCEL
    await room.send(order)
    assert room.broker.count("cancel") == 1
