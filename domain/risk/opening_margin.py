"""Work out the initial margin that an order leads to, from what stands in the account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from domain.accounts.account import AccountKind
from domain.accounts.margin_book import Marks, margin_position
from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.rulebook import NoTable, Rulebook, RulebookName, rulebook_of
from domain.market.instruments import AssetClass
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.book_view import BookView
from domain.risk.effect import Effect, effect_of
from domain.risk.lines import Line
from domain.risk.measure import NO_EXPOSURE
from domain.risk.share_margin import LineCache, at_least, of_shares, reading_input_of
from domain.risk.situation import MarginFigures, Situation
from domain.shared.frozen import changer
from domain.shared.values import ONE, ZERO

# The version of a rulebook that holds for a broker's accounts on a day.
FindRulebook = Callable[[str, str, date], Rulebook | NoTable]
ACCOUNTS_KEPT = 1_000


@lru_cache(maxsize=1_000)
def dated_rulebook(name: str, broker: str, on: date) -> Rulebook | NoTable:
    """Return the version that holds on a day, of a broker that asks nothing beyond it."""
    del broker
    return rulebook_of(name, on=on)


_MARGIN = AccountKind.MARGIN
_SHARES = AssetClass.EQUITY
# By these every share is margined by itself.
_EACH_ALONE = frozenset({RulebookName.REG_T, RulebookName.FINRA_4210})
# A share of which every rulebook asks its plain rate: none is cheap.
_ANY_PRICE = Decimal(100)
_changed = changer(Situation)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMargin:
    """What a book asks for with everything that rests filled, and what one more share would.

    long_rate is the share of its worth that a share bought beside it asks for; may_be_short tells
    whether anything is, or may come to be, owed.
    """

    rulebook: Rulebook
    initial: Decimal
    may_be_short: bool
    long_rate: Decimal


class OpeningMargin:
    """Measures orders against their accounts' rulebooks; what did not change is kept.

    Shares are margined each by itself, so that an order moves its own symbol's part alone: the
    larger of what everything bought, and what everything sold, of it would ask. Where legs are
    margined together the book is assessed with the order in it, what rests is taken off the
    positions that it would close, and what it would open is added as if nothing offset it: no
    subset of fills asks for more.
    """

    def __init__(self, *, rulebook: FindRulebook, marks: Marks) -> None:
        self._rulebook = rulebook
        self._marks = marks
        self._kept: dict[int, LineCache] = {}

    def put(
        self,
        situation: Situation,
        *,
        order: Order,
        terms: OrderTerms,
        view: BookView,
        rulebook: str,
        on: date,
    ) -> Situation:
        """Return the situation with what the rulebook asks; itself where it asks nothing."""
        if situation.account.kind is not _MARGIN:
            return situation
        effect = effect_of(order, terms=terms, situation=situation)
        if effect.reducing:
            return situation
        found = self._rulebook(rulebook, view.book.account.broker, on)
        if isinstance(found, NoTable):
            figures = MarginFigures(rulebook=rulebook, initial=None, missing=found.problem)
        else:
            figures = self._figures(effect, view=view, rulebook=found, on=on)
        return _changed(situation, margin=figures)

    def standing(self, view: BookView, *, rulebook: str, on: date) -> BookMargin | NoTable:
        """Return what the account's book asks for without another order, or what is missing."""
        found = self._rulebook(rulebook, view.book.account.broker, on)
        if isinstance(found, NoTable):
            return found
        one = MarginPosition(symbol="SHARE", quantity=ONE, price=_ANY_PRICE)
        bought = assess(MarginBook(cash=ZERO, positions=(one,)), rulebook=found, on=on)
        if isinstance(bought, NoTable):
            return NoTable(table=bought.table, problem=f"{found.name} has no table for shares")
        kept = self._latest(view, rulebook=found)
        asked: tuple[Decimal, bool] | NoTable
        if kept.total is not None:
            asked = kept.total, kept.short
        else:
            asked = self._together(None, view=view, rulebook=found, on=on)
        if isinstance(asked, NoTable):
            return asked
        return BookMargin(
            rulebook=found,
            initial=asked[0],
            may_be_short=asked[1],
            long_rate=bought.deposit / _ANY_PRICE,
        )

    def _figures(
        self, effect: Effect, *, view: BookView, rulebook: Rulebook, on: date
    ) -> MarginFigures:
        kept = self._latest(view, rulebook=rulebook)
        instrument = effect.situation.symbol.instrument
        is_share = instrument is not None and instrument.asset_class is _SHARES
        if kept.total is not None and is_share:
            return of_shares(effect, kept=kept, rulebook=rulebook)
        asked = self._together(effect, view=view, rulebook=rulebook, on=on)
        gross = effect.gross_after
        if isinstance(asked, NoTable):
            return _unmeasured(rulebook, asked.problem)
        if gross is None:
            return _unmeasured(rulebook, NO_EXPOSURE[1].missing)
        # Who borrows nothing has paid in full; what rests counts too, for it may be filled.
        least = rulebook.minimum_equity if asked[1] else min(rulebook.minimum_equity, gross)
        initial = at_least(asked[0], least, effect=effect, rulebook=rulebook)
        return MarginFigures(rulebook=rulebook.name.value, initial=initial)

    def _latest(self, view: BookView, *, rulebook: Rulebook) -> LineCache:
        """Return what the account's lines ask for, those that changed worked out anew."""
        key = view.book.account.id.int
        kept = self._kept.get(key)
        if kept is None or kept.rulebook is not rulebook:
            if len(self._kept) >= ACCOUNTS_KEPT:
                self._kept.clear()
            kept = self._kept[key] = LineCache(rulebook=rulebook)
        if kept.view is view:
            return kept
        alone = rulebook.name in _EACH_ALONE
        total, short = (ZERO if alone else None), False
        lines: dict[str, tuple[Line, Decimal]] = {}
        for symbol, line in view.lines.items() if alone else ():
            if not line.position.quantity and not line.resting:
                continue
            instrument = line.figures.instrument
            if instrument is None or instrument.asset_class is not _SHARES:
                total, lines = None, {}
                break
            known, of = kept.lines.get(symbol), line.figures
            if known is None or known[0] is not line:
                asked = reading_input_of(
                    kept.rates_of(of), bought=of.long_value, sold=of.short_value
                )
                known = line, asked
            lines[symbol] = known
            short = short or bool(of.short_value and of.short_value > ZERO)
            if total is not None:
                total += known[1]
        kept.view, kept.lines, kept.total, kept.short = view, lines, total, short
        return kept

    def _together(
        self, effect: Effect | None, *, view: BookView, rulebook: Rulebook, on: date
    ) -> tuple[Decimal, bool] | NoTable:
        """Assess the book with the order in it, and add what else may be opened.

        Returns that, and whether any of it may come to be short.
        """
        symbols = dict.fromkeys(view.lines)
        if effect is not None:
            symbols[effect.situation.symbol.symbol] = None
        positions: list[MarginPosition] = []
        more, short = ZERO if effect is None else _slippage(effect), False
        for symbol in symbols:
            core, parts = _reach(symbol, view=view, effect=effect)
            short = short or min(core, *parts, ZERO) < ZERO
            asked = [ZERO]
            for part in parts:
                alone = self._assessed(part, symbol, view=view, rulebook=rulebook, on=on)
                if isinstance(alone, NoTable):
                    return alone
                asked.append(alone.deposit)
            more += max(asked)
            if core:
                held = self._position(symbol, core, view=view)
                if isinstance(held, NoTable):
                    return held
                positions.append(held)
        book = MarginBook(cash=view.book.settled_cash, positions=tuple(positions))
        assessed = assess(book, rulebook=rulebook, on=on)
        return assessed if isinstance(assessed, NoTable) else (assessed.deposit + more, short)

    def _assessed(
        self,
        quantity: Decimal,
        symbol: str,
        *,
        view: BookView,
        rulebook: Rulebook,
        on: date,
    ) -> Assessment | NoTable:
        """Assess units of one symbol as if nothing else were held."""
        position = self._position(symbol, quantity, view=view)
        if isinstance(position, NoTable):
            return position
        return assess(MarginBook(cash=ZERO, positions=(position,)), rulebook=rulebook, on=on)

    def _position(
        self, symbol: str, quantity: Decimal, *, view: BookView
    ) -> MarginPosition | NoTable:
        currency = view.account.currency
        return margin_position(symbol, quantity=quantity, marks=self._marks, currency=currency)


def _unmeasured(rulebook: Rulebook, why: str) -> MarginFigures:
    return MarginFigures(rulebook=rulebook.name.value, initial=None, missing=why)


def _reach(
    symbol: str, *, view: BookView, effect: Effect | None
) -> tuple[Decimal, tuple[Decimal, ...]]:
    """Return the units of a symbol that no fill takes away, and what fills may add on each side.

    The order is taken as filled.
    """
    own = None if effect is None or effect.situation.symbol.symbol != symbol else effect
    figures = view.lines[symbol].figures if own is None else own.situation.symbol
    low, high = figures.position - figures.sells, figures.position + figures.buys
    if own is not None:
        # The order adds what of it no other order of its group has counted already.
        added = own.position_after - (high if own.is_buy else low)
        low, high = low + added, high + added
    core = min(max(low, ZERO), high) if low > ZERO or high > ZERO else high
    return core, tuple(part for part in (high - core, low - core) if part)


def _slippage(effect: Effect) -> Decimal:
    """Return what a buy may pay beyond the last price, by which equity would fall."""
    quote, instrument = effect.situation.symbol.quote, effect.situation.symbol.instrument
    if not effect.is_buy or effect.value is None or quote is None or instrument is None:
        return ZERO
    return max(effect.value - effect.quantity * quote.last * instrument.multiplier, ZERO)
