"""Choose which orders of an account may go out side by side with those on their way.

Every order counts in full for the gate from the moment that it was taken in, and the venue
takes each by itself: of orders on the same side of one symbol it does not matter which arrives
first. So these go out together. What does matter waits for the venue's answer to the orders
before it:

- the other side of the symbol: a sale may be of what the buy before it brings, and a venue that
  gets it first refuses it, or takes it for a short;
- a group: the fill of one of its orders may undo the others;
- a change of an order, of which at most one is under way by the order's own states.

What leads out has room of its own and waits for nothing that opens: cancels, what flattens,
and what reduces a position that the account holds already.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import ZERO

_ACCEPTED = OrderState.ACCEPTED
_CANCEL, _UPDATE = OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE


class Pool(StrEnum):
    """Whose room an order takes; neither pool takes the other's."""

    OPENING = "opening"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Send:
    """One order that goes out now, or is on its way, and of which pool."""

    order: Order
    pool: Pool


def choose_sends(
    book: AccountBook,
    *,
    on_their_way: Mapping[UUID, Send],
    besides: Collection[UUID],
    room: Mapping[Pool, int],
) -> list[Send]:
    """Return what may begin now, oldest first, no more of each pool than there is room for.

    besides are orders that went wrong by themselves: the others must not suffer for them.
    """
    chosen: list[Send] = []
    left = dict(room)
    # What later ones must wait for: what is on its way, and what has to wait itself.
    ahead = _Ahead()
    for send in on_their_way.values():
        ahead.add(send)
    for order in book.orders.values():
        # Most of a book rests at the venue: passed by as cheaply as can be.
        state = order.state
        if state is not _ACCEPTED and state is not _CANCEL and state is not _UPDATE:
            continue
        if not order.is_to_send or order.id in on_their_way or order.id in besides:
            continue
        pool = pool_of(order, book=book)
        if pool is Pool.OPENING and left[pool] <= 0 and order.link is None:
            # It may not go, and what opens and could be held by it may not either.
            continue
        send = Send(order, pool)
        may_go = left[send.pool] > 0 and not ahead.holds(send)
        # Also one that waits is ahead of those after it.
        ahead.add(send)
        if may_go:
            left[send.pool] -= 1
            chosen.append(send)
    return chosen


def pool_of(order: Order, *, book: AccountBook) -> Pool:
    """Tell of which pool the order is: whether it only reduces what is held already."""
    if order.state is OrderState.PENDING_CANCEL or order.may_pass_halt:
        return Pool.LEAVING
    if order.state is not OrderState.ACCEPTED:
        return Pool.OPENING
    position = book.positions.get(order.symbol)
    if position is None:
        return Pool.OPENING
    held = position.quantity
    closes = held < ZERO if order.side is Side.BUY else held > ZERO
    return Pool.LEAVING if closes and order.leaves_quantity <= abs(held) else Pool.OPENING


class _Ahead:
    """The orders before one, by what could make it wait."""

    def __init__(self) -> None:
        self._groups: set[UUID] = set()
        # Symbols and sides of what opens.
        self._opening: set[tuple[str, Side]] = set()

    def add(self, send: Send) -> None:
        order = send.order
        if _is_cancel(order):
            return
        if order.link is not None:
            self._groups.add(order.link.group_id)
        if send.pool is Pool.OPENING:
            self._opening.add((order.symbol, order.side))

    def holds(self, send: Send) -> bool:
        order = send.order
        if _is_cancel(order) or order.may_pass_halt:
            return False
        if order.link is not None and order.link.group_id in self._groups:
            return True
        if send.pool is Pool.LEAVING:
            return False
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        return (order.symbol, other) in self._opening


def _is_cancel(order: Order) -> bool:
    return order.state is OrderState.PENDING_CANCEL
