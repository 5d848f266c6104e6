"""What submits and cancels leave behind: audit entries, notices and answers, in full."""

from decimal import Decimal
from typing import Any

import pytest

from application.orders.commands import (
    Accepted,
    Canceling,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
)
from application.orders.refusals import (
    describe_alert,
)
from domain.accounts.book_change import Reply
from domain.orders.states import OrderState
from domain.risk.rule import Action
from ports.idempotency import AlreadyAnswered
from tests import builders
from tests.rig import Rig
from tests.unit.application.orders.trail import ada, checked, limited

_S = OrderState
WHY = "asked for by the client"


async def submitted(rig: Rig, **given: Any) -> Accepted | DeniedOrders:
    """Submit one order as Ada."""
    command = SubmitOrder(
        asker=ada(rig),
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms(**given)),),
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def test_an_accepted_order_is_audited_and_told() -> None:
    rig = Rig()
    outcome = await submitted(rig)
    assert isinstance(outcome, Accepted)
    (order,) = outcome.orders
    (written,) = rig.database.audit
    entry = checked(written, order, action="order.submit")
    assert entry.at == builders.AT
    assert entry.detail == (
        ("state", "accepted"),
        ("symbol", "AAPL"),
        ("side", "buy"),
        ("quantity", "10"),
        ("limit_price", "100"),
    )
    (told,) = await rig.events(order)
    assert (told.type, told.subject) == ("order.accepted", str(order.id))
    assert told.body["limit_price"] == "100"
    assert order.reserved_price == 100


async def test_a_warning_is_told_beside_the_order() -> None:
    rig = Rig()
    limited(rig, "1000")
    outcome = await submitted(rig)
    assert isinstance(outcome, Accepted)
    (warning,) = outcome.warnings
    (told,) = [one for one in rig.database.notices if one.channel == "risk"]
    assert (told.type, told.subject) == ("risk.alert", str(outcome.orders[0].id))
    assert told.body == describe_alert(outcome.orders[0], warning=warning)


async def test_a_denied_order_is_stored_with_every_reason_and_told() -> None:
    rig = Rig()
    limited(rig, "999", action=Action.HALT)
    outcome = await submitted(rig, limit_price=Decimal("100.001"))
    assert isinstance(outcome, DeniedOrders)
    (order,) = outcome.orders
    said = (
        "limit_price: must be a multiple of the tick 0.01, not 100.001; "
        "Small: 1000.01 of 999 money allowed"
    )
    assert (order.state, order.reason) == (_S.DENIED, said)
    halt = "Small: 1000.01 of 999 money allowed"
    (written,) = rig.database.audit
    entry = checked(written, order, action="order.submit")
    assert entry.detail == (
        ("state", "denied"),
        ("symbol", "AAPL"),
        ("side", "buy"),
        ("quantity", "10"),
        ("limit_price", "100.001"),
        ("halt", halt),
    )
    (of_order,) = await rig.events(order)
    assert (of_order.type, of_order.body["codes"]) == (
        "order.denied",
        "PRICE_INCREMENT,MAX_ORDER_VALUE",
    )
    (of_risk,) = [one for one in rig.database.notices if one.channel == "risk"]
    assert (of_risk.type, of_risk.subject) == ("risk.denied", str(order.id))
    assert of_risk.body == {
        "order_id": str(order.id),
        "symbol": "AAPL",
        "side": "buy",
        "quantity": "10",
        "codes": "PRICE_INCREMENT,MAX_ORDER_VALUE",
        "reasons": said,
        "halt": halt,
    }
    (latch,) = rig.database.latches.values()
    assert (latch.reason, latch.actor, latch.engaged_at) == (halt, "rule", builders.AT)
    assert latch.scope.account_id == rig.account_id


async def test_a_cancel_is_audited_with_where_the_order_stood() -> None:
    rig = Rig()
    order = await rig.sent()
    said = await rig.cancel.one(asker=ada(rig), order_id=order.id)
    assert isinstance(said, Canceling)
    entry = checked(rig.database.audit[-1], order, action="order.cancel")
    assert (entry.detail, entry.reason) == ((("reason", WHY),), WHY)
    assert entry.before == (("state", "working"),)
    assert entry.after == (("state", "pending_cancel"),)
    assert (await rig.events(order))[-1].body["reason"] == WHY


async def test_the_answer_to_a_cancel_is_stored_with_it_and_once() -> None:
    rig = Rig()
    order = await rig.sent()

    def answer(canceling: Canceling) -> Reply:
        assert canceling.order.id == order.id
        return Reply(key="k", request_hash=b"", status=202, body=canceling.order.state.encode())

    await rig.cancel.one(asker=ada(rig), order_id=order.id, answer=answer)
    assert rig.database.replies[(rig.tenant_id, "k")].body == b"pending_cancel"
    other = await rig.sent()
    with pytest.raises(AlreadyAnswered):
        await rig.cancel.one(
            asker=ada(rig),
            order_id=other.id,
            answer=lambda _: rig.database.replies[(rig.tenant_id, "k")],
        )
    assert (await rig.now(other)).state is _S.WORKING
