"""Move an order from state to state; every move is checked against the table."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.market.prices import Split
from domain.orders.events import OrderEvent, OrderEventType
from domain.orders.order import Fill, Order
from domain.orders.splits import rounded
from domain.orders.states import CLOSED, IllegalTransition, OrderState, is_legal
from domain.orders.terms import OrderTerms
from domain.shared.frozen import builder, changer
from domain.shared.values import CENT, plain

_REQUESTED = frozenset({OrderState.PENDING_CANCEL, OrderState.PENDING_UPDATE})
# Where an unanswered replace goes on counting.
_UNANSWERED = _REQUESTED | {OrderState.UNKNOWN, OrderState.PARKED}
_CANCEL_DONE = CLOSED | {OrderState.PENDING_CANCEL}


# Moves are made on every order: these do what the classes and replace do, quicker.
_changed = changer(Order)
_event = builder(OrderEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An order after a move, and the events that tell of it."""

    order: Order
    events: tuple[OrderEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTimes:
    """The two times of a move: business (UTC) and market."""

    at: datetime
    market_at: datetime


def event_of(
    order: Order,
    *,
    type: OrderEventType,
    when: MoveTimes,
    detail: tuple[tuple[str, str], ...] = (),
) -> OrderEvent:
    """Make the event that tells of an order as it stands now."""
    return _event(
        order_id=order.id,
        tenant_id=order.tenant_id,
        account_id=order.account_id,
        type=type,
        state=order.state,
        at=when.at,
        market_at=when.market_at,
        detail=detail,
    )


def move(
    order: Order,
    *,
    to: OrderState,
    type: OrderEventType,
    when: MoveTimes,
    reason: str = "",
    detail: tuple[tuple[str, str], ...] = (),
) -> Move:
    """Move the order to a state, clearing what no longer holds; raise IllegalTransition."""
    if not is_legal(order.state, to):
        raise IllegalTransition(before=order.state, after=to, order=str(order.id))
    pending = to in _REQUESTED
    after = _changed(
        order,
        state=to,
        updated_at=when.at,
        reason=reason or order.reason,
        pending_terms=order.pending_terms if to in _UNANSWERED else None,
        pending_price=order.pending_price if to in _UNANSWERED else None,
        settled_state=order.settled_state if to in _UNANSWERED else None,
        request_sent=order.request_sent if pending else False,
        cancel_wanted=order.cancel_wanted and to not in _CANCEL_DONE,
        waiting=False if to in CLOSED else order.waiting,
    )
    said = detail if not reason else (*detail, ("reason", reason))
    return Move(order=after, events=(event_of(after, type=type, when=when, detail=said),))


def intend(order: Order, *, when: MoveTimes) -> Move:
    """Commit to sending: from here on the order may be at the venue."""
    moved = move(order, to=OrderState.SUBMITTED, type=OrderEventType.SUBMITTED, when=when)
    return Move(order=_changed(moved.order, sent_at=when.at), events=moved.events)


def acknowledge(order: Order, *, venue_order_id: str, when: MoveTimes) -> Move:
    """Record that the venue holds the order."""
    resolved = order.state in (OrderState.UNKNOWN, OrderState.PARKED)
    kind = OrderEventType.RESOLVED if resolved else OrderEventType.WORKING
    moved = move(
        order,
        to=_settled(order),
        type=kind,
        when=when,
        detail=(("venue_order_id", venue_order_id),),
    )
    return Move(order=_changed(moved.order, venue_order_id=venue_order_id), events=moved.events)


def request_cancel(order: Order, *, reason: str, when: MoveTimes) -> Move:
    """Ask for a cancel; an order never sent is cancelled at once."""
    if order.state is OrderState.ACCEPTED:
        return move(
            order, to=OrderState.CANCELED, type=OrderEventType.CANCELED, when=when, reason=reason
        )
    settled = order.settled_state or order.state
    moved = move(
        order,
        to=OrderState.PENDING_CANCEL,
        type=OrderEventType.CANCEL_REQUESTED,
        when=when,
        reason=reason,
    )
    # A replace that was sent may still take effect before the cancel does: it goes on counting.
    sent = (
        order.state is OrderState.PENDING_UPDATE and order.request_sent
    ) or order.has_parked_replace
    asked = _changed(
        moved.order,
        settled_state=settled,
        request_sent=False,
        pending_terms=order.pending_terms if sent else None,
        pending_price=order.pending_price if sent else None,
    )
    return Move(order=asked, events=moved.events)


def request_replace(order: Order, *, terms: OrderTerms, price: Decimal, when: MoveTimes) -> Move:
    """Ask for new terms, to be reserved at the price; an order never sent changes at once."""
    detail = describe_terms(terms)
    if order.state is OrderState.ACCEPTED:
        after = _changed(order, terms=terms, reserved_price=price, updated_at=when.at)
        told = event_of(after, type=OrderEventType.REPLACED, when=when, detail=detail)
        return Move(order=after, events=(told,))
    settled = order.settled_state or order.state
    moved = move(
        order,
        to=OrderState.PENDING_UPDATE,
        type=OrderEventType.REPLACE_REQUESTED,
        when=when,
        detail=detail,
    )
    asked = _changed(
        moved.order,
        settled_state=settled,
        request_sent=False,
        pending_terms=terms,
        pending_price=price,
    )
    return Move(order=asked, events=moved.events)


def confirm_replace(order: Order, *, terms: OrderTerms, when: MoveTimes) -> Move:
    """Take over the terms that the venue confirmed; a cancel asked for since still stands.

    Nothing more than these stays reserved. Of terms that are neither the old nor those asked
    for no price was decided: the larger of both holds.
    """
    reserved = order.counted_price
    if terms == order.pending_terms and order.pending_price is not None:
        reserved = order.pending_price
    elif terms == order.terms:
        reserved = order.reserved_price
    after = _changed(
        order, terms=terms, reserved_price=reserved, pending_terms=None, pending_price=None
    )
    to = _settled(after)
    if order.state is OrderState.PENDING_CANCEL and to is not OrderState.FILLED:
        to = OrderState.PENDING_CANCEL
    return move(after, to=to, type=OrderEventType.REPLACED, when=when, detail=describe_terms(terms))


def restate(
    order: Order, *, terms: OrderTerms, split: Split, reason: str, when: MoveTimes, at: datetime
) -> Move:
    """Take over terms restated for a split at a market time, and what was reserved with them.

    A replace that was asked for in old shares is over; a cancel asked for still stands.
    """
    price = order.reserved_price
    if price:
        price = rounded(price * split.denominator / split.numerator, step=CENT, up=True)
    after = _changed(order, reserved_price=price, market_at=max(order.market_at, at))
    detail = describe_terms(terms)
    if order.state is OrderState.ACCEPTED:
        after = _changed(after, terms=terms, updated_at=when.at, reason=reason)
        detail = (*detail, ("reason", reason))
        told = event_of(after, type=OrderEventType.REPLACED, when=when, detail=detail)
        return Move(order=after, events=(told,))
    after = _changed(after, terms=terms, pending_terms=None, pending_price=None)
    to = order.state if order.state is OrderState.PENDING_CANCEL else _settled(after)
    return move(after, to=to, type=OrderEventType.REPLACED, when=when, reason=reason, detail=detail)


def fail_request(order: Order, *, reason: str, when: MoveTimes) -> Move:
    """Fall back to the state before a cancel or replace that the venue refused."""
    if order.state is not OrderState.PENDING_CANCEL:
        kind = OrderEventType.REPLACE_FAILED
        return move(order, to=_settled(order), type=kind, when=when, reason=reason)
    kind = OrderEventType.CANCEL_FAILED
    if order.pending_terms is None:
        return move(order, to=_settled(order), type=kind, when=when, reason=reason)
    # The venue refused the cancel, and has not said what became of the replace sent before
    # it: the replace waits for its word again, and its size goes on counting.
    moved = move(order, to=OrderState.PENDING_UPDATE, type=kind, when=when, reason=reason)
    return Move(order=_changed(moved.order, request_sent=True), events=moved.events)


def park_replace(order: Order, *, when: MoveTimes) -> Move:
    """Leave a replace whose fate the venue does not tell to a person; both sizes count."""
    return move(
        order,
        to=OrderState.PARKED,
        type=OrderEventType.PARKED,
        when=when,
        reason="the broker shows the old terms after its settle horizon; the replace may "
        "still take effect: check there, or cancel the order",
    )


def want_cancel(order: Order, *, reason: str, when: MoveTimes) -> Move:
    """Remember a cancel that cannot be asked for before the order is found at the venue."""
    wanted = _changed(order, cancel_wanted=True, updated_at=when.at)
    told = event_of(
        wanted, type=OrderEventType.CANCEL_REQUESTED, when=when, detail=(("reason", reason),)
    )
    return Move(order=wanted, events=(told,))


def _settled(order: Order) -> OrderState:
    """Return where an order stands at its venue when nothing is asked of it."""
    if order.filled_quantity >= order.terms.quantity:
        return OrderState.FILLED
    if order.filled_quantity:
        return OrderState.PARTIALLY_FILLED
    if OrderState.TRIGGERED in (order.state, order.settled_state):
        return OrderState.TRIGGERED
    return OrderState.WORKING


def fill(order: Order, *, execution: Fill, when: MoveTimes) -> Move:
    """Apply an execution; a late one on a closed order is booked and closes it again."""
    filled = order.filled_quantity + execution.quantity
    size = order.terms.quantity
    if order.pending_terms is not None:
        # A replace to a larger size may have gone through before its confirmation reached us.
        size = max(size, order.pending_terms.quantity)
    over = filled > size
    done = filled >= size
    to = OrderState.FILLED if done else OrderState.PARTIALLY_FILLED
    if not done and (order.state in _REQUESTED or order.has_parked_replace):
        to = order.state
    detail = (
        ("trade_id", execution.trade_id),
        ("price", plain(execution.price)),
        ("quantity", plain(execution.quantity)),
        ("commission", plain(execution.commission)),
        ("filled_quantity", plain(filled)),
    )
    kind = OrderEventType.OVERFILLED if over else OrderEventType.FILLED
    booked = _changed(
        order,
        filled_quantity=filled,
        filled_notional=order.filled_notional + execution.price * execution.quantity,
    )
    moved = move(booked, to=to, type=kind, when=when, detail=detail)
    if order.state in CLOSED and not done:
        closed = move(
            moved.order,
            to=order.state,
            type=OrderEventType.CANCELED
            if order.state is OrderState.CANCELED
            else OrderEventType.EXPIRED,
            when=when,
            reason="late fill on a closed order",
        )
        return Move(order=closed.order, events=moved.events + closed.events)
    return moved


def describe_terms(terms: OrderTerms) -> tuple[tuple[str, str], ...]:
    """List what a replace may change, as text by name."""
    said = [("quantity", plain(terms.quantity))]
    for name in ("limit_price", "stop_price", "trail"):
        value = getattr(terms, name)
        if value is not None:
            said.append((name, plain(value)))
    return tuple(said)
