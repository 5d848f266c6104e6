"""Restate what an order asks for in the shares of after a split, rounded to the safe side."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.market.instruments import Instrument
from domain.market.prices import Split
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import ZERO, plain

# These rest over the night, in which splits take effect.
LASTING = frozenset({TimeInForce.GTC, TimeInForce.GTD})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
# A venue shows at least so many parts of the whole.
_SLICES_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RestatedTerms:
    """The terms in new shares, and how many new units are left out: fractions of a lot."""

    terms: OrderTerms
    cut: Decimal


def restated(
    terms: OrderTerms, *, filled: Decimal, split: Split, instrument: Instrument
) -> RestatedTerms | None:
    """Return the terms after a split; None where nothing that could be ordered is left.

    What has filled keeps its units: the quantity is what filled plus what is left of it in
    new shares, in whole lots. A limit is never worse than it was, and a stop never later.
    """
    exact = (terms.quantity - filled) * split.numerator / split.denominator
    leaves = rounded(exact, step=instrument.lot, up=False)
    if leaves < instrument.min_quantity or leaves > instrument.max_quantity:
        return None
    limit = _price(terms.limit_price, split=split, tick=instrument.tick, up=_sells(terms))
    stop = _price(terms.stop_price, split=split, tick=instrument.tick, up=_sells(terms))
    if any(price is not None and price <= ZERO for price in (limit, stop)):
        return None
    after = replace(
        terms,
        quantity=filled + leaves,
        limit_price=limit,
        stop_price=stop,
        trail=_trail(terms, split=split, tick=instrument.tick),
        display_quantity=_shown(terms, split=split, leaves=leaves, lot=instrument.lot),
    )
    return RestatedTerms(terms=after, cut=exact - leaves)


def restated_price(price: Decimal, *, split: Split, tick: Decimal, up: bool) -> Decimal:
    """Return a price per new share, on the tick above or below."""
    return rounded(price * split.denominator / split.numerator, step=tick, up=up)


def rounded(value: Decimal, *, step: Decimal, up: bool) -> Decimal:
    """Return the multiple of the step that is next to the value, above or below."""
    steps = (value / step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return steps * step


def described(split: Split) -> str:
    """Name the split."""
    ratio = f"{plain(split.numerator)}:{plain(split.denominator)}"
    return f"the {ratio} split of {split.symbol} on {split.ex_date}"


def told(split: Split, *, cut: Decimal) -> str:
    """Say that an order was restated, and what was left out of it."""
    left_out = f"; {plain(cut.normalize())} of a new unit is left out" if cut else ""
    return f"adjusted for {described(split)}{left_out}"


def unprotected(terms: OrderTerms, *, split: Split) -> str:
    """Say that an order was ended by a split, and what that means for what it protected."""
    lost = ""
    if terms.type in _STOPS:
        lost = "; the stop that it was is gone, its position is not protected by it any more"
    elif terms.reduce_only:
        lost = "; the exit that it was is gone"
    return f"canceled by {described(split)}{lost}"


def _sells(terms: OrderTerms) -> bool:
    # A sale's limit rises and so does its stop: it triggers earlier, never later. A purchase's
    # fall.
    return terms.side is Side.SELL


def _price(price: Decimal | None, *, split: Split, tick: Decimal, up: bool) -> Decimal | None:
    return None if price is None else restated_price(price, split=split, tick=tick, up=up)


def _trail(terms: OrderTerms, *, split: Split, tick: Decimal) -> Decimal | None:
    if terms.trail is None or terms.trail_kind is TrailKind.PERCENT:
        return terms.trail
    # A shorter trail triggers earlier.
    return max(restated_price(terms.trail, split=split, tick=tick, up=False), tick)


def _shown(terms: OrderTerms, *, split: Split, leaves: Decimal, lot: Decimal) -> Decimal | None:
    shown = terms.display_quantity
    if shown is None:
        return None
    exact = shown * split.numerator / split.denominator
    least = rounded(leaves / _SLICES_MAX, step=lot, up=True)
    return min(max(rounded(exact, step=lot, up=False), least), leaves)
