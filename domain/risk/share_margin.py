"""Work out what shares ask for that are margined each by itself, kept by line."""

from dataclasses import dataclass, field
from decimal import Decimal

from domain.margin.book import MarginPosition
from domain.margin.equities import rates_by
from domain.margin.rulebook import Rulebook
from domain.market.prices import Quote
from domain.risk.book_view import BookView
from domain.risk.effect import Effect
from domain.risk.lines import Line
from domain.risk.measure import NO_EXPOSURE
from domain.risk.situation import MarginFigures, SymbolFigures
from domain.shared.frozen import builder
from domain.shared.values import ONE, ZERO

_figures = builder(MarginFigures)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a symbol's shares ask for at one quote, as shares of their value."""

    quote: Quote
    long: Decimal
    short: Decimal


@dataclass(slots=True)
class LineCache:
    """What was worked out of one account: each line by itself, and all of them."""

    rulebook: Rulebook
    view: BookView | None = None
    lines: dict[str, tuple[Line, Decimal]] = field(default_factory=dict)
    total: Decimal | None = ZERO
    # Whether any line may come to be short.
    short: bool = False
    rates: dict[str, Rates] = field(default_factory=dict)

    def rates_of(self, figures: SymbolFigures) -> Rates | None:
        """Return what the symbol's shares ask for, None without a price.

        Initial margin is never less than maintenance (FINRA Rule 4210(b)).
        """
        quote = figures.quote
        if quote is None or quote.last <= ZERO:
            return None
        known = self.rates.get(figures.symbol)
        if known is not None and known.quote is quote:
            return known
        share = MarginPosition(symbol=figures.symbol, quantity=ONE, price=quote.last)
        opening, holding = rates_by(self.rulebook)(share)
        found = self.rates[figures.symbol] = Rates(
            quote,
            min(max(opening.long_rate, holding.long_rate), ONE),
            max(opening.short(quote.last), holding.short(quote.last)) / quote.last,
        )
        return found


def of_shares(effect: Effect, *, kept: LineCache, rulebook: Rulebook) -> MarginFigures:
    """Return what shares ask for that are margined each by themselves."""
    own, name = effect.situation.symbol, rulebook.name.value
    after, gross = effect.position_value_after, effect.gross_after
    if after is None or gross is None or kept.total is None:
        return MarginFigures(rulebook=name, initial=None, missing=NO_EXPOSURE[1].missing)
    bought = after if effect.is_buy else own.long_value
    sold = own.short_value if effect.is_buy else after
    known = kept.lines.get(own.symbol)
    before = ZERO if known is None else known[1]
    rates = kept.rates_of(own)
    asked = kept.total - before + reading_input_of(rates, bought=bought, sold=sold)
    # Who borrows nothing has paid in full, and need not be worth more; a short sale has no such
    # bound.
    short = kept.short or (sold is not None and sold > ZERO)
    least = rulebook.minimum_equity if short else min(rulebook.minimum_equity, gross)
    initial = at_least(asked, least, effect=effect, rulebook=rulebook)
    return _figures(rulebook=name, initial=initial)


def at_least(asked: Decimal, least: Decimal, *, effect: Effect, rulebook: Rulebook) -> Decimal:
    """Return what is asked, or what an account must be worth to borrow where it is not."""
    equity = effect.situation.account.equity
    poor = equity is None or equity < rulebook.minimum_equity
    return max(asked, least) if poor else asked


def reading_input_of(
    rates: Rates | None, *, bought: Decimal | None, sold: Decimal | None
) -> Decimal:
    """Return the larger of what a symbol's value asks if all buys, and if all sales, are filled.

    Nothing where a value is missing: then the exposure is too, and denies.
    """
    if bought is None or sold is None or rates is None:
        return ZERO
    asked = bought * rates.long if bought > ZERO else ZERO
    return max(asked, sold * rates.short) if sold > ZERO else asked
