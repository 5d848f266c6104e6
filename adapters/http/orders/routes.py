"""Route what is asked of orders."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from adapters.http.documented import documented
from adapters.http.orders.history import (
    EventList,
    ExplanationView,
    FillPage,
    PreviewView,
    event_view,
    explanation_view,
    fill_view,
    preview_view,
)
from adapters.http.orders.schemas import (
    CancelAllBody,
    CanceledView,
    GroupBody,
    GroupView,
    OrderBody,
    OrderPage,
    OrderView,
    ReplaceBody,
    ResolveBody,
    order_view,
)
from adapters.http.orders.submission import asker_of, denied, submit_orders
from adapters.http.problems import (
    conflict,
)
from adapters.http.wire import (
    HttpRequest,
    after_of,
    answer,
    cursor_of,
    decode,
    headroom_view,
    limit_of,
    principal_of,
    reason_view,
)
from application.orders.commands import (
    Attestation,
    NotChangeable,
    ReplaceDenied,
    Replacing,
)
from application.orders.facade import OrderUseCases
from domain.orders.states import OrderState
from ports.orders import OrderFilter

_ORDER = msgspec.json.Decoder(OrderBody)
_GROUP = msgspec.json.Decoder(GroupBody)
_REPLACE = msgspec.json.Decoder(ReplaceBody)
_CANCEL_ALL = msgspec.json.Decoder(CancelAllBody)
_RESOLVE = msgspec.json.Decoder(ResolveBody)


def order_routes(facade: OrderUseCases) -> Router:
    """Return the routes under /api/v1/orders, /order-groups and /fills."""

    @post(
        "/orders",
        summary="Submit an order",
        responses=documented({201: ResponseSpec(OrderView)}, 400, 401, 403, 404, 409, 413, 422),
    )
    async def submit(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        command = decode(body, decoder=_ORDER).command(asker_of(request))
        return await submit_orders(request, facade=facade, command=command, body=body)

    @post(
        "/order-groups",
        summary="Submit an OCO, OTO or bracket group",
        responses=documented({201: ResponseSpec(GroupView)}, 400, 401, 403, 404, 409, 413, 422),
    )
    async def submit_group(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        command = decode(body, decoder=_GROUP).command(asker_of(request))
        return await submit_orders(request, facade=facade, command=command, body=body)

    @post(
        "/orders/preview",
        summary="Ask what the gate would say; nothing is stored",
        status_code=200,
        responses=documented({200: ResponseSpec(PreviewView)}, 400, 401, 404, 413),
    )
    async def preview(request: HttpRequest) -> Response[bytes]:
        command = decode(await request.body(), decoder=_ORDER).command(asker_of(request))
        said = await facade.preview(command)
        return answer(
            preview_view(
                said,
                reasons=[reason_view(reason) for reason in said.reasons],
                headroom=[headroom_view(one) for one in said.headroom],
            )
        )

    @post(
        "/orders/cancel-all",
        summary="Cancel every order of the tenant, an account or a symbol",
        status_code=200,
        responses=documented({200: ResponseSpec(CanceledView)}, 400, 401, 404, 413),
    )
    async def cancel_all(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        asked = decode(body or b"{}", decoder=_CANCEL_ALL)
        canceled = await facade.cancel_all(
            asker=asker_of(request), account_id=asked.account_id, symbol=asked.symbol
        )
        views = [order_view(order) for order in canceled.orders]
        return answer(CanceledView(canceled=len(views), orders=views))

    return Router(
        path="/api/v1",
        tags=["orders"],
        route_handlers=[
            submit,
            submit_group,
            preview,
            cancel_all,
            *_reading(facade),
            *_telling(facade),
            *_changing(facade),
        ],
    )


def _reading(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/orders",
        summary="List orders, newest first",
        responses=documented({200: ResponseSpec(OrderPage)}, 400, 401),
    )
    async def list_orders(
        request: HttpRequest,
        account_id: UUID | None = None,
        symbol: str | None = None,
        order_state: Annotated[list[OrderState] | None, Parameter(query="state")] = None,
        strategy_id: str | None = None,
        client_order_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[bytes]:
        size = limit_of(limit)
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            filter=OrderFilter(
                account_id=account_id,
                symbol=symbol,
                states=frozenset(order_state) if order_state else None,
                strategy_id=strategy_id,
                client_order_id=client_order_id,
                after=after_of(cursor),
                limit=size + 1,
            ),
        )
        page = found[:size]
        more = page[-1].id if len(found) > size else None
        return answer(
            OrderPage(items=[order_view(one) for one in page], next_cursor=cursor_of(more))
        )

    @get(
        "/orders/{order_id:uuid}",
        summary="Show an order",
        responses=documented({200: ResponseSpec(OrderView)}, 400, 401, 404),
    )
    async def show(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        return answer(order_view(await facade.get(tenant_id=tenant_id, order_id=order_id)))

    return [list_orders, show]


def _telling(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/orders/{order_id:uuid}/events",
        summary="Show an order's whole history",
        responses=documented({200: ResponseSpec(EventList)}, 400, 401, 404),
    )
    async def events(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        found = await facade.events(tenant_id=tenant_id, order_id=order_id)
        return answer(EventList(items=[event_view(notice) for notice in found]))

    @get(
        "/orders/{order_id:uuid}/explanation",
        summary="Explain the gate's decision on an order",
        responses=documented({200: ResponseSpec(ExplanationView)}, 400, 401, 404),
    )
    async def explanation(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        tenant_id = principal_of(request).tenant_id
        said = await facade.explanation(tenant_id=tenant_id, order_id=order_id)
        return answer(
            explanation_view(
                said,
                reasons=[reason_view(reason) for reason in said.reasons],
                headroom=[headroom_view(one) for one in said.headroom],
            )
        )

    @get(
        "/fills",
        summary="List fills, newest first",
        responses=documented({200: ResponseSpec(FillPage)}, 400, 401),
    )
    async def fills(
        request: HttpRequest,
        account_id: UUID | None = None,
        order_id: UUID | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[bytes]:
        size = limit_of(limit)
        found = await facade.fills(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            order_id=order_id,
            limit=size + 1,
            after=after_of(cursor),
        )
        page = found[:size]
        more = page[-1].id if len(found) > size else None
        return answer(FillPage(items=[fill_view(one) for one in page], next_cursor=cursor_of(more)))

    return [events, explanation, fills]


def _changing(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    @patch(
        "/orders/{order_id:uuid}",
        summary="Replace an order's quantity and prices",
        responses=documented({200: ResponseSpec(OrderView)}, 400, 401, 403, 404, 409, 413),
    )
    async def replace(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_REPLACE)
        outcome = await facade.replace(asked.command(asker_of(request), order_id=order_id))
        match outcome:
            case Replacing():
                return answer(order_view(outcome.order))
            case ReplaceDenied():
                raise denied(outcome.reasons, order_ids=(str(outcome.order.id),))
            case NotChangeable():
                raise conflict(outcome.problem, slug="order-not-changeable")

    @delete(
        "/orders/{order_id:uuid}",
        summary="Cancel an order",
        status_code=200,
        responses=documented({200: ResponseSpec(OrderView)}, 400, 401, 404, 409),
    )
    async def cancel(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        outcome = await facade.cancel(asker=asker_of(request), order_id=order_id)
        if isinstance(outcome, NotChangeable):
            raise conflict(outcome.problem, slug="order-not-changeable")
        return answer(order_view(outcome.order))

    @post(
        "/orders/{order_id:uuid}/resolve",
        summary="Attest that the broker never had a parked order",
        status_code=200,
        responses=documented({200: ResponseSpec(OrderView)}, 400, 401, 404, 409, 413),
    )
    async def resolve(request: HttpRequest, order_id: UUID) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_RESOLVE)
        outcome = await facade.resolve(
            Attestation(asker=asker_of(request), order_id=order_id, reason=asked.reason)
        )
        if isinstance(outcome, NotChangeable):
            raise conflict(outcome.problem, slug="order-not-parked")
        return answer(order_view(outcome))

    return [replace, cancel, resolve]
