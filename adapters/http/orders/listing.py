"""Route the lists of orders, and one of them."""

from typing import Annotated

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.orders.schemas import OrderPage, OrderView, order_view
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    PathId,
    SymbolFilter,
    TextFilter,
    answer,
    granted_to,
    principal_of,
)
from application.orders.facade import OrderUseCases
from domain.identity.access import Permission
from domain.orders.states import OrderState
from ports.orders import OrderFilter


def listing_routes(facade: OrderUseCases) -> list[HTTPRouteHandler]:
    """Return GET /orders and /orders/{id}."""

    @get(
        "/orders",
        **described(
            "List orders, newest first",
            permission=Permission.ORDERS_READ,
            answers={200: OrderPage},
            problems=(400,),
        ),
    )
    async def list_orders(
        request: HttpRequest,
        account_id: IdFilter = None,
        symbol: SymbolFilter = None,
        states: Annotated[list[OrderState] | None, QueryParameter(name="state")] = None,
        strategy_id: TextFilter = None,
        client_order_id: TextFilter = None,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await facade.list(
            tenant_id=principal_of(request).tenant_id,
            filter=OrderFilter(
                account_id=account_id,
                accounts=granted_to(request),
                symbol=symbol,
                states=frozenset(states) if states else None,
                strategy_id=strategy_id,
                client_order_id=client_order_id,
                after=after_of(cursor),
                limit=limit + 1,
            ),
        )
        return paged(found, limit=limit, shown=order_view, page=OrderPage)

    @get(
        "/orders/{order_id:uuid}",
        **described(
            "Show an order",
            permission=Permission.ORDERS_READ,
            answers={200: OrderView},
            problems=(404,),
            shown=examples.ORDER_VIEW,
        ),
    )
    async def show(request: HttpRequest, order_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return answer(order_view(await facade.get(tenant_id=tenant_id, order_id=order_id)))

    return [list_orders, show]
