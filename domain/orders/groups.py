"""Say what a change of one order means for the others of its group."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from domain.orders.events import OrderEventType
from domain.orders.moves import Move, MoveTimes, event_of, request_cancel, want_cancel
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms

_EXITS = (Role.TAKE_PROFIT, Role.STOP_LOSS)
_WAITING_ROLES = (Role.CHILD, *_EXITS)
_PEER_FILLED = "another order of its group filled"
_WANTED = "its cancel was wanted while it was in flight"
_ENTRY_UNDONE = "the orders before it undo all that its entry filled"
# A cancel can be asked for from here; unsure orders are resolved first.
CANCELABLE = frozenset(
    {
        OrderState.ACCEPTED,
        OrderState.WORKING,
        OrderState.TRIGGERED,
        OrderState.PARTIALLY_FILLED,
        OrderState.PENDING_UPDATE,
    }
)

# Behind these wait the orders of their symbol that could open more.
IN_DOUBT = frozenset({OrderState.PARKED, OrderState.UNKNOWN})


def is_cancelable(order: Order) -> bool:
    """Tell whether a cancel can be asked for: also while it is a replace that is parked."""
    return order.state in CANCELABLE or order.has_parked_replace


def consequences(order: Order, *, live: Mapping[UUID, Order], when: MoveTimes) -> tuple[Move, ...]:
    """Return the moves that a moved order causes within its group.

    OCO: the first fill, even a partial one, cancels the peers. Bracket exits are
    reduce-only and stay until one of them has filled whole: a partly filled target keeps
    its stop. An entry that is done releases its children, at the size that it reached;
    an entry that ends without a fill takes them along. A peer that may or may not be at the
    venue is cancelled once it is found there.
    """
    link = order.link
    if order.cancel_wanted and is_cancelable(order):
        return (request_cancel(order, reason=_WANTED, when=when),)
    if link is None:
        return ()
    others = [
        other
        for other in live.values()
        if other.id != order.id and other.link is not None and other.link.group_id == link.group_id
    ]
    if link.role is Role.ENTRY:
        return tuple(_after_entry(order, children=others, when=when))
    done = order.state is OrderState.FILLED
    if link.role is Role.PEER and (done or order.filled_quantity):
        return tuple(_cancel(others, roles=(Role.PEER,), when=when))
    if link.role in _EXITS and done:
        return tuple(_cancel(others, roles=_EXITS, when=when))
    return ()


def hold_back(order: Order, *, reason: str, when: MoveTimes) -> Move:
    """Keep an accepted order from going out until nothing in its symbol is parked any more."""
    held = replace(order, waiting=True, reason=reason, updated_at=when.at)
    told = event_of(held, type=OrderEventType.WAITING, when=when, detail=(("reason", reason),))
    return Move(order=held, events=(told,))


def let_on(
    before: Order, after: Order, *, live: Mapping[UUID, Order], when: MoveTimes
) -> tuple[Move, ...]:
    """Return the moves of what waited behind an order that is in doubt no more.

    Nothing goes on while another order of the symbol is parked. What waits for its entry
    goes on waiting for that.
    """
    if before.state not in IN_DOUBT or after.state in IN_DOUBT:
        return ()
    here = [order for order in live.values() if order.symbol == after.symbol]
    if any(order.state is OrderState.PARKED for order in here):
        return ()
    moves: list[Move] = []
    for order in here:
        if not order.waiting or _waits_for_entry(order, live=live):
            continue
        released = replace(order, waiting=False, reason="", updated_at=when.at)
        told = event_of(released, type=OrderEventType.RELEASED, when=when)
        moves.append(Move(order=released, events=(told,)))
    return tuple(moves)


def _waits_for_entry(order: Order, *, live: Mapping[UUID, Order]) -> bool:
    if order.link is None or order.link.role not in _WAITING_ROLES:
        return False
    return any(
        other.link is not None
        and other.link.group_id == order.link.group_id
        and other.link.role is Role.ENTRY
        for other in live.values()
    )


def _cancel(orders: Iterable[Order], *, roles: tuple[Role, ...], when: MoveTimes) -> Iterable[Move]:
    for other in orders:
        if other.link is None or other.link.role not in roles:
            continue
        if is_cancelable(other):
            yield request_cancel(other, reason=_PEER_FILLED, when=when)
        elif other.is_unsure and not other.cancel_wanted:
            yield want_cancel(other, reason=_PEER_FILLED, when=when)


def _after_entry(entry: Order, *, children: Iterable[Order], when: MoveTimes) -> Iterable[Move]:
    if not entry.is_closed:
        return
    waiting = [
        child
        for child in children
        if child.waiting and child.link is not None and child.link.role in _WAITING_ROLES
    ]
    left = entry.filled_quantity
    for child in waiting:
        if not entry.filled_quantity:
            yield request_cancel(child, reason="its entry ended without a fill", when=when)
            continue
        terms = child.terms
        if child.symbol == entry.symbol and child.side is not entry.side:
            # The gate let it pass because it undoes the entry: no more than that may go out,
            # and of a bracket's exits only one fills, but of several children all can.
            if not left:
                yield request_cancel(child, reason=_ENTRY_UNDONE, when=when)
                continue
            terms = shrunk(terms, quantity=left)
            if child.link is not None and child.link.role is Role.CHILD:
                left -= terms.quantity
        released = replace(child, waiting=False, terms=terms, updated_at=when.at)
        told = event_of(released, type=OrderEventType.RELEASED, when=when)
        yield Move(order=released, events=(told,))


def shrunk(terms: OrderTerms, *, quantity: Decimal) -> OrderTerms:
    """Return the terms with at most that quantity, and no more of it shown."""
    if terms.quantity <= quantity:
        return terms
    shown = terms.display_quantity
    return replace(
        terms,
        quantity=quantity,
        display_quantity=None if shown is None else min(shown, quantity),
    )
