"""Lead the market's events to the venue's orders: prices, sessions, auctions, splits."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.brokers.paper.books import VenueBooks
from adapters.brokers.paper.change import Hours
from adapters.brokers.paper.matching import Matcher, Moment, Offer
from adapters.brokers.paper.orders import AT_ONCE, PaperOrder
from adapters.brokers.paper.settings import PaperSettings
from adapters.brokers.paper.splitting import Splitting
from domain.market.instruments import Instrument
from domain.market.prices import (
    MarketEvent,
    Quote,
    ReplayBegan,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from domain.orders.terms import TimeInForce
from ports.broker import VenueState
from ports.market import Instruments

_EXPIRE_AT_CLOSE = frozenset({TimeInForce.DAY, TimeInForce.OPG, TimeInForce.CLS})


class MarketRouter:
    """Where the market meets the open orders of the books."""

    def __init__(
        self, *, settings: PaperSettings, books: VenueBooks, instruments: Instruments | None
    ) -> None:
        self._settings = settings
        self._instruments = instruments
        self._known: dict[str, Instrument] = {}
        self._books = books
        self._open = books.index.open
        self._splitting = Splitting(books=books)
        self._matcher = Matcher(books=books, settings=settings)
        self._quotes: dict[str, Quote] = {}
        self._trades: dict[str, TradedVolume] = {}
        # What the symbol's latest quote still offers; absent until somebody took of it.
        self._offers: dict[str, tuple[Offer, Offer]] = {}

    def on_event(self, event: MarketEvent) -> None:
        """Work the market event; one without open orders in its symbol costs next to nothing."""
        kind = type(event)
        if kind is Quote:
            # mypy does not narrow by a kept type; isinstance costs more, on every quote.
            self._on_quote(event)  # type: ignore[arg-type]
        elif kind is TradedVolume:
            # As above.
            self._on_traded(event)  # type: ignore[arg-type]
        elif isinstance(event, SessionOpened):
            self._on_opened(event)
        elif isinstance(event, SessionClosed):
            self._on_closed(event)
        elif isinstance(event, SplitEffective):
            self._on_split(event)
        elif isinstance(event, ReplayBegan):
            self._on_began(event)

    def recall(self, other: "MarketRouter") -> None:
        """Know the prices that another router was told."""
        self._quotes.update(other._quotes)
        self._trades.update(other._trades)

    def advance(self, to: datetime) -> None:
        """Let the venue's market time pass without prices; GTD orders expire."""
        if to > self._books.now:
            self._books.now = to
        for book in tuple(self._open.values()):
            self._expire_dated(tuple(book.values()))

    def is_open(self, calendar: str) -> bool:
        """Tell whether the calendar's market is open."""
        if calendar in self._settings.always_open:
            return True
        hours = self._books.hours.get(calendar)
        return hours is not None and hours.is_open

    def instrument(self, symbol: str) -> Instrument | None:
        """Return the instrument; without instruments given, any symbol has a default one."""
        known = self._known.get(symbol)
        if known is None:
            if self._instruments is None:
                known = Instrument(
                    symbol=symbol, name=symbol, calendar=self._settings.default_calendar
                )
            else:
                known = self._instruments.find(symbol)
            if known is not None:
                self._known[symbol] = known
        return known

    def live_quote(self, symbol: str) -> Quote | None:
        """Return the symbol's latest quote of the running session."""
        quote, instrument = self._quotes.get(symbol), self.instrument(symbol)
        if quote is None or instrument is None:
            return None
        return quote if self._in_session(instrument.calendar, quote.at) else None

    def arrive(self, order: PaperOrder, instrument: Instrument) -> None:
        """Match a new or replaced order against the running session's latest quote."""
        quote = self.live_quote(order.terms.symbol)
        at_once = order.terms.time_in_force in AT_ONCE
        if quote is None:
            order.taking = False
            if at_once:
                self._kill(order, "no price to trade at")
            return
        moment = self._moment(quote)
        whole = order.terms.time_in_force is TimeInForce.FOK
        if not whole or self._matcher.fills_whole(order, moment):
            self._matcher.visit((order,), moment, instrument)
        if at_once and order.is_open:
            self._kill(order, "cannot fill whole at once" if whole else "the rest cannot fill now")

    def _on_quote(self, quote: Quote) -> None:
        symbol = quote.symbol
        before = self._quotes.get(symbol)
        if before is not None and quote.at < before.at:
            return
        self._quotes[symbol] = quote
        if self._offers:
            self._offers.pop(symbol, None)
        books = self._books
        if quote.at > books.now:
            books.now = quote.at
        if symbol in self._open:
            self._print(symbol, quote.at)

    def _on_traded(self, traded: TradedVolume) -> None:
        symbol = traded.symbol
        self._trades[symbol] = traded
        books = self._books
        if traded.at > books.now:
            books.now = traded.at
        if symbol not in self._open or not traded.path:
            return
        instrument = self.instrument(symbol)
        if instrument is None or not self._in_session(instrument.calendar, traded.at):
            return
        orders = self._eligible(symbol, traded.at)
        offer = self._matcher.share(traded.volume, instrument)
        self._run_opening(orders, price=traded.path[0], offer=offer, instrument=instrument)
        self._matcher.walk(orders, path=traded.path, offer=offer, instrument=instrument)

    def _print(self, symbol: str, at: datetime) -> None:
        """Match a symbol's orders against its latest quote."""
        instrument = self.instrument(symbol)
        if instrument is None or not self._in_session(instrument.calendar, at):
            return
        orders = self._eligible(symbol, at)
        moment = self._moment(self._quotes[symbol])
        self._run_opening(orders, price=moment.last, offer=moment.buy_offer, instrument=instrument)
        self._matcher.visit(orders, moment, instrument)

    def _on_opened(self, event: SessionOpened) -> None:
        before = self._books.hours.get(event.calendar)
        if before is not None and (event.at < before.since or event.date <= before.date):
            return
        self._books.now = max(self._books.now, event.at)
        if before is not None and before.is_open:
            # The close was missed: what it would have ended must not see the new day.
            self._end_session(event.calendar)
        hours = Hours(is_open=True, date=event.date, since=event.at)
        self._books.set_hours(event.calendar, hours)
        for symbol in self._symbols_of(event.calendar):
            quote = self.live_quote(symbol)
            if quote is not None:
                self._print(symbol, quote.at)

    def _on_closed(self, event: SessionClosed) -> None:
        hours = self._books.hours.get(event.calendar)
        if hours is not None and not (hours.is_open and hours.date <= event.date):
            return
        self._books.now = max(self._books.now, event.at)
        if hours is not None:
            self._run_closing(event.calendar, hours)
        self._end_session(event.calendar)
        closed = Hours(is_open=False, date=event.date, since=event.at)
        self._books.set_hours(event.calendar, closed)

    def _on_split(self, event: SplitEffective) -> None:
        split = event.split
        self._books.now = max(self._books.now, event.at)
        if not self._books.split(split, at=event.at):
            return
        self._splitting.run(event, instrument=self.instrument(split.symbol))
        # Prices from before the split say nothing any more.
        for known in (self._quotes, self._trades, self._offers):
            known.pop(split.symbol, None)

    def _on_began(self, event: ReplayBegan) -> None:
        if not self._books.begin(event.lap, at=event.at):
            return
        self._splitting = Splitting(books=self._books)
        for known in (self._quotes, self._trades, self._offers):
            known.clear()

    def is_in_old_shares(self, order: PaperOrder) -> bool:
        """Tell whether new terms may be from before a split: nothing was quoted since."""
        symbol = order.terms.symbol
        return self._splitting.is_fresh(
            order, quoted=symbol in self._quotes or symbol in self._trades
        )

    def _kill(self, order: PaperOrder, reason: str) -> None:
        text = f"{order.terms.time_in_force}: {reason}"
        self._books.close(order, state=VenueState.CANCELED, reason=text)

    def _run_opening(
        self,
        orders: Sequence[PaperOrder],
        *,
        price: Decimal,
        offer: Offer,
        instrument: Instrument,
    ) -> None:
        opening = [order for order in orders if order.terms.time_in_force is TimeInForce.OPG]
        if opening:
            self._matcher.auction(opening, price=price, offer=offer, instrument=instrument)
            self._expire(opening, "did not fill in the opening auction")

    def _run_closing(self, calendar: str, hours: Hours) -> None:
        for symbol in self._symbols_of(calendar):
            closing = [
                order
                for order in self._open[symbol].values()
                if order.terms.time_in_force is TimeInForce.CLS
            ]
            price = self._closing_price(symbol, since=hours.since)
            instrument = self.instrument(symbol)
            if closing and price is not None and instrument is not None:
                offer = Offer(self._settings.quote_size)
                self._matcher.auction(closing, price=price, offer=offer, instrument=instrument)

    def _closing_price(self, symbol: str, *, since: datetime) -> Decimal | None:
        quote, traded = self._quotes.get(symbol), self._trades.get(symbol)
        if quote is not None and quote.at < since:
            quote = None
        if traded is not None and (traded.at < since or not traded.path):
            traded = None
        if traded is not None and (quote is None or traded.at > quote.at):
            return traded.path[-1]
        return None if quote is None else quote.last

    def _end_session(self, calendar: str) -> None:
        for symbol in self._symbols_of(calendar):
            orders = tuple(self._open[symbol].values())
            self._expire_dated(orders)
            ending = [order for order in orders if order.terms.time_in_force in _EXPIRE_AT_CLOSE]
            self._expire(ending, "expired at the close of the session")

    def _expire(self, orders: Sequence[PaperOrder], reason: str) -> None:
        for order in orders:
            if order.is_open:
                self._books.close(order, state=VenueState.EXPIRED, reason=reason)

    def _expire_dated(self, orders: Sequence[PaperOrder]) -> None:
        now = self._books.now
        for order in orders:
            expires_at = order.terms.expires_at
            if expires_at is not None and expires_at <= now and order.is_open:
                self._books.close(order, state=VenueState.EXPIRED, reason="gtd: its time is over")

    def _eligible(self, symbol: str, at: datetime) -> list[PaperOrder]:
        """Return the open orders that were there when the event happened."""
        orders = tuple(self._open[symbol].values())
        self._expire_dated(orders)
        return [order for order in orders if order.is_open and order.since <= at]

    def _in_session(self, calendar: str, at: datetime) -> bool:
        if calendar in self._settings.always_open:
            return True
        hours = self._books.hours.get(calendar)
        return hours is not None and hours.is_open and at >= hours.since

    def _symbols_of(self, calendar: str) -> list[str]:
        known = ((symbol, self.instrument(symbol)) for symbol in self._open)
        return [symbol for symbol, found in known if found and found.calendar == calendar]

    def _moment(self, quote: Quote) -> Moment:
        offers = self._offers.get(quote.symbol)
        if offers is None:
            size = self._settings.quote_size
            offers = self._offers[quote.symbol] = (Offer(size), Offer(size))
        return Moment(
            last=quote.last,
            buy=quote.ask,
            sell=quote.bid,
            buy_offer=offers[0],
            sell_offer=offers[1],
        )
