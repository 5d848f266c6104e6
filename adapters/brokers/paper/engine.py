"""Run the paper venue: commands and market events in, fills and reports out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.brokers.paper.admission import Admission
from adapters.brokers.paper.books import VenueBooks
from adapters.brokers.paper.change import Change
from adapters.brokers.paper.market_router import MarketRouter
from adapters.brokers.paper.orders import PaperOrder
from adapters.brokers.paper.settings import PaperSettings
from domain.market.instruments import Instrument
from domain.market.prices import MarketEvent
from domain.orders.terms import OrderTerms
from ports.broker import (
    Acknowledged,
    Refused,
    Report,
    ReportKind,
    VenueOrder,
    VenuePosition,
    VenueState,
)
from ports.market import Instruments


class PaperVenue:
    """A deterministic exchange of one participant: same input, same output, no I/O.

    What it holds to, beyond the port (the practice of US equity venues and brokers):
    orders match only in their calendar's hours and only against prices of the running
    session; a closed market queues them for the first print, and refuses IOC and FOK.
    OPG fills at the first print or expires, and is refused while the market is open; CLS
    fills at the last price of the session or expires. Quotes trigger stops by their last
    trade and fill at bid and ask; Traded walks its path. Stops fill at the worse of stop
    and market, limits at the better of limit and market. Bars are not matched: their
    volume came as Traded. A split restates the symbol's GTC and GTD orders and cancels the
    others, and those of which nothing that could be ordered is left.
    """

    def __init__(
        self,
        *,
        settings: PaperSettings,
        instruments: Instruments | None = None,
        journaled: bool = False,
    ) -> None:
        self.settings = settings
        self._instruments = instruments
        self._journaled = journaled
        self._begin()

    def _begin(self) -> None:
        self._books = VenueBooks(settings=self.settings, journaled=self._journaled)
        self._admission = Admission(books=self._books, settings=self.settings)
        self._router = MarketRouter(
            settings=self.settings, books=self._books, instruments=self._instruments
        )

    @property
    def now(self) -> datetime:
        """The latest market time that the venue was told."""
        return self._books.now

    @property
    def sequence(self) -> int:
        """The sequence of the latest report."""
        return self._books.sequence

    def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
    ) -> Acknowledged | Refused:
        """Take an order in, or refuse it; both can be read back, a duplicate's refusal not."""
        duplicate = self._admission.duplicate(
            account_id=account_id, client_order_id=client_order_id
        )
        if duplicate is not None:
            return Refused(duplicate)
        instrument = self._router.instrument(terms.symbol)
        problem = self._admission.problem(
            account_id=account_id,
            terms=terms,
            instrument=instrument,
            is_open=instrument is not None and self._router.is_open(instrument.calendar),
            quote=self._router.live_quote(terms.symbol),
        )
        if problem is not None or instrument is None:
            reason = problem or f"unknown symbol {terms.symbol}"
            self._books.reject(
                account_id=account_id, client_order_id=client_order_id, terms=terms, reason=reason
            )
            return Refused(reason)
        order = self._books.place(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
        )
        self._router.arrive(order, instrument)
        return Acknowledged(order.venue_order_id)

    def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Cancel every open order of that client order id (several only without dedup)."""
        orders = self._books.index.by_client(account_id=account_id, client_order_id=client_order_id)
        still_open = [order for order in orders if order.is_open]
        if not still_open:
            return Refused(_not_open(orders))
        for order in still_open:
            self._books.close(order, state=VenueState.CANCELED, reason="canceled on request")
        return Acknowledged(still_open[-1].venue_order_id)

    def cancel_all(
        self, *, account_ids: Collection[str], symbol: str | None = None
    ) -> Acknowledged:
        """Cancel every open order of the accounts, with symbol of those in it."""
        still_open = [
            order
            for book in self._books.index.open.values()
            for order in book.values()
            if order.account_id in account_ids and symbol in (None, order.terms.symbol)
        ]
        for order in still_open:
            self._books.close(order, state=VenueState.CANCELED, reason="canceled with all")
        return Acknowledged("")

    def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
    ) -> Acknowledged | Refused:
        """Give the newest open order of that id new quantity and prices.

        It keeps its place in the queue only when nothing but its quantity shrinks.
        """
        orders = self._books.index.by_client(account_id=account_id, client_order_id=client_order_id)
        order = next((order for order in reversed(orders) if order.is_open), None)
        if order is None:
            return Refused(_not_open(orders))
        instrument = self._router.instrument(terms.symbol)
        if instrument is None:
            return Refused(f"unknown symbol {terms.symbol}")
        if self._router.is_in_old_shares(order):
            # The request may have left before the split was heard of.
            return Refused("the order was adjusted for a split: ask again once it is quoted")
        problem = self._admission.replace_problem(
            order=order,
            terms=terms,
            instrument=instrument,
            quote=self._router.live_quote(terms.symbol),
        )
        if problem is not None:
            return Refused(problem)
        # In any case before the new terms can match.
        order.cap = protective_limit
        self._reshape(order, terms, instrument)
        return Acknowledged(order.venue_order_id)

    def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the newest open order of that id, else the newest."""
        orders = self._books.index.by_client(account_id=account_id, client_order_id=client_order_id)
        if not orders:
            return None
        order = next((order for order in reversed(orders) if order.is_open), orders[-1])
        return order.told()

    def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return the account's open orders, oldest first within each symbol."""
        return [
            order.told()
            for book in self._books.index.open.values()
            for order in book.values()
            if order.account_id == account_id
        ]

    def all_orders(self) -> Sequence[VenueOrder]:
        """Return every order that is kept, of every account, duplicates included."""
        return [order.told() for order in self._books.index.all()]

    def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds, by symbol, flat ones left out."""
        held = [own for own in self._books.positions() if own.account_id == account_id]
        held.sort(key=lambda holding: holding.symbol)
        return [VenuePosition(symbol=own.symbol, quantity=own.quantity) for own in held]

    def reports(self, *, after: int, limit: int) -> Sequence[Report]:
        """Return at most `limit` kept reports with a sequence above `after`, ascending."""
        return self._books.reports(after=after, limit=limit)

    def on_event(self, event: MarketEvent) -> None:
        """Work the market event; one without open orders in its symbol costs next to nothing."""
        self._router.on_event(event)

    def advance(self, to: datetime) -> None:
        """Let the venue's market time pass without prices; GTD orders expire."""
        self._router.advance(to)

    def take_change(self) -> Change | None:
        """Return what changed since the last call, for the journal; None when nothing did."""
        return self._books.take_change()

    def snapshot(self) -> Change:
        """Return everything that must outlive the process, as one change."""
        return self._books.snapshot()

    def restore(self, change: Change) -> None:
        """Apply a change that the journal kept; only before the first command or event."""
        self._books.restore(change)

    def roll_back(self, changes: Iterable[Change]) -> None:
        """Be what these changes say and nothing else; what the market said stays known."""
        seen = self._router
        self._begin()
        for change in changes:
            self._books.restore(change)
        self._router.recall(seen)

    def _reshape(self, order: PaperOrder, terms: OrderTerms, instrument: Instrument) -> None:
        before = order.terms
        shrunk = replace(before, quantity=terms.quantity, display_quantity=terms.display_quantity)
        keeps = (
            shrunk == terms
            and terms.quantity <= before.quantity
            and (terms.display_quantity or terms.quantity)
            <= (before.display_quantity or before.quantity)
        )
        order.shape(terms)
        order.since = self._books.now
        if not keeps:
            self._books.requeue(order)
        self._books.report(order, ReportKind.REPLACED, terms=terms)
        if not keeps:
            order.taking = True
            self._router.arrive(order, instrument)


def _not_open(orders: Sequence[PaperOrder]) -> str:
    return f"the order is {orders[-1].state} already" if orders else "no such order"
