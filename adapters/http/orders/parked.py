"""Route what is asked of parked orders: which there are, and a person's word on them."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.orders.schemas import OrderView, order_view
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.permissions import reach
from adapters.http.wire import (
    Answer,
    HttpRequest,
    IdFilter,
    Sentence,
    SymbolFilter,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    principal_of,
    text_of,
)
from application.orders.attest_many import (
    ORDERS_MAX,
    AttestedOrder,
    AttestedOutcome,
    AttestMany,
    Settling,
)
from application.orders.cancel import OrderNotFound
from application.orders.facade import OrderUseCases
from application.orders.list_parked import Parked
from application.orders.look_at_venue import VenueAnswer
from domain.identity.access import Permission
from domain.shared.texts import id_text
from ports.idempotency import IdempotencyKeys
from ports.orders import OrderFilter


class BrokerSighting(StrEnum):
    """Whether the broker has the order."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NOT_ASKED = "not_asked"  # it did not answer: that proves nothing


class VenueAnswerView(msgspec.Struct, kw_only=True):
    """What the broker says now of the order's id; same_terms tells of its quantity and prices."""

    seen: BrokerSighting
    state: str | None
    filled_quantity: str
    same_terms: bool
    problem: str


class ParkedView(msgspec.Struct, kw_only=True):
    """A parked order, and the broker's own answer beside it."""

    order: OrderView
    venue: VenueAnswerView


class ParkedPage(msgspec.Struct):
    """A page of parked orders, newest first."""

    items: list[ParkedView]
    next_cursor: str | None


class AttestBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person's word on parked orders, and how they know.

    outcome absent: the broker never had the order, or never had the replace that is parked.
    """

    order_ids: Annotated[list[UUID], Meta(min_length=1, max_length=ORDERS_MAX)]
    outcome: AttestedOutcome
    reason: Sentence


class SettledView(msgspec.Struct, kw_only=True):
    """What became of one order: settled, was_settled before, refused with why, or not_found."""

    order_id: str
    result: Settling
    state: str | None
    problem: str


class SettledList(msgspec.Struct):
    """What became of each, in the order asked."""

    items: list[SettledView]


_ATTEST = msgspec.json.Decoder(AttestBody)


def parked_routes(facade: OrderUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    """Return GET /orders/parked and POST /orders/attest."""

    @get(
        "/orders/parked",
        **described(
            "List parked orders, each with what the broker says of it now",
            permission=Permission.ORDERS_READ,
            answers={200: ParkedPage},
            problems=(400,),
        ),
    )
    async def parked(
        request: HttpRequest,
        account_id: IdFilter = None,
        symbol: SymbolFilter = None,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Cursor = None,
    ) -> Answer:
        found = await facade.parked(
            tenant_id=principal_of(request).tenant_id,
            filter=OrderFilter(
                account_id=account_id,
                accounts=granted_to(request),
                symbol=symbol,
                after=after_of(cursor),
                limit=limit + 1,
            ),
        )
        return paged(found, limit=limit, shown=_parked_view, page=ParkedPage)

    @post(
        "/orders/attest",
        **described(
            "Attest that the broker never had parked orders, each answered for itself",
            permission=Permission.ORDERS_TRADE,
            body=AttestBody,
            answers={200: SettledList},
            problems=(404,),
            example={
                "order_ids": [examples.ORDER_ID],
                "outcome": "absent",
                "reason": "the broker's desk confirms that no such order arrived",
            },
            idempotent=True,
        ),
    )
    async def attest(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_ATTEST)
        await _reach_each(facade, request, order_ids=asked.order_ids)

        async def work() -> tuple[int, bytes]:
            settled = await facade.attest(
                AttestMany(
                    asker=asker_of(request),
                    order_ids=tuple(asked.order_ids),
                    outcome=asked.outcome,
                    reason=asked.reason,
                    accounts=granted_to(request),
                )
            )
            return 200, encode(SettledList(items=[_settled_view(one) for one in settled]))

        return await once(request, keys=keys, body=body, work=work)

    return [parked, attest]


async def _reach_each(
    facade: OrderUseCases, request: HttpRequest, *, order_ids: list[UUID]
) -> None:
    """Raise the problem of an order that may be seen but not touched, or where none is there."""
    access = principal_of(request).access
    there = False
    for order_id in order_ids:
        try:
            order = await facade.get(tenant_id=principal_of(request).tenant_id, order_id=order_id)
        except OrderNotFound:
            continue
        if access.sees(order.account_id):
            reach(request.scope["state"], account_id=order.account_id)
            there = True
    if not there:
        raise OrderNotFound(order_ids[0])


def _parked_view(one: Parked) -> ParkedView:
    return ParkedView(order=order_view(one.order), venue=_venue_view(one.answer))


def _venue_view(said: VenueAnswer) -> VenueAnswerView:
    seen = BrokerSighting.FOUND if said.state is not None else BrokerSighting.NOT_FOUND
    return VenueAnswerView(
        seen=BrokerSighting.NOT_ASKED if said.problem is not None else seen,
        state=said.state,
        filled_quantity=text_of(said.filled),
        same_terms=said.as_before,
        problem=said.problem or "",
    )


def _settled_view(one: AttestedOrder) -> SettledView:
    return SettledView(
        order_id=id_text(one.order_id),
        result=one.settling,
        state=one.state,
        problem=one.problem,
    )
