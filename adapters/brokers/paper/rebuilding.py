"""Make a venue that knows what our books say of it, where its own journal is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.brokers.paper.change import AppliedSplit, Change, Counters, Holding
from adapters.brokers.paper.orders import PaperOrder, new_order
from adapters.brokers.paper.settings import PaperSettings
from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.values import ZERO
from ports.broker import VenueState


def rebuilt(
    books: Sequence[AccountBook],
    *,
    heard: int,
    now: datetime,
    settings: PaperSettings,
    lap: int = 1,
) -> Change:
    """Return what a venue is to begin with: positions and open orders as the books have them.

    heard is the last report that was applied: numbers go on behind it, for each report,
    order and execution is told by its number, and one that was told before would be taken
    for a repetition. What the venue had not told is lost; a trail begins anew at its stop.
    """
    held = [(order, book) for book in books for order in _held(book)]
    held.sort(key=lambda one: (one[0].accepted_at, one[0].id))
    orders = [
        _placed(order, book=book, rank=rank, now=now, settings=settings)
        for rank, (order, book) in enumerate(held, start=heard + 1)
    ]
    positions = [(book, one) for book in books for one in book.positions.values()]
    return Change(
        now=now,
        lap=lap,
        # Each order and each execution had a report: there are fewer of them.
        counters=Counters(order=heard, trade=heard, rank=heard + len(orders), report=heard),
        orders=orders,
        holdings=[
            Holding(account_id=str(book.account.id), symbol=one.symbol, quantity=one.quantity)
            for book, one in positions
            if one.quantity
        ],
        splits=sorted(
            {
                AppliedSplit(symbol=one.symbol, ex_date=one.split_on)
                for _, one in positions
                if one.split_on is not None
            },
            key=lambda split: (split.symbol, split.ex_date),
        ),
    )


def _held(book: AccountBook) -> list[Order]:
    """Return the orders that the venue had; one in doubt is not made up."""
    orders = book.orders.values()
    return [order for order in orders if order.is_at_venue or order.has_parked_replace]


def _placed(
    order: Order, *, book: AccountBook, rank: int, now: datetime, settings: PaperSettings
) -> PaperOrder:
    placed = new_order(
        account_id=str(book.account.id),
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id or f"rebuilt-{order.id}",
        terms=order.terms,
        rank=rank,
        since=now,
    )
    state = VenueState.WORKING
    triggered = OrderState.TRIGGERED in (order.state, order.settled_state)
    if triggered:
        state = VenueState.TRIGGERED
    notional = order.filled_notional * book.position(order.symbol).multiplier
    paid = ZERO
    if order.filled_quantity:
        state = VenueState.PARTIALLY_FILLED
        paid = settings.commission.owed(quantity=order.filled_quantity, notional=notional)
    return replace(
        placed,
        active=placed.active or triggered or bool(order.filled_quantity),
        state=state,
        filled=order.filled_quantity,
        notional=notional,
        commission=paid,
        shown=None if placed.shown is None else min(placed.shown, order.leaves_quantity),
        taking=False,
        lap=book.lap,
    )
