"""Turn orders into rows and back; the column order is the table's."""

import json
from decimal import Decimal
from typing import Any

from adapters.postgres.link.numbers import exact, exact_or_none
from adapters.postgres.rows import Row, plain_id
from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import plain
from ports.storage import StorageCorrupt


def order_row(order: Order) -> tuple[Any, ...]:
    """Return the order in the column order of the table orders."""
    terms, link = order.terms, order.link
    pending = order.pending_terms
    return (
        order.id,
        order.tenant_id,
        order.account_id,
        order.client_order_id,
        terms.symbol,
        terms.side,
        terms.type,
        terms.quantity,
        terms.limit_price,
        terms.stop_price,
        terms.trail,
        terms.trail_kind,
        terms.time_in_force,
        terms.expires_at,
        terms.post_only,
        terms.reduce_only,
        terms.display_quantity,
        order.state,
        order.accepted_at,
        order.updated_at,
        order.market_at,
        order.strategy_id,
        order.actor,
        order.origin,
        link.group_id if link is not None else None,
        link.role if link is not None else None,
        link.parent_id if link is not None else None,
        order.filled_quantity,
        order.filled_notional,
        order.venue_order_id,
        order.waiting,
        order.reserved_price,
        _pending_text(order) if pending is not None else None,
        order.settled_state,
        order.sent_at,
        order.request_sent,
        order.cancel_wanted,
        order.reason,
    )


def order_of(row: Row) -> Order:
    """Return the order of a row; raise StorageCorrupt when it makes no valid one."""
    try:
        return _order_of(row)
    except ValueError as problem:
        raise StorageCorrupt(f"order {row['id']} is stored broken: {problem}") from problem


def _order_of(row: Row) -> Order:
    terms = OrderTerms(
        symbol=row["symbol"],
        side=Side(row["side"]),
        type=OrderType(row["type"]),
        quantity=exact(row["quantity"]),
        limit_price=exact_or_none(row["limit_price"]),
        stop_price=exact_or_none(row["stop_price"]),
        trail=exact_or_none(row["trail"]),
        trail_kind=TrailKind(row["trail_kind"]) if row["trail_kind"] else None,
        time_in_force=TimeInForce(row["time_in_force"]),
        expires_at=row["expires_at"],
        post_only=row["post_only"],
        reduce_only=row["reduce_only"],
        display_quantity=exact_or_none(row["display_quantity"]),
    )
    group = row["group_id"]
    link = None
    if group is not None:
        link = GroupLink(group_id=group, role=Role(row["role"]), parent_id=row["parent_id"])
    pending, settled = row["pending_terms"], row["settled_state"]
    return Order(
        id=plain_id(row["id"]),
        tenant_id=plain_id(row["tenant_id"]),
        account_id=plain_id(row["account_id"]),
        client_order_id=row["client_order_id"],
        terms=terms,
        accepted_at=row["accepted_at"],
        updated_at=row["updated_at"],
        market_at=row["market_at"],
        state=OrderState(row["state"]),
        strategy_id=row["strategy_id"],
        actor=row["actor"],
        origin=Origin(row["origin"]),
        link=link,
        filled_quantity=exact(row["filled_quantity"]),
        filled_notional=exact(row["filled_notional"]),
        venue_order_id=row["venue_order_id"],
        waiting=row["waiting"],
        reserved_price=exact_or_none(row["reserved_price"]),
        pending_terms=_terms_of(pending, terms) if pending is not None else None,
        pending_price=_price_of(pending) if pending is not None else None,
        settled_state=OrderState(settled) if settled is not None else None,
        sent_at=row["sent_at"],
        request_sent=row["request_sent"],
        cancel_wanted=row["cancel_wanted"],
        reason=row["reason"],
    )


_REPLACED = ("quantity", "limit_price", "stop_price", "trail", "display_quantity")


def _pending_text(order: Order) -> str:
    values = [(name, getattr(order.pending_terms, name)) for name in _REPLACED]
    values.append(("price", order.pending_price))
    return json.dumps({name: plain(value) for name, value in values if value is not None})


def _price_of(text: str) -> Decimal | None:
    # A replace that was asked for under an earlier version has none.
    price = json.loads(text).get("price")
    return None if price is None else Decimal(price)


def _terms_of(text: str, terms: OrderTerms) -> OrderTerms:
    said = {name: Decimal(value) for name, value in json.loads(text).items()}
    return OrderTerms(
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        quantity=said["quantity"],
        limit_price=said.get("limit_price"),
        stop_price=said.get("stop_price"),
        trail=said.get("trail"),
        trail_kind=terms.trail_kind,
        time_in_force=terms.time_in_force,
        expires_at=terms.expires_at,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        display_quantity=said.get("display_quantity"),
    )
