"""Move an order that no venue has to the shares of after a split, or end it."""

from dataclasses import replace
from datetime import datetime
from math import prod

from domain.market.instruments import Instrument
from domain.market.prices import SplitEffective, SplitHistory
from domain.orders.moves import Move, MoveTimes, request_cancel, restate
from domain.orders.order import Order
from domain.orders.splits import LASTING, restated, told, unprotected
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from domain.shared.values import ONE, ZERO


def restate_unsent(
    order: Order, *, history: SplitHistory, instrument: Instrument | None, when: MoveTimes
) -> Move | None:
    """Restate an order for the first split since it came in; None where there is none.

    What cannot be restated is cancelled, and the notice says what it protected.
    """
    since = history.after(order.market_at)
    if order.state is not OrderState.ACCEPTED or order.may_pass_halt or not since:
        return None
    return restate_ours(order, since=since[0], instrument=instrument, when=when)


def restate_ours(
    order: Order, *, since: SplitEffective, instrument: Instrument | None, when: MoveTimes
) -> Move:
    """Restate an order that was never sent for one split, or cancel it."""
    after = _restated(order, since=since, instrument=instrument, when=when)
    if after is None:
        reason = unprotected(order.terms, split=since.split)
        return request_cancel(order, reason=reason, when=when)
    return after


def splits_met(
    order: Order, *, executed_at: datetime, history: SplitHistory
) -> tuple[SplitEffective, ...]:
    """Return the splits that an order at its venue met before it traded, and we know not as told.

    Reports may come in another order than they were made: the trade before the restatement.
    """
    if order.is_closed or order.terms.time_in_force not in LASTING:
        return ()
    since = history.after(order.market_at) or ()
    return tuple(each for each in since if each.at <= executed_at)


def restate_as_found(
    order: Order, *, terms: OrderTerms, met: tuple[SplitEffective, ...], when: MoveTimes
) -> Move | None:
    """Take over the terms that the venue was found to hold; None where they are ours."""
    if terms == order.terms:
        return None
    first, last = met[0].split, met[-1]
    split = replace(
        last.split,
        numerator=prod((each.split.numerator for each in met), start=ONE),
        denominator=prod((each.split.denominator for each in met), start=ONE),
    )
    reason = told(first, cut=ZERO)
    return restate(order, terms=terms, split=split, reason=reason, when=when, at=last.at)


def restate_by_rule(
    order: Order,
    *,
    met: tuple[SplitEffective, ...],
    instrument: Instrument | None,
    when: MoveTimes,
) -> Move | None:
    """Restate an order as its venue must have done; None where nothing would be left of it."""
    moved: Move | None = None
    for since in met:
        one = _restated(order, since=since, instrument=instrument, when=when)
        if one is None:
            # The venue cancels such an order: what executed then is nothing that we can explain.
            return None
        events = (*moved.events, *one.events) if moved is not None else one.events
        moved, order = Move(order=one.order, events=events), one.order
    return moved


def _restated(
    order: Order, *, since: SplitEffective, instrument: Instrument | None, when: MoveTimes
) -> Move | None:
    if instrument is None:
        return None
    split = since.split
    after = restated(order.terms, filled=order.filled_quantity, split=split, instrument=instrument)
    if after is None:
        return None
    return restate(
        order,
        terms=after.terms,
        split=split,
        reason=told(split, cut=after.cut),
        when=when,
        at=since.at,
    )
