"""Move an order that no venue has to the shares of after a split, or end it."""

from domain.market.instruments import Instrument
from domain.market.prices import SplitEffective, SplitHistory
from domain.orders.moves import Moved, When, request_cancel, restate
from domain.orders.order import Order
from domain.orders.splits import restated, told, unprotected
from domain.orders.states import OrderState
from domain.shared.values import ZERO


def restate_unsent(
    order: Order, *, history: SplitHistory, instrument: Instrument | None, when: When
) -> Moved | None:
    """Restate an order for the first split since it came in; None where there is none.

    What cannot be restated is cancelled, and the notice says what it protected.
    """
    since = history.after(order.market_at)
    if order.state is not OrderState.ACCEPTED or order.may_pass_halt or not since:
        return None
    return restate_ours(order, since=since[0], instrument=instrument, when=when)


def restate_ours(
    order: Order, *, since: SplitEffective, instrument: Instrument | None, when: When
) -> Moved:
    """Restate an order that was never sent for one split, or cancel it."""
    split = since.split
    after = None
    if instrument is not None:
        after = restated(order.terms, filled=ZERO, split=split, instrument=instrument)
    if after is None:
        return request_cancel(order, reason=unprotected(order.terms, split=split), when=when)
    return restate(
        order,
        terms=after.terms,
        split=split,
        reason=told(split, cut=after.cut),
        when=when,
        at=since.at,
    )
