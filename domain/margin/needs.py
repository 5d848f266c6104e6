"""Sum what positions need into an assessment."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.margin.assessment import Assessment, Leg, Pairing, PositionMargin
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.equities import ShareRates
from domain.margin.rulebook import Rulebook
from domain.shared.values import ONE, ZERO

HoldsAt = Callable[[Decimal], Decimal]
# Looked at on the way to a call price, which what is beside the shares may bring nearer; then
# between two of them, halved so often.
_STEPS, _HALVINGS = 16, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one position needs, before it is known where the account would be called."""

    position: MarginPosition
    value: Decimal
    opens: Decimal
    holds: Decimal
    # None where it is paired, and so has no rate of its own.
    rates: ShareRates | None = None
    # Of shares beside options: what holding all that is on them would need at another price.
    holds_at: HoldsAt | None = None


def needs_of_group(
    positions: Iterable[MarginPosition],
    *,
    pairings: Sequence[Pairing],
    opens: Decimal,
    holds_at: HoldsAt | None = None,
) -> Iterable[Needs]:
    """Let the leg at risk bear what its pairing needs: the shares, or else the first short.

    To open may be least in another pairing than to hold: what that saves, the largest is spared.
    """
    positions = tuple(positions)
    shares = {one.symbol for one in positions if one.option is None}
    holds = {one.symbol: ZERO for one in positions}
    opened = dict(holds)
    for one in pairings:
        bearer = _bearer(one.legs, shares)
        holds[bearer] += one.maintenance
        opened[bearer] += one.initial
    if opened:
        largest = max(opened, key=lambda symbol: opened[symbol])
        opened[largest] -= sum(opened.values(), ZERO) - opens
    for position in positions:
        yield Needs(
            position=position,
            value=position.value,
            opens=opened[position.symbol],
            holds=holds[position.symbol],
            holds_at=holds_at if position.option is None else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What positions come to together: worth, to open and to hold, sold short and paid for."""

    worth: Decimal = ZERO
    opens: Decimal = ZERO
    holds: Decimal = ZERO
    sold: Decimal = ZERO
    paid: Decimal = ZERO

    def plus(self, needs: Iterable[Needs]) -> "Sums":
        """Return the sums with more positions in them."""
        worth, opens, holds, sold, paid = self.worth, self.opens, self.holds, self.sold, self.paid
        for one in needs:
            worth += one.value
            opens += one.opens
            holds += one.holds
            if one.value < ZERO:
                sold -= one.value
            else:
                paid += one.value
        return Sums(worth=worth, opens=opens, holds=holds, sold=sold, paid=paid)


def assessed(
    book: MarginBook,
    sums: Sums,
    *,
    needs: Callable[[], Iterable[Needs]],
    rulebook: Rulebook,
    pairings: tuple[Pairing, ...] = (),
    deposit: Decimal | None = None,
) -> Assessment:
    """Return the assessment; deposit is what opens less what was sold, where it is not told.

    needs gives the single positions, which the sums are of.
    """
    equity = book.cash + sums.worth
    if deposit is None:
        deposit = max(sums.opens - sums.sold, ZERO)
    excess = equity - sums.holds
    least = rulebook.minimum_equity
    return Assessment(
        rulebook=rulebook,
        equity=equity,
        initial=sums.opens,
        maintenance=sums.holds,
        deposit=deposit,
        # 12 CFR 220.5: what equity exceeds the initial margin by is entered, and stays.
        sma=max(book.sma, equity - deposit, ZERO),
        # The rule's minimum need not exceed the full cost; a short sale has no such bound.
        minimum_equity=least if sums.sold else min(least, sums.paid),
        each=lambda: tuple([_position(one, excess=excess) for one in needs()]),
        pairings=pairings,
    )


def _bearer(legs: Sequence[Leg], shares: set[str]) -> str:
    held = next((leg.symbol for leg in legs if leg.symbol in shares), None)
    if held is not None:
        return held
    return next((leg.symbol for leg in legs if leg.quantity < ZERO), legs[0].symbol)


def _position(one: Needs, *, excess: Decimal) -> PositionMargin:
    return PositionMargin(
        position=one.position,
        value=one.value,
        initial=one.opens,
        maintenance=one.holds,
        call_price=_call_price(one, excess=excess),
    )


def _call_price(one: Needs, *, excess: Decimal) -> Decimal | None:
    """Return the price of this position alone at which nothing of the excess is left.

    (-cash - sum of others (value - maintenance)) / (quantity (1 - rate)) for a long one. A paired
    position holds what it needs, for its hedge moves with it; one that is wholly paid for by its
    requirement has no such price. Where what stands beside shares needs more on the way there,
    the call is nearer.
    """
    position = one.position
    units = position.quantity
    if position.multiplier is not ONE:
        units *= position.multiplier
    if not units:
        return None
    if one.rates is None:
        if units > ZERO and one.holds >= one.value:
            return None
        price = position.price - excess / units
        if one.holds_at is not None and excess > ZERO:
            price = _nearer(one.holds_at, start=position.price, end=price, units=units)
    elif units < ZERO:
        price = one.rates.short_call((excess - one.value + one.holds) / -units)
    else:
        rate = min(one.rates.long_rate, ONE)
        if rate == ONE:
            return None
        price = position.price - excess / (units * (ONE - rate))
    return price if price > ZERO else None


def _nearer(holds_at: HoldsAt, *, start: Decimal, end: Decimal, units: Decimal) -> Decimal:
    """Return the first price from start on at which nothing of the excess is left, end at last.

    The excess is what the units lose between the two, so that at end nothing of it is left where
    the requirement stays what it is.
    """
    held = holds_at(start)

    def is_called(price: Decimal) -> bool:
        return (price - end) * units < holds_at(price) - held

    step = (end - start) / _STEPS
    well = start
    for number in range(1, _STEPS):
        price = start + step * number
        if price <= ZERO:
            return end
        if is_called(price):
            for _ in range(_HALVINGS):
                middle = (well + price) / 2
                well, price = (well, middle) if is_called(middle) else (middle, price)
            return price
        well = price
    return end
