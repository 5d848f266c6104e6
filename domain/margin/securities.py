"""Assess a margin account of shares and options: Regulation T, and FINRA Rule 4210 by date."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import partial

from domain.margin.assessment import Assessment, Pairing
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.equities import Rates, rates_by
from domain.margin.groups import Split, split_book
from domain.margin.needs import Needs, Sums, assessed, needs_of_group
from domain.margin.pairing import Group, pair
from domain.margin.rulebook import NO_HOUSE, NoTable, Rulebook
from domain.margin.strategies import Shares, option_leg
from domain.shared.values import ONE, ZERO


def assess_securities(book: MarginBook, *, rulebook: Rulebook, on: date) -> Assessment | NoTable:
    """Return the margin of shares and options; NoTable names what there is no table for.

    Initial margin is that of 12 CFR 220.12, and never less than maintenance (Rule 4210(b)).
    """
    split = split_book(book, rulebook=rulebook, on=on)
    if isinstance(split, NoTable):
        return split
    grouped: list[Needs] = []
    pairings: list[Pairing] = []
    for underlying in split.options if rulebook.options is not None else ():
        group = _group(underlying, split, rulebook, at=split.spots[underlying])
        paired = pair(group)
        pairings += paired.pairings
        grouped += needs_of_group(
            group.positions,
            pairings=paired.pairings,
            opens=paired.opens,
            holds_at=partial(_holds, underlying, split, rulebook),
        )
    return assessed(
        book,
        sum_shares(split.shares, rulebook).plus(grouped),
        needs=lambda: (*_shares(split.shares, rulebook), *grouped),
        rulebook=rulebook,
        pairings=tuple(pairings),
    )


def sum_shares(shares: Iterable[MarginPosition], rulebook: Rulebook) -> Sums:
    """Return what shares come to together.

    Most are of the plain kind, whose needs are one share of all their values: only what is left
    is looked at by itself.
    """
    opening, holding = rulebook.initial, rulebook.maintenance
    plain = rulebook.house is NO_HOUSE and holding.short > ZERO
    # From this price on a short needs a share of its value, and no least amount.
    level = max(holding.short_share / holding.short, holding.cheap_below) if plain else ZERO
    bought = sold = ZERO
    others: list[MarginPosition] = []
    for one in shares:
        if not plain or one.leverage is not ONE or one.multiplier is not ONE:
            others.append(one)
            continue
        value = one.quantity * one.price
        if value >= ZERO:
            bought += value
        elif one.price >= level:
            sold -= value
        else:
            others.append(one)
    plain_sums = Sums(
        worth=bought - sold,
        opens=bought * max(opening.long, holding.long)
        + sold * (ONE + max(opening.short, holding.short)),
        holds=bought * holding.long + sold * holding.short,
        sold=sold,
        paid=bought,
    )
    return plain_sums.plus(_shares(others, rulebook))


def _shares(shares: Iterable[MarginPosition], rulebook: Rulebook) -> Iterable[Needs]:
    rates = rates_by(rulebook)
    return [_share(one, rates(one)) for one in shares]


def _share(position: MarginPosition, rates: Rates) -> Needs:
    opening, holding = rates
    price, size = position.price, abs(position.quantity)
    if position.quantity < ZERO:
        each = holding.short(price)
        opens = price + max(opening.short(price), each)
    else:
        each = holding.long(price)
        opens = max(opening.long(price), each)
    units = size if position.multiplier is ONE else size * position.multiplier
    return Needs(
        position=position,
        value=position.value,
        opens=opens * units,
        holds=each * units,
        rates=holding,
    )


def _holds(underlying: str, split: Split, rulebook: Rulebook, at: Decimal) -> Decimal:
    """Return what all that is on an underlying needs to be held with it at another price."""
    return pair(_group(underlying, split, rulebook, at=at)).holds


def _group(underlying: str, split: Split, rulebook: Rulebook, *, at: Decimal) -> Group:
    if rulebook.options is None:
        raise LookupError(f"{rulebook.version} has no options")
    rates = rulebook.options
    held = split.hedging.get(underlying)
    to_hold = rulebook.house.of(underlying)[1]
    shares = None
    if held is not None:
        opening, holding = rates_by(rulebook)(held)
        shares = Shares(
            is_short=held.quantity < ZERO,
            price=at,
            opening=opening,
            holding=holding,
            hedge=rates.hedge * to_hold,
        )
    legs = [
        option_leg(one, spot=at, rates=rates, multiple=to_hold) for one in split.options[underlying]
    ]
    return Group(options=tuple(legs), shares=shares, held=held)
