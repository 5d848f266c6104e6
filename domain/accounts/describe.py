"""Describe orders, fills and positions as plain text values, for notices."""

from decimal import Decimal

from domain.accounts.positions import Position
from domain.orders.order import Fill, Order
from domain.shared.texts import id_text, number_text
from domain.shared.values import plain


def describe_order(order: Order) -> dict[str, str]:
    """List what a reader of the orders stream needs to show the order."""
    terms = order.terms
    said = {
        "order_id": id_text(order.id),
        "account_id": id_text(order.account_id),
        "client_order_id": order.client_order_id,
        "symbol": terms.symbol,
        "side": terms.side,
        "type": terms.type,
        "quantity": number_text(terms.quantity),
        "time_in_force": terms.time_in_force,
        "state": order.state,
        "filled_quantity": plain(order.filled_quantity),
        "origin": order.origin,
    }
    _add(said, "limit_price", terms.limit_price)
    _add(said, "stop_price", terms.stop_price)
    if order.filled_quantity:
        _add(said, "average_price", order.average_price)
    if order.strategy_id is not None:
        said["strategy_id"] = order.strategy_id
    if order.venue_order_id is not None:
        said["venue_order_id"] = order.venue_order_id
    if order.reason:
        said["reason"] = order.reason
    return said


def describe_fill(fill: Fill) -> dict[str, str]:
    """List what a reader of the fills stream needs."""
    return {
        "fill_id": str(fill.id),
        "trade_id": fill.trade_id,
        "order_id": str(fill.order_id),
        "symbol": fill.symbol,
        "side": fill.side.value,
        "quantity": plain(fill.quantity),
        "price": plain(fill.price),
        "commission": plain(fill.commission),
        "currency": fill.currency,
    }


def describe_booked(
    fill: Fill, *, value: Decimal, made: Decimal, order: Order | None
) -> dict[str, str]:
    """List what is told of a fill when it is booked: its worth and what it realised, too."""
    said = describe_fill(fill) | {"value": plain(value), "realised_pnl": plain(made)}
    if order is not None and order.strategy_id is not None:
        said["strategy_id"] = order.strategy_id
    return said


def describe_position(position: Position) -> dict[str, str]:
    """List what a reader of the positions stream needs."""
    said = {
        "symbol": position.symbol,
        "quantity": plain(position.quantity),
        "cost": plain(position.cost),
        "realised_pnl": plain(position.realised_pnl),
        "commissions": plain(position.commissions),
    }
    _add(said, "average_cost", position.average_cost)
    return said


def _add(said: dict[str, str], name: str, value: Decimal | None) -> None:
    if value is not None:
        said[name] = plain(round(value, 10))
