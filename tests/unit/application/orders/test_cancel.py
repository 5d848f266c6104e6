"""A cancel is durable when it is answered, and never more than was asked for."""

from decimal import Decimal

import pytest

from application.orders.cancel import OrderNotFound
from application.orders.commands import Asker, Canceling, GroupKind, NotChangeable
from domain.orders.states import OrderState
from domain.orders.terms import Side
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import Answer, nothing, report_of

_S = OrderState


async def test_an_order_never_sent_is_cancelled_at_once() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    said = await rig.cancel.one(asker=rig.asker, order_id=order.id)
    assert isinstance(said, Canceling)
    assert said.order.state is _S.CANCELED
    assert rig.broker.asked == []
    assert [entry.action for entry in rig.database.audit] == ["order.submit", "order.cancel"]


async def test_an_order_at_the_venue_is_asked_back_and_asking_again_changes_nothing() -> None:
    rig = Rig()
    order = await rig.sent()
    for _ in range(3):
        said = await rig.cancel.one(asker=rig.asker, order_id=order.id)
        assert isinstance(said, Canceling)
        assert said.order.state is _S.PENDING_CANCEL
    version = (await rig.stored()).version
    await rig.cancel.one(asker=rig.asker, order_id=order.id)
    assert (await rig.stored()).version == version


async def test_an_order_in_flight_is_cancelled_as_soon_as_the_venue_has_it() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    said: list[Canceling | NotChangeable] = []

    async def cancel_now() -> None:
        said.append(await rig.cancel.one(asker=rig.asker, order_id=order.id))
        said.append(await rig.cancel.one(asker=rig.asker, order_id=order.id))

    rig.broker.after_written = cancel_now
    await rig.send(order)
    rig.broker.after_written = nothing
    for one in said:
        assert isinstance(one, Canceling)
        assert (one.order.state, one.order.cancel_wanted) == (_S.SUBMITTED, True)
    assert [entry.action for entry in rig.database.audit] == ["order.submit", "order.cancel"]
    assert (await rig.now(order)).state is _S.PENDING_CANCEL
    await rig.send(order)
    assert rig.broker.count("cancel") == 1


async def test_an_order_in_doubt_is_cancelled_once_it_is_found() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await rig.accepted()
    await rig.send(order)
    said = await rig.cancel.one(asker=rig.asker, order_id=order.id)
    assert isinstance(said, Canceling)
    assert said.order.state is _S.UNKNOWN
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    assert (await rig.now(order)).state is _S.PENDING_CANCEL


async def test_a_cancel_of_what_the_venue_refuses_ends_with_it() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.REFUSE)
    (order,) = await rig.accepted()

    async def cancel_now() -> None:
        assert isinstance(await rig.cancel.one(asker=rig.asker, order_id=order.id), Canceling)

    rig.broker.after_written = cancel_now
    await rig.send(order)
    after = await rig.now(order)
    assert (after.state, after.cancel_wanted) == (_S.REJECTED, False)


@pytest.mark.parametrize("kind", [ReportKind.REJECTED, ReportKind.EXPIRED])
async def test_a_closed_order_is_not_cancelled(kind: ReportKind) -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.apply(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        report=report_of(order, kind),
        heard=None,
    )
    said = await rig.cancel.one(asker=rig.asker, order_id=order.id)
    assert isinstance(said, NotChangeable)
    assert said.problem.endswith("already")


async def test_another_tenants_order_is_not_there() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    stranger = Asker(tenant_id=builders.new_id(), actor="user:other")
    for asker, order_id in ((stranger, order.id), (rig.asker, builders.new_id())):
        with pytest.raises(OrderNotFound):
            await rig.cancel.one(asker=asker, order_id=order_id)
    assert (await rig.now(order)).state is _S.ACCEPTED


async def test_cancelling_all_is_one_change_and_may_be_of_one_symbol() -> None:
    rig = Rig()
    first = await rig.sent()
    (second,) = await rig.accepted()
    (other,) = await rig.accepted(builders.terms(symbol="MSFT"))
    version = (await rig.stored()).version
    said = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id], symbol="AAPL")
    assert {one.id for one in said.orders} == {first.id, second.id}
    assert (await rig.stored()).version == version + 1
    assert (await rig.now(other)).state is _S.ACCEPTED
    said = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    assert [one.id for one in said.orders] == [other.id]
    again = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    assert again.orders == ()


async def test_an_entry_that_is_cancelled_takes_its_children_along_once() -> None:
    rig = Rig()
    entry, child = await rig.accepted(
        builders.terms(),
        builders.terms(side=Side.SELL, limit_price=Decimal(110)),
        group=GroupKind.OTO,
    )
    said = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    assert [one.id for one in said.orders] == [entry.id, child.id]
    assert [one.state for one in said.orders] == [_S.CANCELED, _S.CANCELED]
    told = [notice.type for notice in await rig.events(child)]
    assert told == ["order.accepted", "order.canceled"]
    assert (await rig.stored()).orders == {}


async def test_cancelling_all_reaches_what_is_in_doubt_once_it_is_found() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REPLY)
    (order,) = await rig.accepted()
    await rig.send(order)
    said = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    assert [(one.id, one.state) for one in said.orders] == [(order.id, _S.UNKNOWN)]
    again = await rig.cancel.all(asker=rig.asker, account_ids=[rig.account_id])
    assert again.orders == ()
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    assert (await rig.now(order)).state is _S.PENDING_CANCEL
    await rig.send(order)
    assert rig.broker.count("cancel") == 1
