"""What replaces leave behind, and what they are refused for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from application.orders.commands import (
    NotChangeable,
    ReplaceDenied,
    ReplaceOrder,
    Replacing,
)
from application.orders.replace import Replace
from domain.accounts.book_change import Reply
from domain.orders.states import OrderState
from domain.risk.order_checks import KILL_SWITCH_ON
from domain.risk.rule import Action
from domain.shared.values import InvalidValue
from ports.idempotency import AlreadyAnswered
from tests import builders
from tests.rig import Rig
from tests.unit.application.orders.trail import ada, checked, limited

_S = OrderState


def replacing(rig: Rig) -> Replace:
    """What replaces orders."""
    return Replace(context=rig.context, gatekeeper=rig.gatekeeper)


async def test_a_replace_is_audited_with_the_terms_before_and_after() -> None:
    rig = Rig()
    order = await rig.sent()
    command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(12))
    said = await replacing(rig)(command)
    assert isinstance(said, Replacing)
    entry = checked(rig.database.audit[-1], order, action="order.replace")
    after = (("quantity", "12"), ("limit_price", "100"))
    assert entry.detail == (("denied", "false"), *after)
    assert (entry.before, entry.after) == ((("quantity", "10"), ("limit_price", "100")), after)


async def test_a_denied_replace_is_audited_told_and_changes_nothing() -> None:
    rig = Rig()
    order = await rig.sent()
    limited(rig, "1199")
    command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(12))
    said = await replacing(rig)(command)
    assert isinstance(said, ReplaceDenied)
    assert [one.code for one in said.reasons] == ["MAX_ORDER_VALUE"]
    assert said.order == order
    before = (("quantity", "10"), ("limit_price", "100"))
    entry = checked(rig.database.audit[-1], order, action="order.replace")
    assert entry.detail == (("denied", "true"), ("quantity", "12"), ("limit_price", "100"))
    assert (entry.before, entry.after) == (before, before)
    told = rig.database.notices[-1]
    assert (told.channel, told.type, told.subject) == (
        "risk",
        "risk.replace_denied",
        str(order.id),
    )
    assert told.body["reasons"] == "Small: 1200 of 1199 money allowed"
    assert await rig.now(order) == order


@pytest.mark.parametrize("denied", [True, False])
async def test_the_answer_to_a_replace_is_stored_with_it(denied: bool) -> None:
    rig = Rig()
    order = await rig.sent()
    if denied:
        limited(rig, "1199")

    def answer(said: Replacing | ReplaceDenied) -> Reply:
        body = b"denied" if isinstance(said, ReplaceDenied) else said.order.state.encode()
        return Reply(key="k", request_hash=b"", status=202, body=body)

    command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(12))
    await replacing(rig)(command, answer=answer)
    stored = rig.database.replies[(rig.tenant_id, "k")]
    assert stored.body == (b"denied" if denied else b"pending_update")
    other = await rig.sent(builders.terms(quantity=Decimal(1)))
    again = ReplaceOrder(asker=ada(rig), order_id=other.id, quantity=Decimal(2))
    with pytest.raises(AlreadyAnswered):
        await replacing(rig)(again, answer=answer)


async def test_under_the_kill_switch_a_replace_is_denied() -> None:
    rig = Rig()
    order = await rig.sent()
    await rig.activate.halt_account(
        tenant_id=rig.tenant_id, account_id=rig.account_id, reason="a test"
    )
    command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(9))
    said = await replacing(rig)(command)
    assert said == ReplaceDenied(order=order, reasons=(KILL_SWITCH_ON,))


async def test_a_replace_below_what_has_filled_is_refused_with_the_figure() -> None:
    rig = Rig()
    order = await rig.sent()
    live = replace(order, filled_quantity=Decimal("4.50"), state=_S.PARTIALLY_FILLED)
    rig.database.books[rig.account_id] = replace(
        await rig.stored(), orders={order.id: live}, version=9
    )
    for quantity in ("4", "4.5"):
        command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(quantity))
        with pytest.raises(InvalidValue) as refused:
            await replacing(rig)(command)
        assert refused.value.field == "quantity"
        assert refused.value.problem == "must be above the 4.5 filled already"


async def test_an_order_that_has_the_terms_already_is_left_alone() -> None:
    rig = Rig()
    order = await rig.sent()
    same = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(10))
    said = await replacing(rig)(same)
    assert said == NotChangeable(order=order, problem="the order has these terms already")
    await rig.cancel.one(asker=ada(rig), order_id=order.id)
    more = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(11))
    told = await replacing(rig)(more)
    assert isinstance(told, NotChangeable)
    assert told.problem == "the order is pending_cancel"


async def test_a_replace_that_breaks_a_halting_rule_stops_the_account() -> None:
    rig = Rig()
    order = await rig.sent()
    limited(rig, "1199", action=Action.HALT)
    command = ReplaceOrder(asker=ada(rig), order_id=order.id, quantity=Decimal(12))
    assert isinstance(await replacing(rig)(command), ReplaceDenied)
    (latch,) = rig.database.latches.values()
    assert latch.reason == "Small: 1200 of 1199 money allowed"
    assert (latch.actor, latch.engaged_at) == ("rule", builders.AT)
    assert latch.scope.account_id == rig.account_id
    assert rig.database.notices[-1].body["halt"] == latch.reason
