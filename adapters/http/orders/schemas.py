"""Show orders on the wire, and read what is asked of them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.reading import Amount
from adapters.http.wire import (
    Sentence,
    Symbol,
    Text,
    id_of,
    moment,
    rounded,
    text_of,
    time_of,
)
from application.orders.commands import (
    Asker,
    GroupKind,
    OrderRequest,
    ReplaceOrder,
    SubmitOrder,
)
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.frozen import builder
from domain.shared.texts import id_text
from domain.shared.values import inside

_terms = builder(OrderTerms)

ClientOrderId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]*$")]


class LegBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The terms of one order; decimals as strings or numbers."""

    symbol: Symbol
    side: Side
    type: OrderType
    quantity: Annotated[Amount, Meta(examples=["10"])]
    limit_price: Amount | None = None
    stop_price: Amount | None = None
    trail: Amount | None = None
    trail_kind: TrailKind | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    expires_at: datetime | None = None
    client_order_id: ClientOrderId | None = None
    post_only: bool = False
    reduce_only: bool = False
    display_quantity: Amount | None = None

    def request(self) -> OrderRequest:
        """Return the order asked for; raises InvalidValue."""
        return OrderRequest(
            terms=_terms(
                symbol=self.symbol,
                side=self.side,
                type=self.type,
                quantity=self.quantity,
                limit_price=self.limit_price,
                stop_price=self.stop_price,
                trail=self.trail,
                trail_kind=self.trail_kind,
                time_in_force=self.time_in_force,
                expires_at=self.expires_at,
                post_only=self.post_only,
                reduce_only=self.reduce_only,
                display_quantity=self.display_quantity,
            ),
            client_order_id=self.client_order_id,
        )


class OrderBody(LegBody, kw_only=True):
    """One order for one account."""

    account_id: UUID
    strategy_id: Text | None = None

    def command(self, asker: Asker) -> SubmitOrder:
        """Return the command; raises InvalidValue."""
        return SubmitOrder(
            asker=asker,
            account_id=self.account_id,
            orders=(self.request(),),
            strategy_id=self.strategy_id,
        )


class GroupBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Orders that stand or fall together: oco peers, oto entry and children, a bracket."""

    account_id: UUID
    group: GroupKind
    orders: Annotated[list[LegBody], Meta(min_length=2, max_length=5)]
    strategy_id: Text | None = None

    def command(self, asker: Asker) -> SubmitOrder:
        """Return the command; raises InvalidValue."""
        return SubmitOrder(
            asker=asker,
            account_id=self.account_id,
            orders=tuple(_leg(leg, index=index) for index, leg in enumerate(self.orders)),
            group=self.group,
            strategy_id=self.strategy_id,
        )


def _leg(leg: LegBody, *, index: int) -> OrderRequest:
    with inside(f"orders[{index}]"):
        return leg.request()


class ReplaceBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change of an order; fields left out stay as they are."""

    quantity: Amount | None = None
    limit_price: Amount | None = None
    stop_price: Amount | None = None
    trail: Amount | None = None

    def command(self, asker: Asker, *, order_id: UUID) -> ReplaceOrder:
        """Return the command."""
        return ReplaceOrder(
            asker=asker,
            order_id=order_id,
            quantity=self.quantity,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            trail=self.trail,
        )


class CancelAllBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which orders to cancel: all of the tenant, of an account, of a symbol."""

    account_id: UUID | None = None
    symbol: Symbol | None = None


class ResolveBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person's word that the broker does not have a parked order, and how they know."""

    reason: Sentence


class OrderView(msgspec.Struct, kw_only=True):
    """An order as it stands."""

    id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    quantity: str
    limit_price: str | None
    stop_price: str | None
    trail: str | None
    trail_kind: str | None
    time_in_force: str
    expires_at: str | None
    post_only: bool
    reduce_only: bool
    display_quantity: str | None
    state: str
    filled_quantity: str
    leaves_quantity: str
    average_price: str | None
    strategy_id: str | None
    origin: str
    group_id: str | None
    role: str | None
    parent_id: str | None
    waiting: bool
    venue_order_id: str | None
    reason: str
    accepted_at: str
    updated_at: str
    market_at: str


def order_view(order: Order) -> OrderView:
    """Show an order."""
    terms, link = order.terms, order.link
    return OrderView(
        id=id_text(order.id),
        account_id=id_text(order.account_id),
        client_order_id=order.client_order_id,
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        quantity=text_of(terms.quantity),
        limit_price=text_of(terms.limit_price),
        stop_price=text_of(terms.stop_price),
        trail=text_of(terms.trail),
        trail_kind=terms.trail_kind.value if terms.trail_kind is not None else None,
        time_in_force=terms.time_in_force,
        expires_at=time_of(terms.expires_at),
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        display_quantity=text_of(terms.display_quantity),
        state=order.state,
        filled_quantity=text_of(order.filled_quantity),
        leaves_quantity=text_of(order.leaves_quantity),
        average_price=rounded(order.average_price),
        strategy_id=order.strategy_id,
        origin=order.origin,
        group_id=id_of(link.group_id) if link is not None else None,
        role=link.role.value if link is not None else None,
        parent_id=id_of(link.parent_id) if link is not None else None,
        waiting=order.waiting,
        venue_order_id=order.venue_order_id,
        reason=order.reason,
        accepted_at=moment(order.accepted_at),
        updated_at=moment(order.updated_at),
        market_at=moment(order.market_at),
    )


class OrderPage(msgspec.Struct):
    """A page of orders, newest first."""

    items: list[OrderView]
    next_cursor: str | None


class GroupView(msgspec.Struct):
    """The orders of a group, in the order they were asked for."""

    group_id: str | None
    orders: list[OrderView]


class CanceledView(msgspec.Struct):
    """The orders for which a cancel was asked."""

    canceled: int
    orders: list[OrderView]
