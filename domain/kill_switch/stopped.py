"""Say which orders of an account a latch stops, and which it lets rest."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.kill_switch.latch import Level, Scope, Target
from domain.orders.order import Order, Role
from domain.orders.terms import Side
from domain.shared.values import ZERO

_EXCLUSIVE = (Role.PEER, Role.TAKE_PROFIT, Role.STOP_LOSS)


def stopped_orders(book: AccountBook, *, scope: Scope, level: Level) -> frozenset[UUID]:
    """Return the orders, not closed, that a latch of the scope and level takes back.

    What the kill switch closes positions with is none of them. At `reducing` those rest on that
    only reduce a position, the earliest first, until together they would turn it.
    """
    covered = [
        order
        for order in book.orders.values()
        if not order.may_pass_halt and scope.covers(_target(order, book=book))
    ]
    if level is Level.HALTED:
        return frozenset(order.id for order in covered)
    kept = _kept(book)
    return frozenset(order.id for order in covered if order.id not in kept)


def _target(order: Order, *, book: AccountBook) -> Target:
    return Target(
        tenant_id=order.tenant_id,
        account_id=order.account_id,
        broker=book.account.broker,
        symbol=order.symbol,
        strategy_id=order.strategy_id,
    )


def _kept(book: AccountBook) -> set[UUID]:
    """Return the orders that only reduce: all of one side together no more than is held.

    Orders of one group, of which one's fill ends the others, count as the largest of them.
    """
    left = {symbol: abs(held.quantity) for symbol, held in book.positions.items()}
    kept: set[UUID] = set()
    for together in _groups(book.orders.values()):
        first = together[0]
        held = book.positions.get(first.symbol)
        if held is None or any(
            one.side is not _closing(held.quantity) or one.symbol != first.symbol
            for one in together
        ):
            continue
        most = max(_may_fill(one) for one in together)
        if most <= left[first.symbol]:
            left[first.symbol] -= most
            kept.update(one.id for one in together)
    return kept


def _may_fill(order: Order) -> Decimal:
    """Return what may still fill: until the venue answers either terms may be the true ones."""
    asked = order.pending_terms
    wanted = ZERO if asked is None else asked.quantity - order.filled_quantity
    return max(order.leaves_quantity, wanted)


def _groups(orders: Iterable[Order]) -> list[list[Order]]:
    """Return the orders, those of which one ends the others together, in the order they came."""
    groups: dict[tuple[UUID, Side], list[Order]] = {}
    for order in orders:
        link = order.link
        whose = order.id if link is None or link.role not in _EXCLUSIVE else link.group_id
        groups.setdefault((whose, order.side), []).append(order)
    return list(groups.values())


def _closing(held: Decimal) -> Side | None:
    if held == ZERO:
        return None
    return Side.SELL if held > ZERO else Side.BUY
