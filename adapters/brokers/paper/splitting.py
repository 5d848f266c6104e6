"""Restate the venue's open orders for a split, or end them and say what that means."""

from datetime import datetime

from adapters.brokers.paper.books import VenueBooks
from adapters.brokers.paper.orders import PaperOrder
from domain.market.instruments import Instrument
from domain.market.prices import Split, SplitEffective
from domain.orders.splits import LASTING, restated, told, unprotected
from ports.broker import ReportKind, VenueState


class Splitting:
    """Works one split after the other, and knows what was restated a moment ago."""

    def __init__(self, *, books: VenueBooks) -> None:
        self._books = books
        # Orders restated, until their symbol is quoted again.
        self._fresh: set[str] = set()

    def run(self, event: SplitEffective, *, instrument: Instrument | None) -> None:
        """Restate the open orders of the symbol that lasts, and end the others."""
        for order in tuple(self._books.index.open.get(event.split.symbol, {}).values()):
            self._restate(order, split=event.split, at=event.at, instrument=instrument)

    def is_fresh(self, order: PaperOrder, *, quoted: bool) -> bool:
        """Tell whether nothing was quoted since the order was restated."""
        if quoted:
            self._fresh.discard(order.venue_order_id)
        return order.venue_order_id in self._fresh

    def _restate(
        self, order: PaperOrder, *, split: Split, at: datetime, instrument: Instrument | None
    ) -> None:
        if order.since >= at and not order.fills:
            # The split is heard late: the order came after it, in new shares.
            return
        lasts = order.terms.time_in_force in LASTING and order.since < at
        after = None
        if lasts and instrument is not None:
            after = restated(order.terms, filled=order.filled, split=split, instrument=instrument)
        if after is None or instrument is None:
            reason = unprotected(order.terms, split=split)
            self._books.close(order, state=VenueState.CANCELED, reason=reason)
            return
        order.restate(after.terms, split=split, tick=instrument.tick, at=at)
        self._fresh.add(order.venue_order_id)
        self._books.report(
            order,
            ReportKind.REPLACED,
            terms=after.terms,
            split=split,
            reason=told(split, cut=after.cut),
        )
