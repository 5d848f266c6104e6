"""Say how an order moves on what became of its send; each step ends where it no longer applies."""

from dataclasses import replace

from application.orders.deps import Step
from domain.orders.events import OrderEventType
from domain.orders.moves import Move, MoveTimes, acknowledge, intend, move
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.risk.verdict import Approved
from ports.broker import Acknowledged, Refused

CALLED_OFF = "the flattening was called off"
NOT_SENT_AGAIN = "not found at the broker and not sent again"


def intended(approved: Approved) -> Step:
    """Commit to sending exactly what was approved."""

    def step(order: Order, when: MoveTimes) -> Move | None:
        # An order never sent is replaced at once: what the gate was asked for may be old.
        if not order.is_unsent or order.terms != approved.terms:
            return None
        return intend(order, when=when)

    return step


def stopped(order: Order, *, when: MoveTimes) -> Move | None:
    """Cancel what the kill switch keeps from going out."""
    return withdrawn(order, "the kill switch is on", when)


def withdrawn(order: Order, reason: str, when: MoveTimes) -> Move | None:
    """Cancel what was never sent."""
    if order.state is not OrderState.ACCEPTED:
        return None
    return move(
        order,
        to=OrderState.CANCELED,
        type=OrderEventType.CANCELED,
        when=when,
        reason=reason,
    )


def doubtful(order: Order, when: MoveTimes) -> Move | None:
    """Doubt what may or may not have been sent."""
    if order.state is not OrderState.SUBMITTED:
        return None
    return move(
        order,
        to=OrderState.UNKNOWN,
        type=OrderEventType.UNKNOWN,
        when=when,
        reason="the send was ambiguous; reading back",
    )


def sent_again(approved: Approved, *, in_doubt: Order) -> Step:
    """Commit to sending what is in doubt once more, exactly as approved and as it was read."""

    def step(order: Order, when: MoveTimes) -> Move | None:
        unchanged = order.state is OrderState.UNKNOWN and order.sent_at == in_doubt.sent_at
        if not unchanged or order.cancel_wanted or order.terms != approved.terms:
            return None
        return intend(order, when=when)

    return step


def parked(reason: str) -> Step:
    """Leave what is in doubt to a person, who must look at the broker."""

    def step(order: Order, when: MoveTimes) -> Move | None:
        if order.state is not OrderState.UNKNOWN:
            return None
        return move(
            order,
            to=OrderState.PARKED,
            type=OrderEventType.PARKED,
            when=when,
            reason=f"{reason[:480]}; check there",
        )

    return step


def refused(order: Order, *, reason: str, when: MoveTimes) -> Move | None:
    """Reject what the venue proved not to have taken."""
    if order.state is not OrderState.SUBMITTED:
        return None
    return move(
        order,
        to=OrderState.REJECTED,
        type=OrderEventType.REJECTED,
        when=when,
        reason=reason,
    )


def unsent(order: Order, *, reason: str, when: MoveTimes) -> Move | None:
    """End what never left: cancelled where that was asked for meanwhile, else rejected."""
    if order.state is OrderState.SUBMITTED and order.cancel_wanted:
        return move(
            order, to=OrderState.CANCELED, type=OrderEventType.CANCELED, when=when, reason=reason
        )
    return refused(order, reason=reason, when=when)


def answered(order: Order, *, answer: Acknowledged | Refused, when: MoveTimes) -> Move | None:
    """Take over the venue's answer to a send."""
    if isinstance(answer, Refused):
        return refused(order, reason=answer.reason, when=when)
    # The report may have overtaken the answer: then there is nothing left to say.
    if order.state is not OrderState.SUBMITTED:
        return None
    return acknowledge(order, venue_order_id=answer.venue_order_id, when=when)


def asked(state: OrderState, *, terms: OrderTerms | None = None) -> Step:
    """Mark a pending request as sent, of these terms if any: nobody sends it again."""

    def step(order: Order, when: MoveTimes) -> Move | None:
        if order.state is not state or order.request_sent:
            return None
        if terms is not None and order.pending_terms != terms:
            return None
        asked = replace(order, request_sent=True, updated_at=when.at)
        if state is OrderState.PENDING_UPDATE:
            # A replace has a settle horizon of its own.
            asked = replace(asked, sent_at=when.at)
        return Move(order=asked, events=())

    return step
