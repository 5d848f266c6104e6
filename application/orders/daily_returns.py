"""Know what books would have made on the last days, each symbol's returns read once a day."""

from collections import OrderedDict
from datetime import date

from domain.risk.book_view import BookView
from domain.risk.closes import CLOSES_KEPT, BookReturns, Closes, closes_of
from ports.market import MarketView

VIEWS_KEPT = 1_000


class DailyReturns:
    """Keeps closes by symbol for one day of the market, and the sums of the latest views."""

    def __init__(self, market: MarketView) -> None:
        self._market = market
        self._day: date | None = None
        self._closes: dict[str, Closes] = {}
        self._books: OrderedDict[int, BookReturns] = OrderedDict()

    def of(self, view: BookView, *, day: date) -> BookReturns:
        """Return what the book of a view made on the last days before that day."""
        if day != self._day:
            # A day of a replay's next lap is told from the same day before by what lies between.
            self._day = day
            self._closes.clear()
            self._books.clear()
        key = view.book.account.id.int
        kept = self._books.get(key)
        if kept is None or kept.view is not view:
            kept = self._books[key] = BookReturns(view=view, find=self._find)
            if len(self._books) > VIEWS_KEPT:
                self._books.popitem(last=False)
        return kept

    def _find(self, symbol: str) -> Closes | None:
        known = self._closes.get(symbol)
        if known is None:
            known = closes_of(self._market.bars(symbol, count=CLOSES_KEPT))
            if known is not None:
                self._closes[symbol] = known
        return known
