"""Route what is asked of orders."""

import msgspec
from litestar import delete, patch, post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.orders.history import PreviewView, preview_view
from adapters.http.orders.listing import listing_routes
from adapters.http.orders.parked import parked_routes
from adapters.http.orders.reading import reading_routes
from adapters.http.orders.schemas import (
    CancelAllBody,
    CanceledView,
    GroupBody,
    GroupView,
    OrderBody,
    OrderView,
    ReplaceBody,
    ResolveBody,
    order_view,
)
from adapters.http.orders.submission import denied, submit_orders
from adapters.http.permissions import reach, reach_all
from adapters.http.problem_kinds import NOT_CHANGEABLE, NOT_PARKED
from adapters.http.problems import conflict
from adapters.http.reading import decoder_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    headroom_view,
    reason_view,
)
from application.orders.commands import (
    Attestation,
    NotChangeable,
    ReplaceDenied,
    Replacing,
)
from application.orders.facade import OrderUseCases
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

_ORDER = decoder_of(OrderBody)
_GROUP = decoder_of(GroupBody)
_REPLACE = decoder_of(ReplaceBody)
_CANCEL_ALL = msgspec.json.Decoder(CancelAllBody)
_RESOLVE = msgspec.json.Decoder(ResolveBody)


def order_routes(facade: OrderUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/orders, /order-groups and /fills."""
    return AreaRoutes(
        path="/api/v1",
        tags=["orders"],
        route_handlers=[
            *_submitting(facade),
            *listing_routes(facade),
            *reading_routes(facade),
            *_changing(facade),
            *_closing(facade, keys=keys),
            *parked_routes(facade, keys=keys),
        ],
    )


def _submitting(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/orders",
        **described(
            "Submit an order",
            permission=Permission.ORDERS_TRADE,
            body=OrderBody,
            answers={201: OrderView},
            problems=(403, 404, 409),
            example=examples.ORDER,
            shown=examples.ORDER_VIEW,
            idempotent=True,
            busy=True,
        ),
    )
    async def submit(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_ORDER).command(asker_of(request))
        reach(request.scope["state"], account_id=command.account_id)
        return await submit_orders(request, facade=facade, command=command, body=body)

    @post(
        "/order-groups",
        **described(
            "Submit an OCO, OTO or bracket group; its orders stand or fall together",
            permission=Permission.ORDERS_TRADE,
            body=GroupBody,
            answers={201: GroupView},
            problems=(403, 404, 409),
            example=examples.BRACKET,
            idempotent=True,
        ),
    )
    async def submit_group(request: HttpRequest) -> Answer:
        body = await body_of(request)
        command = decode(body, decoder=_GROUP).command(asker_of(request))
        reach(request.scope["state"], account_id=command.account_id)
        return await submit_orders(request, facade=facade, command=command, body=body)

    @post(
        "/orders/preview",
        **described(
            "Ask what the gate would say; nothing is stored",
            permission=Permission.ORDERS_READ,
            body=OrderBody,
            answers={200: PreviewView},
            problems=(404,),
            example=examples.ORDER,
        ),
    )
    async def preview(request: HttpRequest) -> Answer:
        command = decode(await body_of(request), decoder=_ORDER).command(asker_of(request))
        reach(request.scope["state"], account_id=command.account_id)
        said = await facade.preview(command)
        return answer(
            preview_view(
                said,
                reasons=[reason_view(reason) for reason in said.reasons],
                headroom=[headroom_view(one) for one in said.headroom],
            )
        )

    return [submit, submit_group, preview]


def _changing(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    @patch(
        "/orders/{order_id:uuid}",
        **described(
            "Replace an order's quantity and prices",
            permission=Permission.ORDERS_TRADE,
            body=ReplaceBody,
            answers={200: OrderView},
            problems=(403, 404, 409),
            example={"quantity": "8", "limit_price": "118.25"},
        ),
    )
    async def replace(request: HttpRequest, order_id: PathId) -> Answer:
        asked = decode(await body_of(request), decoder=_REPLACE)
        outcome = await facade.replace(asked.command(asker_of(request), order_id=order_id))
        match outcome:
            case Replacing():
                return answer(order_view(outcome.order))
            case ReplaceDenied():
                raise denied(outcome.reasons, order_ids=(str(outcome.order.id),))
            case NotChangeable():
                raise conflict(outcome.problem, kind=NOT_CHANGEABLE)

    @delete(
        "/orders/{order_id:uuid}",
        **described(
            "Cancel an order: 202 while that has to reach its venue, or the order first",
            permission=Permission.ORDERS_CANCEL,
            answers={200: OrderView, 202: OrderView},
            problems=(404, 409),
        ),
    )
    async def cancel(request: HttpRequest, order_id: PathId) -> Answer:
        outcome = await facade.cancel(asker=asker_of(request), order_id=order_id)
        if isinstance(outcome, NotChangeable):
            raise conflict(outcome.problem, kind=NOT_CHANGEABLE)
        status = 200 if outcome.order.is_closed else 202
        return answer(order_view(outcome.order), status=status)

    return [replace, cancel]


def _closing(facade: OrderUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/orders/cancel-all",
        **described(
            "Cancel every order of the tenant, an account or a symbol",
            permission=Permission.ORDERS_CANCEL,
            body=CancelAllBody,
            body_required=False,
            answers={200: CanceledView},
            problems=(404,),
            example={"account_id": examples.ACCOUNT_ID, "symbol": "AAPL"},
            idempotent=True,
        ),
    )
    async def cancel_all(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body or b"{}", decoder=_CANCEL_ALL)
        among = reach_all(request.scope["state"], account_id=asked.account_id)

        async def work() -> tuple[int, bytes]:
            canceled = await facade.cancel_all(
                asker=asker_of(request),
                account_id=asked.account_id,
                symbol=asked.symbol,
                among=among,
            )
            views = [order_view(order) for order in canceled.orders]
            return 200, encode(CanceledView(canceled=len(views), orders=views))

        known_by = body
        if asked.account_id is None and among is not None:
            # The answer shows orders: who reaches other accounts asked for something else.
            known_by += b"".join(sorted(one.bytes for one in among))
        # A cancel asked for twice is one cancel: better twice than held up.
        return await once(request, keys=keys, body=known_by, work=work, safe_to_repeat=True)

    @post(
        "/orders/{order_id:uuid}/resolve",
        **described(
            "Attest that the broker never had a parked order, or the parked replace of one",
            permission=Permission.ORDERS_TRADE,
            body=ResolveBody,
            answers={200: OrderView},
            problems=(404, 409),
            example={"reason": "the broker's desk confirms that no such order arrived"},
            idempotent=True,
        ),
    )
    async def resolve(request: HttpRequest, order_id: PathId) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_RESOLVE)

        async def work() -> tuple[int, bytes]:
            outcome = await facade.resolve(
                Attestation(asker=asker_of(request), order_id=order_id, reason=asked.reason)
            )
            if isinstance(outcome, NotChangeable):
                raise conflict(outcome.problem, kind=NOT_PARKED)
            return 200, encode(order_view(outcome))

        return await once(request, keys=keys, body=body, work=work)

    return [cancel_all, resolve]
