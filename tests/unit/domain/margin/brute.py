"""Pair legs by trying every way there is, written without the product's strategies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product

D = Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """A series, as a row of the manual: one contract covers a hundred."""

    short: bool
    call: bool
    strike: int
    expiry: date
    premium: Decimal

    def exercised(self, price: int) -> int:
        return max(price - self.strike if self.call else self.strike - price, 0)

    def naked(self, spot: int) -> Decimal:
        out = max(self.strike - spot if self.call else spot - self.strike, 0)
        return max(D(spot) * D("0.2") - out, D(spot if self.call else self.strike) * D("0.1"))


def least(
    series: tuple[Series, ...], sizes: tuple[int, ...], *, lots: int, spot: int
) -> tuple[Decimal, Decimal]:
    """Return the least margin to open and to hold; lots are hundreds of shares, signed."""
    counts = (*sizes, abs(lots))
    ways = [
        {way: costs[which] for way, costs in _ways(series, lots=lots, spot=spot).items()}
        for which in (0, 1)
    ]
    return _least(ways[0], counts) * 100, _least(ways[1], counts) * 100


def _least(ways: Mapping[tuple[int, ...], Decimal], counts: tuple[int, ...]) -> Decimal:
    @cache
    def rest(left: tuple[int, ...]) -> Decimal:
        first = next((at for at, count in enumerate(left) if count), None)
        if first is None:
            return D(0)
        found = []
        for way, cost in ways.items():
            after = tuple(count - takes for count, takes in zip(left, way, strict=True))
            if way[first] and min(after) >= 0:
                found.append(cost + rest(after))
        return min(found)

    return rest(counts)


def _ways(
    series: tuple[Series, ...], *, lots: int, spot: int
) -> dict[tuple[int, ...], tuple[Decimal, Decimal]]:
    """Return every legal strategy by how much of each it takes, with its two costs a unit."""
    found: dict[tuple[int, ...], tuple[Decimal, Decimal]] = {}
    for way in product((0, 1, 2), repeat=len(series)):
        if not 1 <= sum(way) <= 4:
            continue
        legs = [one for one, takes in zip(series, way, strict=True) for _ in range(takes)]
        for costs in _costs(legs, spot):
            found[(*way, 0)] = costs
        if lots and len(legs) <= 2:
            for costs in _hedged(legs, short=lots < 0, spot=D(spot)):
                found[(*way, 1)] = costs
    if lots:
        found[(*(0 for _ in series), 1)] = _shares(lots < 0, D(spot))
    else:
        # Nothing is ever left of no shares, though the row is there.
        found[(*(0 for _ in series), 1)] = D(0), D(0)
    return found


def _costs(legs: list[Series], spot: int) -> Iterator[tuple[Decimal, Decimal]]:
    shorts = [one for one in legs if one.short]
    longs = [one for one in legs if not one.short]
    match len(shorts), len(longs):
        case 0, 1:
            yield longs[0].premium, longs[0].premium
        case 1, 0:
            yield shorts[0].premium + shorts[0].naked(spot), shorts[0].naked(spot)
        case 2, 0 if shorts[0].call is not shorts[1].call:
            worse = max(shorts, key=lambda one: one.premium + one.naked(spot))
            both = shorts[0].premium + shorts[1].premium
            yield both + worse.naked(spot), worse.naked(spot)
        case 1, 1 if _covers(longs[0], shorts[0]):
            yield _risk(legs)
        case 2, 2 if len({one.expiry for one in legs}) == 1 and _is_named(shorts, longs):
            yield _risk(legs)


def _covers(long: Series, short: Series) -> bool:
    return long.call is short.call and long.expiry >= short.expiry


def _is_named(shorts: list[Series], longs: list[Series]) -> bool:
    """Whether four legs are a butterfly, condor, iron butterfly or condor, or box."""
    if len({one.call for one in (*shorts, *longs)}) == 1:
        # Wings of one kind and a body of the other, as far from each other below as above.
        return sum(one.strike for one in shorts) == sum(one.strike for one in longs)
    if len({one.call for one in shorts}) == 1 or len({one.call for one in longs}) == 1:
        return False
    put, call = sorted(shorts, key=lambda one: one.call)
    low, high = sorted(longs, key=lambda one: one.call)
    risks = put.strike - low.strike, high.strike - call.strike
    same_strikes = {put.strike, low.strike} == {call.strike, high.strike}
    return risks[0] != 0 and (risks[0] == risks[1] or (same_strikes and abs(risks[0]) > 0))


def _risk(legs: list[Series]) -> tuple[Decimal, Decimal]:
    """Return the worst of every price there is, with the longs paid and at what they are worth."""
    lost = max(
        sum(one.exercised(price) * (1 if one.short else -1) for one in legs) for price in range(301)
    )
    paid = sum((one.premium for one in legs if not one.short), D(0))
    had = sum((one.premium for one in legs if one.short), D(0))
    return max(lost, 0) + paid, max(max(lost, 0) + paid - had, D(0))


def _shares(short: bool, spot: Decimal) -> tuple[Decimal, Decimal]:
    if short:
        holds = max(D(5), spot * D("0.3"))
        return spot + max(spot / 2, holds), holds
    return spot / 2, spot / 4


def _hedged(legs: list[Series], *, short: bool, spot: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    opens, holds = _shares(short, spot)
    sold = next((one for one in legs if one.short), None)
    bought = next((one for one in legs if not one.short), None)
    # Shares are called away by a call, and put by a put; the option held is of the other kind.
    if (sold is not None and sold.call is short) or (
        bought is not None and bought.call is not short
    ):
        return
    if len(legs) == 2 and (sold is None or bought is None or sold.expiry != bought.expiry):
        return
    if bought is not None:
        out = max(bought.strike - spot if bought.call else spot - bought.strike, D(0))
        hedge = D(bought.strike) / 10 + out
    inside = max(sold.strike - spot, D(0)) if sold is not None else D(0)
    if sold is None and bought is not None:
        yield opens + bought.premium, min(hedge, holds) + bought.premium
    elif sold is not None:
        counted = min(spot, D(sold.strike))
        over = spot - counted + counted / 2
        covered = (opens + inside, holds + inside) if short else (over, counted / 4)
        if bought is None:
            yield covered
        elif bought.strike == sold.strike:
            yield covered[0] + bought.premium, D(sold.strike) / 10 + inside * short + bought.premium
        elif not short and bought.strike < sold.strike:
            least_ = min(hedge, D(sold.strike) / 4, holds)
            yield covered[0] + bought.premium, least_ + bought.premium
