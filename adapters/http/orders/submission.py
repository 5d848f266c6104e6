"""Turn a submission into its answer: accepted, denied, or the first answer again."""

from litestar import Response

from adapters.http.once import hash_of, key_of, stored
from adapters.http.orders.schemas import GroupView, order_view
from adapters.http.problems import Problem, body_of, conflict, key_reused
from adapters.http.wire import HttpRequest, encode, principal_of, reason_view, trace_of
from application.orders.commands import (
    Accepted,
    Asker,
    ClientIdTaken,
    DeniedOrders,
    Idempotency,
    KeyReused,
    Replayed,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.facade import OrderUseCases
from domain.risk.verdict import Reason


def asker_of(request: HttpRequest) -> Asker:
    """Return who asks, for the audit trail."""
    principal = principal_of(request)
    return Asker(tenant_id=principal.tenant_id, actor=principal.actor, trace_id=trace_of(request))


def denied(reasons: tuple[Reason, ...], *, order_ids: tuple[str, ...]) -> Problem:
    """Return the problem of an order that the gate refused."""
    return Problem(
        slug="order-denied",
        title="Order denied",
        status=403,
        detail="; ".join(reason.message for reason in reasons),
        order_ids=order_ids,
        reasons=tuple(reason_view(reason) for reason in reasons),
    )


async def submit_orders(
    request: HttpRequest, *, facade: OrderUseCases, command: SubmitOrder, body: bytes
) -> Response[bytes]:
    path, trace_id = request.scope["path"], trace_of(request)

    def render(outcome: SubmitOutcome) -> tuple[int, bytes]:
        match outcome:
            case Accepted():
                views = [order_view(order) for order in outcome.orders]
                if command.group is None:
                    return 201, encode(views[0])
                return 201, encode(GroupView(group_id=views[0].group_id, orders=views))
            case DeniedOrders():
                ids = tuple(str(order.id) for order in outcome.orders)
                problem = denied(outcome.reasons, order_ids=ids)
                return 403, body_of(problem, instance=path, trace_id=trace_id)
            case _:
                raise AssertionError(f"nothing to store for {outcome}")

    key = key_of(request)
    idempotency = None
    if key is not None:
        idempotency = Idempotency(key=key, request_hash=hash_of(request, body), render=render)
    outcome = await facade.submit(command, idempotency=idempotency)
    match outcome:
        case Accepted() | DeniedOrders():
            status, content = render(outcome)
            return stored(status, content)
        case Replayed():
            return stored(outcome.status, outcome.body, replayed=True)
        case KeyReused():
            raise key_reused()
        case ClientIdTaken():
            raise conflict(
                f"client_order_id {outcome.client_order_id} belongs to order {outcome.order_id}",
                slug="client-order-id-taken",
            )
