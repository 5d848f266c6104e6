"""Work out, without the gate's code, whether an acceptance has spent more than it may."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from domain.accounts.account import AccountKind
from domain.accounts.book import AccountBook
from domain.orders.order import Order, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import ZERO

_EXITS = (Role.TAKE_PROFIT, Role.STOP_LOSS)


def broken_limit(
    before: AccountBook,
    book: AccountBook,
    *,
    limit: Decimal | None,
    orders: Mapping[UUID, Order],
) -> str | None:
    """Return the limit that orders accepted or enlarged by this change overspend, if any.

    limit is in units of one symbol; orders are all that are stored, the closed ones too.
    """
    if before.orders is book.orders:
        return None
    for order in book.orders.values():
        known = before.orders.get(order.id)
        if (
            known is not None
            and known.waiting
            and not order.waiting
            and _of_one_unit(order, orders)
        ):
            problem = _outgrown(order, orders=orders)
            if problem is not None:
                return problem
        if order.origin is not Origin.CLIENT or order.waiting:
            # What waits undoes its entry; how much that was is seen when it is let go.
            continue
        if not _is_acceptance(known, order):
            continue
        problem = _overspent(book, order, limit=limit)
        if problem is not None:
            return problem
    return None


def _is_acceptance(known: Order | None, order: Order) -> bool:
    """Tell whether the gate has just let the order, or a larger size of it, pass.

    What venues do counts for no acceptance: late fills, OCO peers that both fill, replaces
    that take effect after all. The next acceptance must reckon with them.
    """
    if known is None:
        return order.state is OrderState.ACCEPTED
    if known.market_at != order.market_at:
        # A split restated it: it stands for what it stood for.
        return False
    if order.state is OrderState.ACCEPTED:
        return order.terms.quantity > known.terms.quantity
    asked = order.pending_terms
    return (
        asked is not None and known.pending_terms is None and asked.quantity > order.terms.quantity
    )


def _of_one_unit(order: Order, orders: Mapping[UUID, Order]) -> bool:
    """Tell whether a child counts in the units in which its entry filled: no split between."""
    parent = None if order.link is None else orders.get(order.link.parent_id or order.id)
    return parent is None or parent.market_at == order.market_at


def _outgrown(order: Order, *, orders: Mapping[UUID, Order]) -> str | None:
    """Say that a child let go would undo more than its entry has done."""
    parent = None if order.link is None else orders.get(order.link.parent_id or order.id)
    if parent is None or parent.symbol != order.symbol or parent.side is order.side:
        return None
    if order.leaves_quantity <= parent.filled_quantity:
        return None
    return (
        f"{order.client_order_id} of {order.leaves_quantity} {order.symbol} is let go, "
        f"its entry filled {parent.filled_quantity}"
    )


def _overspent(book: AccountBook, order: Order, *, limit: Decimal | None) -> str | None:
    buying = order.side is Side.BUY
    after = _after(book, order)
    if not opens(book, order):
        return None
    if limit is not None and abs(after) > limit:
        return f"{order.symbol} could become {after} units, {limit} allowed"
    if book.account.kind is AccountKind.CASH:
        if not buying and after < ZERO:
            return f"a cash account could be short {after} {order.symbol}"
        if buying and _spent(book) > book.settled_cash:
            return f"buys could spend {_spent(book)} of {book.settled_cash} cash"
    return None


def opens(book: AccountBook, order: Order) -> bool:
    """Tell whether the order, with all that rests on its side, could do more than reduce."""
    held, after = book.position(order.symbol).quantity, _after(book, order)
    reduces = (after >= ZERO) if held > ZERO else (held < ZERO and after <= ZERO)
    return not (reduces and abs(after) <= abs(held))


def _after(book: AccountBook, order: Order) -> Decimal:
    held = book.position(order.symbol).quantity
    resting = _worst(book, symbol=order.symbol, side=order.side)
    return held + resting if order.side is Side.BUY else held - resting


def _worst(book: AccountBook, *, symbol: str, side: Side) -> Decimal:
    """Return the units that may still trade on one side: of OCO peers, only the largest."""
    alone, grouped = _split(
        order for order in book.orders.values() if order.symbol == symbol and order.side is side
    )
    total = sum((order.leaves_quantity for order in alone), ZERO)
    return total + sum(
        (max(peer.leaves_quantity for peer in peers) for peers in grouped.values()), ZERO
    )


def _spent(book: AccountBook) -> Decimal:
    alone, grouped = _split(order for order in book.orders.values() if order.side is Side.BUY)
    total = sum((_cost(order) for order in alone), ZERO)
    return total + sum((max(_cost(peer) for peer in peers) for peers in grouped.values()), ZERO)


def _cost(order: Order) -> Decimal:
    """Return what it may cost: by the terms that it has, or by those that it is to have."""
    reserved = order.reserved_price or ZERO
    now = (order.terms.quantity - order.filled_quantity) * reserved
    if order.pending_terms is None:
        return now
    price = order.pending_price if order.pending_price is not None else reserved
    return max(now, (order.pending_terms.quantity - order.filled_quantity) * price)


def _split(orders: Iterable[Order]) -> tuple[list[Order], dict[UUID, list[Order]]]:
    alone: list[Order] = []
    grouped: dict[UUID, list[Order]] = {}
    for order in orders:
        if _is_waiting_exit(order):
            continue
        if order.link is not None and order.link.cancels_peers:
            grouped.setdefault(order.link.group_id, []).append(order)
        else:
            alone.append(order)
    return alone, grouped


def _is_waiting_exit(order: Order) -> bool:
    return order.waiting and order.link is not None and order.link.role in _EXITS
