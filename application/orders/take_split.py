"""Take over what a split made of orders: at the venue as it tells, elsewhere by our own sums."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from application.orders.deps import OrderContext, Step
from domain.market.instruments import Instrument
from domain.market.prices import SplitEffective, SplitHistory
from domain.orders.events import OrderEventType
from domain.orders.groups import shrunk
from domain.orders.moves import Move, MoveTimes, event_of, request_cancel, restate
from domain.orders.order import Order, Role
from domain.orders.split_moves import restate_ours, restate_unsent
from domain.orders.splits import described, restated, rounded
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.shared.values import ZERO
from ports.broker import Report


def restate_told(order: Order, *, report: Report, when: MoveTimes) -> Move:
    """Return the order with the terms that its venue restated it to."""
    assert report.split is not None
    assert report.terms is not None
    return restate(
        order,
        terms=report.terms,
        split=report.split,
        reason=report.reason,
        when=when,
        at=report.at,
    )


def catch_up(*, history: SplitHistory, instrument: Instrument | None) -> Step:
    """Return the step that restates an unsent order, one split at a time."""
    return lambda order, when: restate_unsent(
        order, history=history, instrument=instrument, when=when
    )


def restate_decided(
    terms: OrderTerms, *, history: SplitHistory, at: datetime, instrument: Instrument | None
) -> OrderTerms | None:
    """Return terms as they are after the splits since they were decided on; None for none."""
    for each in history.after(at) or ():
        after = (
            None
            if instrument is None
            else restated(terms, filled=ZERO, split=each.split, instrument=instrument)
        )
        if after is None:
            return None
        terms = after.terms
    return terms


def after_split(
    before: Order,
    entry: Order,
    *,
    report: Report,
    live: Mapping[UUID, Order],
    context: OrderContext,
    when: MoveTimes,
) -> tuple[Move, ...]:
    """Return what a split means for the group of an entry that had filled in part before it.

    before is the entry as it was. What filled counts in old shares and what is left in new ones:
    no sum of both is a size for its exits. So they go out now, for what is held by the entry,
    and its rest ends.
    """
    split, link = report.split, entry.link
    if before.market_at >= report.at:
        # It was restated already, and what it has filled may be in new shares.
        return ()
    if split is None or link is None or link.role is not Role.ENTRY or entry.is_closed:
        return ()
    if not entry.filled_quantity or entry.state is OrderState.PENDING_CANCEL:
        return ()
    since = SplitEffective(split=split, at=report.at)
    instrument = context.instruments.find(entry.symbol)
    held = entry.filled_quantity * split.numerator / split.denominator
    if instrument is not None:
        held = rounded(held, step=instrument.lot, up=False)
    moves: list[Move] = []
    for child in live.values():
        if child.link is None or child.link.parent_id != entry.id or not child.waiting:
            continue
        now = Move(order=child, events=())
        if child.symbol == entry.symbol and child.market_at < report.at:
            now = restate_ours(child, since=since, instrument=instrument, when=when)
        if not now.order.is_closed:
            now = _let_go(now, held=held, entry=entry, when=when)
            if child.link.role is Role.CHILD and child.symbol == entry.symbol:
                held -= now.order.leaves_quantity
        moves.append(now)
    reason = f"{described(split)}: its exits go out for what it had filled"
    return (*moves, request_cancel(entry, reason=reason, when=when))


def _let_go(child: Move, *, held: Decimal, entry: Order, when: MoveTimes) -> Move:
    """Let a child go out for what its entry holds, or end it where that is nothing."""
    order = child.order
    terms = order.terms
    if order.symbol == entry.symbol and order.side is not entry.side:
        if held <= ZERO:
            gone = request_cancel(order, reason="its entry holds nothing", when=when)
            return Move(order=gone.order, events=(*child.events, *gone.events))
        terms = shrunk(terms, quantity=held)
    released = replace(order, waiting=False, terms=terms, updated_at=when.at)
    told = event_of(released, type=OrderEventType.RELEASED, when=when)
    return Move(order=released, events=(*child.events, told))
