"""Route what is read of orders beyond themselves: history, explanation, fills."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.orders.history import (
    EventList,
    ExplanationView,
    FillPage,
    event_view,
    explanation_view,
    fill_view,
)
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    PathId,
    answer,
    granted_to,
    headroom_view,
    principal_of,
    reason_view,
)
from application.orders.facade import OrderUseCases
from domain.identity.access import Permission


def reading_routes(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    """Return /orders/{id}/events, /orders/{id}/explanation and /fills."""

    @get(
        "/orders/{order_id:uuid}/events",
        **described(
            "Show an order's whole history",
            permission=Permission.ORDERS_READ,
            answers={200: EventList},
            problems=(404,),
        ),
    )
    async def events(request: HttpRequest, order_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        found = await facade.events(tenant_id=tenant_id, order_id=order_id)
        return answer(EventList(items=[event_view(notice) for notice in found]))

    @get(
        "/orders/{order_id:uuid}/explanation",
        **described(
            "Explain the gate's decision on an order: each rule, its inputs, limit and headroom",
            permission=Permission.ORDERS_READ,
            answers={200: ExplanationView},
            problems=(404,),
        ),
    )
    async def explanation(request: HttpRequest, order_id: PathId) -> Answer:
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
        **described(
            "List fills, newest first",
            permission=Permission.ORDERS_READ,
            answers={200: FillPage},
            problems=(400,),
        ),
    )
    async def fills(
        request: HttpRequest,
        account_id: IdFilter = None,
        order_id: IdFilter = None,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await facade.fills(
            tenant_id=principal_of(request).tenant_id,
            account_id=account_id,
            order_id=order_id,
            accounts=granted_to(request),
            limit=limit + 1,
            after=after_of(cursor),
        )
        return paged(found, limit=limit, shown=fill_view, page=FillPage)

    return [events, explanation, fills]
