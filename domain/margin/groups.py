"""Put what stands on one underlying together, and find what there is no table for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.margin.book import MarginBook, MarginPosition
from domain.margin.rulebook import NoTable, Rulebook
from domain.market.instruments import AssetClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Shares that stand alone; by underlying its options, its shares and its price."""

    shares: tuple[MarginPosition, ...]
    options: Mapping[str, tuple[MarginPosition, ...]]
    hedging: Mapping[str, MarginPosition]
    spots: Mapping[str, Decimal]


def split_book(book: MarginBook, *, rulebook: Rulebook, on: date) -> Split | NoTable:
    """Return a book of shares and options by underlying, or what it cannot be margined for."""
    if all(one.asset_class is AssetClass.EQUITY for one in book.positions):
        return Split(shares=book.positions, options={}, hedging={}, spots={})
    shares: list[MarginPosition] = []
    options: dict[str, list[MarginPosition]] = {}
    for one in book.positions:
        if one.asset_class is AssetClass.EQUITY:
            shares.append(one)
        elif one.option is None:
            return no_table(one, rulebook=rulebook)
        elif one.option.expiry < on:
            return NoTable(
                table=rulebook.version,
                symbol=one.symbol,
                field="expiry",
                problem=f"{one.symbol} expired on {one.option.expiry}, and {on} is later",
            )
        else:
            options.setdefault(one.option.underlying, []).append(one)
    # Contracts cover single shares: what counts in other units hedges nothing.
    hedging = {one.symbol: one for one in shares if one.symbol in options and one.multiplier == 1}
    spots: dict[str, Decimal] = {}
    for underlying, legs in options.items():
        spot = _spot(underlying, legs, hedging.get(underlying), rulebook=rulebook)
        if isinstance(spot, NoTable):
            return spot
        spots[underlying] = spot
    return Split(
        shares=tuple(one for one in shares if one.symbol not in hedging),
        options={underlying: tuple(legs) for underlying, legs in options.items()},
        hedging=hedging,
        spots=spots,
    )


def no_table(position: MarginPosition, *, rulebook: Rulebook) -> NoTable:
    """Say that a rulebook has no table for a kind of thing."""
    kind = position.asset_class.replace("_", " ")
    what = "the exchange's scanning ranges" if position.asset_class is AssetClass.FUTURE else kind
    return NoTable(
        table=f"{rulebook.version}/{position.asset_class}",
        symbol=position.symbol,
        field="asset_class",
        problem=f"{rulebook.name} has no table for {position.symbol}: {what} are missing",
    )


def _spot(
    underlying: str,
    legs: list[MarginPosition],
    held: MarginPosition | None,
    *,
    rulebook: Rulebook,
) -> Decimal | NoTable:
    """Return the one price of an underlying; what is held says it, and the legs must agree."""
    told = {one.underlying_price for one in legs if one.underlying_price is not None}
    if held is not None:
        told.add(held.price)
    if len(told) == 1:
        return told.pop()
    problem = (
        f"there is no price of {underlying}"
        if not told
        else f"{underlying} has several prices: {', '.join(str(one) for one in sorted(told))}"
    )
    return NoTable(
        table=f"{rulebook.version}/underlying_price",
        symbol=legs[0].symbol,
        field="underlying_price",
        problem=problem,
    )
