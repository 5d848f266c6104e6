"""Pair the options of one underlying, and its shares, to the least requirement."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from domain.margin.assessment import Leg, Pairing, Strategy
from domain.margin.book import MarginPosition
from domain.margin.covering import Column, Cover, least_cover
from domain.margin.strategies import (
    Combination,
    OptionLeg,
    Shares,
    alone,
    spread,
    straddle,
    two_spreads,
)
from domain.shared.values import ONE, ZERO

# Two spreads at a time are looked at up to so many series of one underlying; beyond, spreads,
# straddles and hedged shares only, which never ask less than the rules.
SERIES_MAX = 16
# More series than these are paired so many at a time, by expiry: less than all that the rules
# allow, and never less than they ask.
TOGETHER_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What there is on one underlying: series of options, and shares where they are held."""

    options: tuple[OptionLeg, ...]
    shares: Shares | None = None
    held: MarginPosition | None = None

    @property
    def positions(self) -> tuple[MarginPosition, ...]:
        """All of it, the shares last."""
        own = tuple(leg.position for leg in self.options)
        return own if self.held is None else (*own, self.held)

    @property
    def lot(self) -> int:
        """How many shares go together: all options cover whole lots, and less hedges nothing."""
        units = [leg.units for leg in self.options]
        return 1 if any(one % ONE for one in units) else math.gcd(*(int(one) for one in units))

    def sizes(self) -> list[int]:
        """Return how many contracts there are of each series, and how many whole lots of shares."""
        own = [int(abs(leg.position.quantity)) for leg in self.options]
        return own if self.held is None else [*own, int(abs(self.held.quantity) // self.lot)]

    def alone(self) -> list[tuple[Decimal, Decimal]]:
        """Return what one contract, or one lot of shares, needs alone: to open, to hold."""
        each = [alone(leg) for leg in self.options]
        if self.shares is not None:
            opens, holds = self.shares.alone()
            each.append((opens * self.lot, holds * self.lot))
        return each

    def odd(self) -> Decimal:
        """Return how many shares are left over whole lots."""
        return ZERO if self.held is None else abs(self.held.quantity) % self.lot

    def combinations(self) -> tuple[Combination, ...]:
        """Return every way in which the rules let some of it be margined together."""
        return (*_pairs(self.options), *_fours(self.options), *_hedges(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRequirement:
    """A group at its least: what opening and holding it asks for, and how it was paired."""

    opens: Decimal
    holds: Decimal
    pairings: tuple[Pairing, ...]


def pair(group: Group) -> GroupRequirement:
    """Return the least requirement of a group; to open and to hold, each by itself.

    Shares may make the two least in different ways; the pairings are those of holding.
    """
    if len(group.options) <= TOGETHER_MAX:
        return _paired(group)
    options = sorted(group.options, key=lambda leg: (leg.terms.expiry, leg.terms.strike))
    parts = [
        _paired(
            replace(
                group,
                options=tuple(options[at : at + TOGETHER_MAX]),
                shares=None if at else group.shares,
                held=None if at else group.held,
            )
        )
        for at in range(0, len(options), TOGETHER_MAX)
    ]
    return GroupRequirement(
        opens=sum((part.opens for part in parts), ZERO),
        holds=sum((part.holds for part in parts), ZERO),
        pairings=tuple(one for part in parts for one in part.pairings),
    )


def _paired(group: Group) -> GroupRequirement:
    ways, each = group.combinations(), group.alone()
    sizes = [Fraction(size) for size in group.sizes()]
    odd = (ZERO, ZERO) if group.shares is None else group.shares.alone()
    to_hold = _least(sizes, [one[1] for one in each], ways, [way.holds for way in ways])
    to_open = _least(sizes, [one[0] for one in each], ways, [way.opens for way in ways])
    return GroupRequirement(
        opens=_decimal(to_open.cost) + odd[0] * group.odd(),
        holds=_decimal(to_hold.cost) + odd[1] * group.odd(),
        pairings=tuple(_pairings(group, ways, each, to_hold)),
    )


def _least(
    sizes: Sequence[Fraction],
    each: Sequence[Decimal],
    ways: Sequence[Combination],
    costs: Sequence[Decimal],
) -> Cover:
    columns = [Column(way.takes, Fraction(cost)) for way, cost in zip(ways, costs, strict=True)]
    return least_cover(sizes, alone=[Fraction(one) for one in each], columns=columns)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _pairs(legs: Sequence[OptionLeg]) -> Iterator[Combination]:
    for a, b in combinations(range(len(legs)), 2):
        first, second = legs[a], legs[b]
        if first.is_short and second.is_short:
            found, strategy = straddle(first, second), Strategy.STRADDLE
        elif first.is_short is second.is_short:
            continue
        else:
            short, long = (first, second) if first.is_short else (second, first)
            found, strategy = spread(short, long), Strategy.SPREAD
        if found is not None:
            yield Combination(
                strategy=strategy, takes=((a, 1), (b, 1)), opens=found[0], holds=found[1]
            )


def _fours(legs: Sequence[OptionLeg]) -> Iterator[Combination]:
    if len(legs) > SERIES_MAX:
        return
    spreads = [
        (short, long)
        for short, sold in enumerate(legs)
        for long, bought in enumerate(legs)
        if sold.is_short and not bought.is_short and spread(sold, bought) is not None
    ]
    for first, second in combinations(spreads, 2):
        found = two_spreads((legs[first[0]], legs[first[1]]), (legs[second[0]], legs[second[1]]))
        if found is not None:
            strategy, opens, holds = found
            # A butterfly takes two of the series in its middle.
            places = (*first, *second)
            takes = tuple((place, places.count(place)) for place in sorted(set(places)))
            yield Combination(strategy=strategy, takes=takes, opens=opens, holds=holds)


def _hedges(group: Group) -> Iterator[Combination]:
    shares = group.shares
    if shares is None:
        return
    row = len(group.options)
    puts = [at for at, leg in enumerate(group.options) if not leg.is_call]
    calls = [at for at, leg in enumerate(group.options) if leg.is_call]
    for put in (None, *puts):
        for call in (None, *calls):
            places = [at for at in (put, call) if at is not None]
            if not places:
                continue
            units = group.options[places[0]].units
            if units % ONE:
                continue
            found = shares.hedged(
                put=None if put is None else group.options[put],
                call=None if call is None else group.options[call],
            )
            if found is not None:
                strategy, opens, holds = found
                takes = (*((at, 1) for at in places), (row, int(units) // group.lot))
                yield Combination(strategy=strategy, takes=takes, opens=opens, holds=holds)


def _pairings(
    group: Group,
    ways: Sequence[Combination],
    each: Sequence[tuple[Decimal, Decimal]],
    cover: Cover,
) -> Iterator[Pairing]:
    positions, lot = group.positions, group.lot
    for way, count in zip(ways, cover.counts, strict=True):
        if count:
            legs = tuple(
                _leg(positions[at], Decimal(takes * count * _unit(positions[at], lot)))
                for at, takes in way.takes
            )
            yield _pairing(way.strategy, legs, (way.opens * count, way.holds * count), group)
    for at, (left, position) in enumerate(zip(cover.alone, positions, strict=True)):
        unit = _unit(position, lot)
        size = _decimal(left) * unit + (group.odd() if position is group.held else ZERO)
        if size:
            strategy = Strategy.SHORT if position.quantity < 0 else Strategy.LONG
            opens, holds = each[at]
            costs = (opens * size / unit, holds * size / unit)
            yield _pairing(strategy, (_leg(position, size),), costs, group)


def _unit(position: MarginPosition, lot: int) -> int:
    return lot if position.option is None else 1


def _leg(position: MarginPosition, size: Decimal) -> Leg:
    return Leg(symbol=position.symbol, quantity=size.copy_sign(position.quantity))


def _pairing(
    strategy: Strategy, legs: tuple[Leg, ...], costs: tuple[Decimal, Decimal], group: Group
) -> Pairing:
    premiums = {leg.position.symbol: leg.premium for leg in group.options if not leg.is_short}
    bought = sum((premiums.get(leg.symbol, 0) * abs(leg.quantity) for leg in legs), Decimal(0))
    return Pairing(
        strategy=strategy,
        legs=legs,
        requirement=costs[0] - bought,
        initial=costs[0],
        maintenance=costs[1],
    )
