"""Turn a submission into its answer: accepted, denied, or the first answer again."""

import msgspec

from adapters.http.idempotency import again, hash_of, key_of
from adapters.http.orders.schemas import GroupView, order_view
from adapters.http.problem_kinds import BEHIND, CLIENT_ID_TAKEN, MEDIA_TYPE, ORDER_DENIED
from adapters.http.problems import Problem, body_of, conflict, key_reused, later
from adapters.http.wire import JSON, Answer, HttpRequest, encode, raw, reason_view, trace_of
from application.orders.commands import (
    Accepted,
    Behind,
    ClientIdTaken,
    DeniedOrders,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.facade import OrderUseCases
from application.shared.change import KeyReused, Once, Replayed
from domain.risk.verdict import Reason


def denied(reasons: tuple[Reason, ...], *, order_ids: tuple[str, ...]) -> Problem:
    """Return the problem of an order that the gate refused."""
    return Problem(
        kind=ORDER_DENIED,
        detail="; ".join(reason.message for reason in reasons),
        order_ids=order_ids,
        reasons=tuple(reason_view(reason) for reason in reasons),
    )


async def submit_orders(
    request: HttpRequest, *, facade: OrderUseCases, command: SubmitOrder, body: bytes
) -> Answer:
    """Submit, and answer accepted, denied, or as the first time; raises problems."""
    path, trace_id = request.scope["path"], trace_of(request)
    rendered: tuple[SubmitOutcome, int, bytes] | None = None

    def render(outcome: SubmitOutcome) -> tuple[int, bytes]:
        nonlocal rendered
        # With a key the answer was rendered before it was stored.
        if rendered is not None and rendered[0] is outcome:
            return rendered[1:]
        match outcome:
            case Accepted():
                views = [order_view(order) for order in outcome.orders]
                shown: msgspec.Struct = views[0]
                if command.group is not None:
                    shown = GroupView(group_id=views[0].group_id, orders=views)
                rendered = (outcome, 201, encode(shown))
            case DeniedOrders():
                ids = tuple(str(order.id) for order in outcome.orders)
                problem = denied(outcome.reasons, order_ids=ids)
                content = body_of(problem, instance=path, trace_id=trace_id)
                rendered = (outcome, problem.status, content)
            case _:
                raise AssertionError(f"nothing to store for {outcome}")
        return rendered[1:]

    key = key_of(request)
    idempotency = None
    if key is not None:
        idempotency = Once(key=key, request_hash=hash_of(request, body), render=render)
    outcome = await facade.submit(command, idempotency=idempotency)
    match outcome:
        case Accepted() | DeniedOrders():
            status, content = render(outcome)
            media_type = JSON if status < 400 else MEDIA_TYPE
            return raw(content, status=status, media_type=media_type)
        case Replayed():
            return again(outcome.status, outcome.body)
        case KeyReused():
            raise key_reused()
        case Behind():
            raise later(outcome.detail, retry_after_s=outcome.retry_after_s, kind=BEHIND)
        case ClientIdTaken():
            raise conflict(
                f"client_order_id {outcome.client_order_id} belongs to order {outcome.order_id}",
                kind=CLIENT_ID_TAKEN,
            )
