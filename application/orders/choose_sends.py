"""Choose which orders of an account may go out side by side with those on their way.

Every order counts in full for the gate from the moment that it was taken in, and the venue
takes each by itself: of orders on the same side of one symbol it does not matter which arrives
first. So these go out together. What does matter waits for the venue's answer to the orders
before it:

- the other side of the symbol: a sale may be of what the buy before it brings, and a venue that
  gets it first refuses it, or takes it for a short;
- a group: the fill of one of its orders may undo the others;
- a change of an order, of which at most one is under way by the order's own states.

What leads out has a way of its own and waits for nothing that opens: cancels, what flattens,
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


class Way(StrEnum):
    """By which way an order goes; neither waits for the other's room."""

    OPENING = "opening"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Going:
    """One order that goes out now, or is on its way, and by which way."""

    order: Order
    way: Way


def choose_sends(
    book: AccountBook,
    *,
    on_their_way: Mapping[UUID, Going],
    besides: Collection[UUID],
    room: Mapping[Way, int],
) -> list[Going]:
    """Return what may begin now, oldest first, no more by each way than there is room for.

    besides are orders that went wrong by themselves: the others must not suffer for them.
    """
    chosen: list[Going] = []
    left = dict(room)
    # What later ones must wait for: what is on its way, and what has to wait itself.
    ahead = _Ahead()
    for going in on_their_way.values():
        ahead.add(going)
    for order in book.orders.values():
        # Most of a book rests at the venue: passed by as cheaply as can be.
        state = order.state
        if state is not _ACCEPTED and state is not _CANCEL and state is not _UPDATE:
            continue
        if not order.is_to_send or order.id in on_their_way or order.id in besides:
            continue
        way = way_of(order, book=book)
        if way is Way.OPENING and left[way] <= 0 and order.link is None:
            # It may not go, and what opens and could be held by it may not either.
            continue
        going = Going(order, way)
        may_go = left[going.way] > 0 and not ahead.holds(going)
        # Also one that waits is ahead of those after it.
        ahead.add(going)
        if may_go:
            left[going.way] -= 1
            chosen.append(going)
    return chosen


def way_of(order: Order, *, book: AccountBook) -> Way:
    """Tell by which way the order goes: whether it only reduces what is held already."""
    if order.state is OrderState.PENDING_CANCEL or order.may_pass_halt:
        return Way.LEAVING
    if order.state is not OrderState.ACCEPTED:
        return Way.OPENING
    position = book.positions.get(order.symbol)
    if position is None:
        return Way.OPENING
    held = position.quantity
    closes = held < ZERO if order.side is Side.BUY else held > ZERO
    return Way.LEAVING if closes and order.leaves_quantity <= abs(held) else Way.OPENING


class _Ahead:
    """The orders before one, by what could make it wait."""

    def __init__(self) -> None:
        self._groups: set[UUID] = set()
        # Symbols and sides of what opens.
        self._opening: set[tuple[str, Side]] = set()

    def add(self, going: Going) -> None:
        order = going.order
        if _is_cancel(order):
            return
        if order.link is not None:
            self._groups.add(order.link.group_id)
        if going.way is Way.OPENING:
            self._opening.add((order.symbol, order.side))

    def holds(self, going: Going) -> bool:
        order = going.order
        if _is_cancel(order) or order.may_pass_halt:
            return False
        if order.link is not None and order.link.group_id in self._groups:
            return True
        if going.way is Way.LEAVING:
            return False
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        return (order.symbol, other) in self._opening


def _is_cancel(order: Order) -> bool:
    return order.state is OrderState.PENDING_CANCEL
