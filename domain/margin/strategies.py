"""Price the ways in which the rules let options, and shares beside them, be margined together.

FINRA Rule 4210(f)(2)(E) to (H) and the Cboe Margin Manual (Options Strategy Based Margin). All
figures are for one contract, in money. `opens` counts premiums and proceeds as the manuals do;
`holds` is what has to stand behind the legs at their present prices, where a short option's
price is a debt of equity already: its premium is left out, and what a long one is worth counts
for nothing.
"""

from dataclasses import dataclass
from decimal import Decimal

from domain.margin.assessment import Strategy
from domain.margin.book import MarginPosition
from domain.margin.equities import ShareRates
from domain.margin.tables import OptionRates
from domain.market.instruments import OptionRight, OptionTerms
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLeg:
    """One series that is held or owed, with what one contract of it comes to alone."""

    position: MarginPosition
    terms: OptionTerms
    is_short: bool
    premium: Decimal
    beyond: Decimal
    units: Decimal

    @property
    def is_call(self) -> bool:
        """Whether it is a call."""
        return self.terms.right is OptionRight.CALL

    def intrinsic(self, price: Decimal) -> Decimal:
        """Return what exercising one contract pays at a price of the underlying."""
        strike = self.terms.strike
        paid = price - strike if self.is_call else strike - price
        return max(paid, ZERO) * self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Legs by their places, how much of each one takes, and what that needs."""

    strategy: Strategy
    takes: tuple[tuple[int, int], ...]
    opens: Decimal
    holds: Decimal


def option_leg(
    position: MarginPosition, *, spot: Decimal, rates: OptionRates, multiple: Decimal
) -> OptionLeg:
    """Return the leg of an option position; raises nothing, its terms are there.

    beyond is 4210(f)(2)(E): 20 % of the underlying (broad index 15 %) less what the option is out
    of the money, at least 10 % of the underlying for a call, of the strike for a put.
    """
    terms = position.option
    if terms is None:
        raise LookupError(f"{position.symbol} is no option")
    out, base = spot - terms.strike, terms.strike
    if terms.right is OptionRight.CALL:
        out, base = -out, spot
    share = rates.broad_index if terms.broad_index else rates.share
    beyond = max(spot * share - max(out, ZERO), base * rates.least)
    return OptionLeg(
        position=position,
        terms=terms,
        is_short=position.quantity < ZERO,
        premium=position.price * position.multiplier,
        beyond=beyond * multiple * position.multiplier,
        units=position.multiplier,
    )


def alone(leg: OptionLeg) -> tuple[Decimal, Decimal]:
    """Return what one contract by itself needs to open and to hold."""
    if leg.is_short:
        return leg.premium + leg.beyond, leg.beyond
    return leg.premium, leg.premium


def worst(legs: tuple[OptionLeg, ...]) -> Decimal:
    """Return the most that exercising everything can cost, over all prices of the underlying.

    The sum is linear between strikes, and where longs and shorts are as many of each right it is
    level beyond the last and, at 0, what it is at the first.
    """
    prices = {ZERO, *(leg.terms.strike for leg in legs)}
    return max(
        ZERO,
        *(
            sum((leg.intrinsic(at) * (1 if leg.is_short else -1) for leg in legs), ZERO)
            for at in prices
        ),
    )


def spread(short: OptionLeg, long: OptionLeg) -> tuple[Decimal, Decimal] | None:
    """Return what a short option covered by a long one needs; None where it does not cover.

    The long option is of the same right and does not expire before the short one.
    """
    if (
        short.terms.right is not long.terms.right
        or short.units != long.units
        or long.terms.expiry < short.terms.expiry
    ):
        return None
    return _limited((short, long))


def straddle(one: OptionLeg, other: OptionLeg) -> tuple[Decimal, Decimal] | None:
    """Return what a short put and a short call need: the larger of both, and the other premium."""
    if one.is_call is other.is_call or one.units != other.units:
        return None
    larger = max(one, other, key=lambda leg: leg.premium + leg.beyond)
    return one.premium + other.premium + larger.beyond, larger.beyond


def two_spreads(
    first: tuple[OptionLeg, OptionLeg], second: tuple[OptionLeg, OptionLeg]
) -> tuple[Strategy, Decimal, Decimal] | None:
    """Return what two spreads of equal widths need together, as (short, long) each.

    All four expire on one day. One put and one call spread are an iron condor or a box, a debit
    and a credit spread of one right a condor, a butterfly where the shorts, or the longs, meet.
    """
    legs = (*first, *second)
    if len({leg.terms.expiry for leg in legs}) > 1 or len({leg.units for leg in legs}) > 1:
        return None
    # Above zero where the spread can cost something.
    widths = [
        (short.terms.strike - long.terms.strike) * (-1 if short.is_call else 1)
        for short, long in (first, second)
    ]
    if abs(widths[0]) != abs(widths[1]) or widths[0] == ZERO:
        return None
    if first[0].is_call is second[0].is_call:
        if widths[0] == widths[1]:
            return None
        meets = len({leg.terms.strike for leg in legs}) < len(legs)
        strategy = Strategy.BUTTERFLY if meets else Strategy.CONDOR
    elif {leg.terms.strike for leg in first} == {leg.terms.strike for leg in second}:
        strategy = Strategy.BOX
    elif widths[0] == widths[1]:
        strategy = Strategy.IRON_CONDOR
    else:
        return None
    opens, holds = _limited(legs)
    return strategy, opens, holds


def _limited(legs: tuple[OptionLeg, ...]) -> tuple[Decimal, Decimal]:
    """Return the worst loss with the long legs paid, and the same at the present prices."""
    loss = worst(legs)
    paid = sum((leg.premium for leg in legs if not leg.is_short), ZERO)
    had = sum((leg.premium for leg in legs if leg.is_short), ZERO)
    return loss + paid, max(loss + paid - had, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The shares that options of one underlying are hedged with, long or short."""

    is_short: bool
    price: Decimal
    opening: ShareRates
    holding: ShareRates
    hedge: Decimal

    def alone(self) -> tuple[Decimal, Decimal]:
        """Return what one share by itself needs to open, proceeds counted in, and to hold."""
        holds = self._holds(self.price)
        if self.is_short:
            return self.price + max(self.opening.short(self.price), holds), holds
        return max(self.opening.long(self.price), holds), holds

    def hedged(
        self, *, put: OptionLeg | None, call: OptionLeg | None
    ) -> tuple[Strategy, Decimal, Decimal] | None:
        """Return what a contract's worth of shares needs beside a put, a call, or both."""
        longs, shorts = (call, put) if self.is_short else (put, call)
        if (longs is not None and longs.is_short) or (shorts is not None and not shorts.is_short):
            return None
        if longs is not None and shorts is not None:
            return self._both(longs, shorts)
        if shorts is not None:
            strategy = Strategy.COVERED_PUT if self.is_short else Strategy.COVERED_CALL
            return strategy, *self._covered(shorts)
        if longs is None:
            return None
        strategy = Strategy.PROTECTIVE_CALL if self.is_short else Strategy.PROTECTIVE_PUT
        opens, holds = self.alone()
        holds = min(self._hedge(longs), holds)
        return strategy, opens * longs.units + longs.premium, holds * longs.units + longs.premium

    def _both(
        self, longs: OptionLeg, shorts: OptionLeg
    ) -> tuple[Strategy, Decimal, Decimal] | None:
        """Conversion, its reverse, and the collar."""
        if longs.units != shorts.units or longs.terms.expiry != shorts.terms.expiry:
            return None
        opens = self._covered(shorts)[0] + longs.premium
        bought, sold = longs.terms.strike, shorts.terms.strike
        if bought == sold:
            holds = bought * self.hedge
            if self.is_short:
                holds += max(sold - self.price, ZERO)
                return (
                    Strategy.REVERSE_CONVERSION,
                    opens,
                    holds * longs.units + longs.premium,
                )
            return Strategy.CONVERSION, opens, holds * longs.units + longs.premium
        if self.is_short or bought > sold:
            return None
        holds = min(self._hedge(longs), self._holds(sold), self._holds(self.price))
        return Strategy.COLLAR, opens, holds * longs.units + longs.premium

    def _covered(self, short: OptionLeg) -> tuple[Decimal, Decimal]:
        """Shares that the short option may call away, or put to them, need no more for it.

        Long shares count at no more than the strike; to short ones what the put is in the money
        is added.
        """
        strike = short.terms.strike
        if self.is_short:
            inside = max(strike - self.price, ZERO)
            opens, holds = self.alone()
            return (opens + inside) * short.units, (holds + inside) * short.units
        counted = min(self.price, strike)
        holds = self._holds(counted)
        opens = self.price - counted + max(self.opening.long(counted), holds)
        return opens * short.units, holds * short.units

    def _hedge(self, long: OptionLeg) -> Decimal:
        strike = long.terms.strike
        out = strike - self.price if long.is_call else self.price - strike
        return strike * self.hedge + max(out, ZERO)

    def _holds(self, price: Decimal) -> Decimal:
        return self.holding.short(price) if self.is_short else self.holding.long(price)
