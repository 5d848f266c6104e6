"""Keep views of books at the latest marks, so that deciding is quick."""

from collections import OrderedDict

from domain.accounts.book import AccountBook
from domain.market.prices import MarketEvent, Quote
from domain.risk.book_view import BookView, view_of
from ports.market import Instruments, MarketView, ReadLap

VIEWS_KEPT = 1_000


class BookViews:
    """The views that are kept: taken on from the one before where no mark has moved."""

    def __init__(self, *, instruments: Instruments, market: MarketView, lap: ReadLap) -> None:
        self._instruments = instruments
        self._market = market
        self._lap = lap
        self._marked_in = 1
        # By the account's id as a number: a UUID computes its hash anew in Python each time.
        self._views: OrderedDict[int, tuple[int, BookView]] = OrderedDict()
        self._marks = 0

    async def on_market(self, event: MarketEvent) -> None:
        """Take note that marks may have moved; subscribe this to the market's feed."""
        del event
        self._marks += 1

    def __call__(self, book: AccountBook) -> BookView:
        """Return the book at the latest marks."""
        key = book.account.id.int
        lap = self._lap()
        if lap != self._marked_in:
            self._marked_in = lap
            self._marks += 1
        kept = self._views.get(key)
        find = self._instruments.find
        quote = self._market.quote if book.lap == lap else _no_quote
        if kept is None:
            view = view_of(book, instrument=find, quote=quote)
        elif kept[1].book is book and kept[0] == self._marks:
            return kept[1]
        else:
            stepped = kept[1].after_change(book) if kept[0] == self._marks else None
            if stepped is None:
                stepped = kept[1].with_book(book, instrument=find, quote=quote)
            view = stepped
        self._views[key] = (self._marks, view)
        self._views.move_to_end(key)
        if len(self._views) > VIEWS_KEPT:
            self._views.popitem(last=False)
        return view

    def marked(self, view: BookView, *, symbol: str) -> BookView:
        """Return the view with one symbol at its latest quote."""
        return view.marked(
            symbol,
            instrument=self._instruments.find(symbol),
            quote=self._market.quote(symbol) if view.book.lap == self._lap() else None,
        )


def _no_quote(symbol: str) -> Quote | None:
    del symbol
    return None
