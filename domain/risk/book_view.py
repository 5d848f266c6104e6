"""See an account's book at the market's prices, worked out once and kept up in steps."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from domain.accounts.book import AccountBook, Intake
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.orders.order import Order
from domain.risk.lines import Line, counts_as_resting, line_after, line_of, line_without
from domain.risk.recent import Recent, recent_of
from domain.risk.situation import AccountFigures
from domain.shared.frozen import builder
from domain.shared.values import ZERO

FindInstrument = Callable[[str], Instrument | None]
FindQuote = Callable[[str], Quote | None]
_RESTING = "resting"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """One book version at one set of marks: a line per symbol, and the account's sums.

    sectors holds the gross exposure per sector; it is None when the sector or worth of
    anything held or resting is unknown, for that could belong to any sector.
    """

    book: AccountBook
    lines: Mapping[str, Line]
    account: AccountFigures
    sectors: Mapping[str, Decimal] | None
    recent: Recent
    # Those that only reduced.
    recent_reducing: Recent
    # What was worked out of the lines, which views that differ in messages alone share.
    _known: dict[str, Decimal | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def resting_worth(self) -> Decimal | None:
        """The worth of everything that rests, bought and sold; None where some has none."""
        if _RESTING not in self._known:
            self._known[_RESTING] = _resting_worth(self.lines.values())
        return self._known[_RESTING]

    def line(self, symbol: str) -> Line | None:
        """Return the line of a symbol that was seen, None for others."""
        return self.lines.get(symbol)

    def marked(
        self, symbol: str, *, instrument: Instrument | None, quote: Quote | None
    ) -> "BookView":
        """Return the view with the symbol at this quote: itself when nothing changed."""
        line = self.lines.get(symbol)
        if line is not None:
            figures = line.figures
            if figures.quote is quote and figures.instrument is instrument:
                return self
        position = line.position if line is not None else Position(symbol=symbol)
        return self._with(
            line_of(
                position=position,
                resting=line.resting if line is not None else (),
                instrument=instrument,
                quote=quote,
                currency=self.book.account.currency,
            )
        )

    def with_order(self, order: Order) -> "BookView":
        """Return the view with one more order at rest; its symbol was marked before."""
        line = self.lines[order.symbol]
        if not counts_as_resting(order):
            return self
        others = tuple(other for other in line.resting if other.id != order.id)
        return self._resting(line, resting=(*others, order))

    def with_message(self, intake: Intake) -> "BookView":
        """Return the view with one more order message, sent before the order decided on."""
        if intake.reducing:
            kept = self.recent_reducing
            return replace(self, recent_reducing=kept.followed_by((*kept.intakes, intake)))
        kept = self.recent
        return replace(self, recent=kept.followed_by((*kept.intakes, intake)))

    def without_messages(self) -> "BookView":
        """Return the view as if no order message had come, for one that was counted before."""
        return replace(self, recent=recent_of(()), recent_reducing=recent_of(()))

    def without(self, order_id: UUID) -> "BookView":
        """Return the view as if the order did not rest, to decide on its replace."""
        order = self.book.orders.get(order_id)
        line = self.lines.get(order.symbol) if order is not None else None
        if order is None or line is None:
            return self
        left = line_without(line, order)
        if left is not None:
            return self._with(left)
        others = tuple(other for other in line.resting if other.id != order_id)
        return self if len(others) == len(line.resting) else self._resting(line, resting=others)

    def with_book(
        self, book: AccountBook, *, instrument: FindInstrument, quote: FindQuote
    ) -> "BookView":
        """Return the view of a later version of the book; unchanged lines are kept."""
        return _view(book, before=self, instrument=instrument, quote=quote)

    def after_change(self, book: AccountBook) -> "BookView | None":
        """Return the view of a later version at the same marks, by what its changes touched.

        None when that cannot be told: the book is not of the next few, or more changed than
        orders of symbols seen before. Then `with_book` works it out.
        """
        steps = book.touched_since(self.book)
        if steps is None:
            return None
        # Each as it stands now, in the order in which they came to the book.
        latest: dict[int, Order] = {}
        for step in steps:
            if step.positions:
                return None
            for order in step.orders:
                if order.is_closed or not counts_as_resting(order):
                    return None
                latest[order.id.int] = order
        moves: dict[str, list[tuple[Order | None, Order]]] = {}
        for order in latest.values():
            before = self.book.orders.get(order.id)
            moves.setdefault(order.symbol, []).append((before, order))
        lines = dict(self.lines)
        for symbol, several in moves.items():
            line = lines.get(symbol)
            stepped = line_after(line, several) if line is not None else None
            if stepped is None:
                return None
            lines[symbol] = stepped
        return _summed(
            book,
            lines=lines,
            recent=self.recent.followed_by(book.recent),
            recent_reducing=self.recent_reducing.followed_by(book.recent_reducing),
        )

    def _resting(self, line: Line, *, resting: tuple[Order, ...]) -> "BookView":
        return self._with(
            line_of(
                position=line.position,
                resting=resting,
                instrument=line.figures.instrument,
                quote=line.figures.quote,
                currency=self.book.account.currency,
            )
        )

    def _with(self, line: Line) -> "BookView":
        lines = {**self.lines, line.position.symbol: line}
        return _summed(
            self.book, lines=lines, recent=self.recent, recent_reducing=self.recent_reducing
        )


_account_figures = builder(AccountFigures)
_book_view = builder(BookView)


def view_of(book: AccountBook, *, instrument: FindInstrument, quote: FindQuote) -> BookView:
    """Work out the whole view of a book; look-ups return None for what is not known."""
    return _view(book, before=None, instrument=instrument, quote=quote)


def _view(
    book: AccountBook,
    *,
    before: BookView | None,
    instrument: FindInstrument,
    quote: FindQuote,
) -> BookView:
    resting: dict[str, list[Order]] = {}
    for order in book.orders.values():
        if counts_as_resting(order):
            resting.setdefault(order.symbol, []).append(order)
    # Symbols seen before stay, flat or not: the next order there needs no new line.
    known_lines = before.lines if before is not None else {}
    symbols = {
        **dict.fromkeys(known_lines),
        **dict.fromkeys(book.positions),
        **dict.fromkeys(resting),
    }
    lines: dict[str, Line] = {}
    for symbol in symbols:
        position = book.position(symbol)
        orders = tuple(resting.get(symbol, ()))
        known = known_lines.get(symbol)
        latest, described = quote(symbol), instrument(symbol)
        if (
            known is not None
            and known.position == position
            and known.figures.quote is latest
            and known.figures.instrument is described
            and len(known.resting) == len(orders)
            and all(a is b for a, b in zip(known.resting, orders, strict=True))
        ):
            lines[symbol] = known
            continue
        lines[symbol] = line_of(
            position=position,
            resting=orders,
            instrument=described,
            quote=latest,
            currency=book.account.currency,
        )
    recent, reducing = book.recent, book.recent_reducing
    return _summed(
        book,
        lines=lines,
        recent=before.recent.followed_by(recent) if before is not None else recent_of(recent),
        recent_reducing=before.recent_reducing.followed_by(reducing)
        if before is not None
        else recent_of(reducing),
    )


def _summed(
    book: AccountBook, *, lines: Mapping[str, Line], recent: Recent, recent_reducing: Recent
) -> BookView:
    gross: Decimal | None = ZERO
    reserved: Decimal | None = ZERO
    equity = _cash_counted(book)
    sectors: dict[str, Decimal] | None = {}
    open_positions = 0
    for line in lines.values():
        figures = line.figures
        if not line.position.quantity and not line.resting:
            continue
        exposure = figures.gross
        gross = None if gross is None or exposure is None else gross + exposure
        spent = figures.buy_value
        reserved = None if reserved is None or spent is None else reserved + spent
        equity = None if equity is None or line.worth is None else equity + line.worth
        sector = figures.instrument.sector if figures.instrument is not None else ""
        if sectors is not None:
            if exposure is None or not sector:
                sectors = None
            else:
                sectors[sector] = sectors.get(sector, ZERO) + exposure
        open_positions += figures.is_open
    account = book.account
    figures_of_account = _account_figures(
        currency=account.currency,
        kind=account.kind,
        leverage=account.leverage,
        cash=book.settled_cash,
        reserved_cash=reserved,
        equity=equity,
        peak_equity=book.peak_equity,
        opening_equity=book.day.opening_equity if book.day is not None else None,
        gross=gross,
        open_positions=open_positions,
    )
    return _book_view(
        book=book,
        lines=lines,
        account=figures_of_account,
        sectors=sectors,
        recent=recent,
        recent_reducing=recent_reducing,
    )


def _resting_worth(lines: Iterable[Line]) -> Decimal | None:
    worth = ZERO
    for line in lines:
        if not line.resting:
            continue
        if line.figures.buy_value is None or line.sell_value is None:
            return None
        worth += line.figures.buy_value + line.sell_value
    return worth


def _cash_counted(book: AccountBook) -> Decimal | None:
    """Return the cash that counts as equity: a debt in another currency has no rate here."""
    own = book.account.currency
    if any(amount < ZERO for currency, amount in book.cash.items() if currency != own):
        return None
    return book.settled_cash
