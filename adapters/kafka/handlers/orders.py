"""Carry out what is asked of orders."""

from uuid import UUID

from adapters.kafka.call import Call, Came, StoredAnswer
from adapters.kafka.facades import CommandFacades
from adapters.kafka.payloads import (
    OrderCancel,
    OrderGroupSubmit,
    OrderReplace,
    OrdersCancelAll,
    OrderSubmit,
)
from adapters.kafka.replies import (
    Answer,
    OrderView,
    Result,
    order_view,
    reason_view,
    refused,
    settled,
)
from adapters.kafka.wire import Outcome
from application.orders.cancel import OrderNotFound
from application.orders.commands import (
    Accepted,
    Behind,
    Canceling,
    ClientIdTaken,
    DeniedOrders,
    NotChangeable,
    ReplaceDenied,
    Replacing,
    SubmitOutcome,
)
from application.shared.change import KeyReused, Once, Replayed
from domain.orders.order import Order
from domain.risk.verdict import Reason
from ports.inbox import CommandAnswer, OtherContent, reply_key


async def submit(
    facades: CommandFacades, call: Call, payload: OrderSubmit | OrderGroupSubmit
) -> Came:
    """Take in an order or a group; the answer is stored with it."""
    command = payload.command(call.asker, account_id=call.account_id)
    idempotency: Once[SubmitOutcome] = Once(
        key=reply_key(call.envelope.id),
        request_hash=call.content_hash,
        render=lambda outcome: call.render(_submitted(outcome)),
    )
    match outcome := await facades.orders.submit(command, idempotency=idempotency):
        case Accepted() | DeniedOrders():
            return StoredAnswer(settled(_submitted(outcome)))
        case Replayed():
            return StoredAnswer(
                CommandAnswer(status=outcome.status, body=outcome.body), repeated=True
            )
        case KeyReused():
            return OtherContent()
        case Behind():
            return refused("dispatch_behind", outcome.detail, retry_after_s=outcome.retry_after_s)
        case ClientIdTaken():
            taken = outcome.client_order_id
            return refused("client_order_id_taken", f"{taken} belongs to order {outcome.order_id}")


async def replace(facades: CommandFacades, call: Call, payload: OrderReplace) -> Came:
    """Ask for new terms; the answer is stored with the request."""
    await _must_be_of(facades, call, payload.order_id)
    outcome = await facades.orders.replace(
        payload.command(call.asker), answer=lambda made: call.reply(_replaced(made))
    )
    match outcome:
        case Replacing():
            return StoredAnswer(settled(_replaced(outcome)))
        case ReplaceDenied():
            # A rule's answer was stored with the refusal, the switch's was not.
            return _replaced(outcome)
        case NotChangeable():
            return refused("order_not_changeable", outcome.problem)


async def cancel(facades: CommandFacades, call: Call, payload: OrderCancel) -> Came:
    """Cancel an order; the answer is stored with the cancel where there is one to store."""
    await _must_be_of(facades, call, payload.order_id)
    outcome = await facades.orders.cancel(
        asker=call.asker,
        order_id=payload.order_id,
        answer=lambda made: call.reply(_canceled((made.order,))),
    )
    match outcome:
        case Canceling():
            return _canceled((outcome.order,))
        case NotChangeable():
            return refused("order_not_changeable", outcome.problem)


async def cancel_all(facades: CommandFacades, call: Call, payload: OrdersCancelAll) -> Came:
    """Cancel what was there when the command was first begun."""
    canceled = await facades.orders.cancel_all(
        asker=call.asker,
        account_id=call.envelope.account,
        symbol=payload.symbol,
        among=call.among,
        accepted_by=call.begun_at,
    )
    return _canceled(canceled.orders)


async def _must_be_of(facades: CommandFacades, call: Call, order_id: UUID) -> None:
    """Raise OrderNotFound for an order of another account: the key may not reach it."""
    account_id = call.account_id
    order = await facades.orders.get(tenant_id=call.envelope.tenant, order_id=order_id)
    if order.account_id != account_id:
        raise OrderNotFound(order_id)


def _submitted(outcome: SubmitOutcome) -> Answer:
    match outcome:
        case Accepted():
            return Answer(outcome=Outcome.DONE, result=Result(orders=_views(outcome.orders)))
        case DeniedOrders():
            return _denied(outcome.orders, outcome.reasons)
        case _:
            raise AssertionError(f"nothing to store for {outcome}")


def _replaced(outcome: Replacing | ReplaceDenied) -> Answer:
    if isinstance(outcome, ReplaceDenied):
        return _denied((outcome.order,), outcome.reasons)
    return Answer(outcome=Outcome.DONE, result=Result(orders=_views((outcome.order,))))


def _canceled(orders: tuple[Order, ...]) -> Answer:
    return Answer(outcome=Outcome.DONE, result=Result(orders=_views(orders)))


def _denied(orders: tuple[Order, ...], reasons: tuple[Reason, ...]) -> Answer:
    return Answer(
        outcome=Outcome.DENIED,
        code="order_denied",
        detail="; ".join(reason.message for reason in reasons)[:1_000],
        result=Result(
            orders=_views(orders), reasons=tuple(reason_view(reason) for reason in reasons)
        ),
    )


def _views(orders: tuple[Order, ...]) -> tuple[OrderView, ...]:
    return tuple(order_view(order) for order in orders)
