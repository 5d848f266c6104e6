"""Say why the venue does not take an order, or a change of one."""

from adapters.brokers.paper.books import VenueBooks
from adapters.brokers.paper.orders import AT_ONCE, AUCTIONS, PaperOrder
from adapters.brokers.paper.settings import PaperSettings
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.shared.values import plain
from ports.broker import Dedup

# As on venues that bound the number of slices: no order may flood an event with fills.
_ICEBERG_SLICES_MAX = 100


class Admission:
    """The venue's own checks; they are no risk rules."""

    def __init__(self, *, books: VenueBooks, settings: PaperSettings) -> None:
        self._books = books
        self._settings = settings

    def duplicate(self, *, account_id: str, client_order_id: str) -> str | None:
        """Say that the id was used before, as far as the dedup mode forbids that."""
        index = self._books.index
        dedup = self._settings.dedup
        if dedup is Dedup.NONE:
            return None
        used = f"duplicate client order id {client_order_id}"
        if dedup is Dedup.OPEN_ONLY:
            same = index.by_client(account_id=account_id, client_order_id=client_order_id)
            return used if any(order.is_open for order in same) else None
        if index.seen(account_id=account_id, client_order_id=client_order_id):
            return used
        if not index.has_room():
            return "the venue can remember no more client order ids: give it a new journal"
        return None

    def problem(
        self,
        *,
        account_id: str,
        terms: OrderTerms,
        instrument: Instrument | None,
        is_open: bool,
        quote: Quote | None,
    ) -> str | None:
        """Say why a new order is refused; quote is the running session's, if there is one."""
        if instrument is None:
            return f"unknown symbol {terms.symbol}"
        if self._books.index.open_count(account_id) >= self._settings.open_orders_max:
            return f"too many open orders: at most {self._settings.open_orders_max} an account"
        return (
            _size_problem(terms, instrument)
            or self._hours_problem(terms, instrument, is_open)
            or self._reduce_problem(account_id, terms)
            or _post_only_problem(terms, quote, active=terms.type is OrderType.LIMIT)
        )

    def replace_problem(
        self,
        *,
        order: PaperOrder,
        terms: OrderTerms,
        instrument: Instrument,
        quote: Quote | None,
    ) -> str | None:
        """Say why an order cannot take new terms."""
        old = order.terms
        for name in ("symbol", "side", "type", "time_in_force", "post_only", "reduce_only"):
            if getattr(terms, name) != getattr(old, name):
                return f"{name}: a replace cannot change it; cancel and send a new order"
        if terms.expires_at is not None and terms.expires_at <= self._books.now:
            return "expires_at: lies in the past"
        if terms.quantity <= order.filled:
            filled = plain(order.filled)
            return f"quantity: must exceed the {filled} that have filled; cancel instead"
        if order.active and (terms.stop_price, terms.trail) != (old.stop_price, old.trail):
            return "stop_price: the order has been triggered already"
        return _size_problem(terms, instrument) or _post_only_problem(
            terms, quote, active=order.active
        )

    def _hours_problem(
        self, terms: OrderTerms, instrument: Instrument, is_open: bool
    ) -> str | None:
        duration = terms.time_in_force
        if duration in AUCTIONS and instrument.calendar in self._settings.always_open:
            return f"time_in_force: {instrument.calendar} never closes, so it has no auctions"
        if duration in AT_ONCE and not is_open:
            return f"time_in_force: the market is closed, {duration} needs an open one"
        if duration is TimeInForce.OPG and is_open:
            return "time_in_force: the opening auction is over, opg is taken while closed"
        if terms.expires_at is not None and terms.expires_at <= self._books.now:
            return "expires_at: lies in the past"
        return None

    def _reduce_problem(self, account_id: str, terms: OrderTerms) -> str | None:
        if not terms.reduce_only:
            return None
        held = self._books.position(account_id=account_id, symbol=terms.symbol)
        if (held < 0) if terms.side is Side.BUY else (held > 0):
            return None
        return f"reduce-only: the account holds {plain(held)}, there is nothing to reduce"


def _size_problem(terms: OrderTerms, instrument: Instrument) -> str | None:
    problem = instrument.quantity_problem(terms.quantity)
    if problem is not None and not _closes_odd_lot(terms):
        return f"quantity: {problem}"
    for name in ("limit_price", "stop_price"):
        price = getattr(terms, name)
        problem = None if price is None else instrument.price_problem(price)
        if problem is not None:
            return f"{name}: {problem}"
    shown = terms.display_quantity
    if shown is None:
        return None
    if shown % instrument.lot:
        return f"display_quantity: must be a multiple of the lot {plain(instrument.lot)}"
    if shown * _ICEBERG_SLICES_MAX < terms.quantity:
        return f"display_quantity: at least a {_ICEBERG_SLICES_MAX}th must be shown"
    return None


def _closes_odd_lot(terms: OrderTerms) -> bool:
    # Splits leave odd lots behind; what only reduces may get rid of them.
    return terms.reduce_only


def _post_only_problem(terms: OrderTerms, quote: Quote | None, *, active: bool) -> str | None:
    if not terms.post_only or not active or quote is None or terms.limit_price is None:
        return None
    buying = terms.side is Side.BUY
    taking = terms.limit_price >= quote.ask if buying else terms.limit_price <= quote.bid
    if not taking:
        return None
    against = f"the ask {plain(quote.ask)}" if buying else f"the bid {plain(quote.bid)}"
    return f"post-only: {plain(terms.limit_price)} would take at {against}"
