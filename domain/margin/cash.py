"""Assess a cash account: what is bought is paid for, what is sold is held."""

from datetime import date
from decimal import Decimal

from domain.margin.assessment import Assessment, Leg, Pairing, PositionMargin, Strategy
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.groups import Split, split_book
from domain.margin.rulebook import NoTable, Rulebook
from domain.market.instruments import OptionRight
from domain.shared.values import ZERO


def assess_cash(book: MarginBook, *, rulebook: Rulebook, on: date) -> Assessment | NoTable:
    """Return what a cash account needs; NoTable for a short share or an uncovered short call.

    12 CFR 220.8 and the Cboe Margin Manual: longs are paid in full and called for nothing, a
    short call is covered by shares, a short put by cash of its exercise price.
    """
    split = split_book(book, rulebook=rulebook, on=on)
    if isinstance(split, NoTable):
        return split
    shorted = next((one for one in book.positions if _is_short_share(one)), None)
    if shorted is not None:
        return _refused(shorted, rulebook, f"{shorted.symbol} is short")
    covered = _covered(split, rulebook)
    if isinstance(covered, NoTable):
        return covered
    positions = tuple(_position(one) for one in book.positions)
    initial = sum((one.initial for one in positions), ZERO)
    sold = sum((-one.value for one in positions if one.value < ZERO), ZERO)
    equity = book.cash + sum((one.value for one in positions), ZERO)
    return Assessment(
        rulebook=rulebook,
        equity=equity,
        initial=initial,
        maintenance=sum((one.maintenance for one in positions), ZERO),
        deposit=max(initial - sold, ZERO),
        sma=ZERO,
        minimum_equity=ZERO,
        each=lambda: positions,
        pairings=covered,
    )


def _is_short_share(one: MarginPosition) -> bool:
    return one.option is None and one.quantity < ZERO


def _refused(one: MarginPosition, rulebook: Rulebook, problem: str) -> NoTable:
    return NoTable(
        table=f"{rulebook.version}/short",
        symbol=one.symbol,
        field="quantity",
        problem=f"a cash account has no table for that: {problem}",
    )


def _covered(split: Split, rulebook: Rulebook) -> tuple[Pairing, ...] | NoTable:
    """Set shares against short calls and cash against short puts, all of them."""
    pairings: list[Pairing] = []
    for underlying, legs in split.options.items():
        held = split.hedging.get(underlying)
        left = ZERO if held is None else held.quantity
        for one in legs:
            if one.quantity >= ZERO or one.option is None:
                continue
            needs = _position(one)
            own = [Leg(symbol=one.symbol, quantity=one.quantity)]
            strategy = Strategy.CASH_SECURED_PUT
            if one.option.right is OptionRight.CALL:
                shares = -one.quantity * one.multiplier
                left -= shares
                if left < ZERO:
                    return _refused(one, rulebook, f"{one.symbol} is not covered by shares")
                strategy = Strategy.COVERED_CALL
                own.append(Leg(symbol=underlying, quantity=shares))
            pairings.append(
                Pairing(
                    strategy=strategy,
                    legs=tuple(own),
                    requirement=needs.initial,
                    initial=needs.initial,
                    maintenance=needs.maintenance,
                )
            )
    return tuple(pairings)


def _position(one: MarginPosition) -> PositionMargin:
    value = one.value
    opens, holds = max(value, ZERO), ZERO
    if value < ZERO or one.quantity < ZERO:
        opens, holds = _sold(one, value)
    return PositionMargin(position=one, value=value, initial=opens, maintenance=holds)


def _sold(one: MarginPosition, value: Decimal) -> tuple[Decimal, Decimal]:
    """Return what a short option needs: a put its exercise price, less what it would cost now."""
    if one.option is None or one.option.right is OptionRight.CALL:
        return ZERO, ZERO
    exercise = -one.quantity * one.multiplier * one.option.strike
    return exercise, max(exercise + value, ZERO)
