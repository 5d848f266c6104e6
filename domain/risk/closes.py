"""Keep a symbol's daily closes, and what a book would have made on each of the last days."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from domain.market.prices import Bar
from domain.risk.book_view import BookView
from domain.risk.portfolio import Floats

# So many daily returns are looked at. More closes are kept, for symbols of other calendars.
RETURNS = 60
CLOSES_KEPT = 90
# Of one book at one mark; more are worked out anew.
LOSSES_KEPT = 1_000
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """The latest daily closes of one symbol, oldest first, and their simple returns."""

    days: tuple[date, ...]
    prices: Floats
    # Of the last RETURNS days.
    returns: Floats


FindCloses = Callable[[str], Closes | None]


def closes_of(bars: Sequence[Bar]) -> Closes | None:
    """Return the closes of bars; None where they are too few, or one is not above zero."""
    by_day = {bar.closed_at.date(): float(bar.close) for bar in bars}
    return _closes(by_day)


def _closes(by_day: Mapping[date, float]) -> Closes | None:
    days = tuple(sorted(by_day))[-CLOSES_KEPT:]
    if len(days) < RETURNS + 1:
        return None
    prices = np.array([by_day[day] for day in days], dtype=np.float64)
    if not (prices > 0).all():
        return None
    returns = prices[-RETURNS:] / prices[-RETURNS - 1 : -1] - 1.0
    return Closes(days=days, prices=prices, returns=returns)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolInBook:
    """Daily returns of one symbol, and what the rest of the book made on the same days, in money.

    worth is what the symbol counts for in the book, signed, in the account's currency.
    """

    returns: Floats
    rest: Floats
    worth: Decimal


@dataclass(slots=True)
class BookReturns:
    """What the book of a view made on each of the last days; worked out once per view."""

    view: BookView
    find: FindCloses
    # Of each symbol that is held or rests, signed; None where one has no worth.
    worths: dict[str, Decimal] | None = None
    _days: tuple[date, ...] = ()
    _made: Floats | None = None
    _symbols: dict[str, SymbolInBook | None] = field(default_factory=dict)
    # What was asked of it already: an order's size moves a correlation not at all, and of one
    # worth the loss is one.
    _correlated: dict[tuple[str, bool], Decimal | None] = field(default_factory=dict)
    _losses: dict[tuple[str, Decimal, Decimal], Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sum the usual book: all of whose symbols have closes of the same days."""
        self.worths = worths_of(self.view)
        found = [self.find(symbol) for symbol in self.worths or ()]
        if self.worths is None or None in found:
            return
        known = [closes for closes in found if closes is not None]
        self._days = known[0].days[-RETURNS - 1 :] if known else ()
        if all(closes.days[-RETURNS - 1 :] == self._days for closes in known):
            self._made = _summed(zip(known, self.worths.values(), strict=True))

    def of(self, symbol: str) -> SymbolInBook | None:
        """Return a symbol beside the rest of the book, None where any return is missing."""
        if symbol not in self._symbols:
            self._symbols[symbol] = self._of(symbol)
        return self._symbols[symbol]

    def correlated(self, symbol: str, *, is_buy: bool) -> Decimal | None:
        """Return how an order in a symbol goes with the rest of the book, as `correlated` does."""
        key = symbol, is_buy
        if key not in self._correlated:
            found = self.of(symbol)
            self._correlated[key] = None if found is None else correlated(found, is_buy=is_buy)
        return self._correlated[key]

    def loss_at(self, symbol: str, *, worth: Decimal, confidence: Decimal) -> Decimal | None:
        """Return a day's loss with that worth of a symbol, as `loss_at` does."""
        key = symbol, worth, confidence
        known = self._losses.get(key)
        if known is None:
            found = self.of(symbol)
            if found is None:
                return None
            if len(self._losses) >= LOSSES_KEPT:
                self._losses.clear()
            known = self._losses[key] = loss_at(found, worth=worth, confidence=confidence)
        return known

    def _of(self, symbol: str) -> SymbolInBook | None:
        own, worths = self.find(symbol), self.worths
        if own is None or worths is None:
            return None
        worth = worths.get(symbol, Decimal(0))
        if self._made is not None and (not worths or own.days[-RETURNS - 1 :] == self._days):
            rest = self._made - float(worth) * own.returns
            return SymbolInBook(returns=own.returns, rest=rest, worth=worth)
        aligned = _aligned({name: self.find(name) for name in {*worths, symbol}})
        if aligned is None:
            return None
        others = [(aligned[name], value) for name, value in worths.items() if name != symbol]
        return SymbolInBook(returns=aligned[symbol].returns, rest=_summed(others), worth=worth)


def worths_of(view: BookView) -> dict[str, Decimal] | None:
    """Return what each symbol counts for, resting orders on its worse side included, signed."""
    worths: dict[str, Decimal] = {}
    for symbol, line in view.lines.items():
        if not line.position.quantity and not line.resting:
            continue
        long_value, short_value = line.figures.long_value, line.figures.short_value
        if long_value is None or short_value is None:
            return None
        worths[symbol] = long_value if long_value >= short_value else -short_value
    return worths


def correlated(found: SymbolInBook, *, is_buy: bool) -> Decimal | None:
    """Return the correlation of what an order adds with the rest of the book, from -1 to 1.

    Pearson's, over the last days; of a sale that of the symbol sold short. Nothing is
    correlated with an empty book; None where the symbol or the rest never moved.
    """
    if not found.rest.any():
        return Decimal(0)
    own = found.returns - found.returns.mean()
    rest = found.rest - found.rest.mean()
    scale = float(np.sqrt((own @ own) * (rest @ rest)))
    if scale <= 0.0:
        return None
    value = min(max(float(own @ rest) / scale, -1.0), 1.0)
    return Decimal(repr(round(value if is_buy else -value, 6)))


def loss_at(found: SymbolInBook, *, worth: Decimal, confidence: Decimal) -> Decimal:
    """Return the historical value at risk of one day with that worth of the symbol, in money.

    The empirical quantile of what the book would have made, the smaller of two neighbours: of
    n results the k-th worst, k = floor(n x (1 - confidence)), at least the worst.
    """
    results = found.rest + float(worth) * found.returns
    tail = max(int(len(results) * (1 - confidence)), 1)
    results.partition(tail - 1)
    worst = float(results[tail - 1])
    return Decimal(repr(max(-worst, 0.0))).quantize(_CENT)


def _summed(parts: Iterable[tuple[Closes, Decimal]]) -> Floats:
    made = np.zeros(RETURNS, dtype=np.float64)
    for closes, worth in parts:
        made += float(worth) * closes.returns
    return made


def _aligned(found: Mapping[str, Closes | None]) -> dict[str, Closes] | None:
    """Return all closes on the days that each has, None where those are too few."""
    by_day: dict[str, dict[date, float]] = {}
    for symbol, closes in found.items():
        if closes is None:
            return None
        by_day[symbol] = dict(zip(closes.days, closes.prices.tolist(), strict=True))
    shared = set.intersection(*(set(prices) for prices in by_day.values()))
    aligned: dict[str, Closes] = {}
    for symbol, prices in by_day.items():
        kept = _closes({day: prices[day] for day in shared})
        if kept is None:
            return None
        aligned[symbol] = kept
    return aligned
