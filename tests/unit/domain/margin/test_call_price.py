"""Shares beside options are called no later than the options beside them let them."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings

from domain.margin.assessment import Assessment
from domain.margin.book import MarginPosition
from tests.unit.domain.margin.sample import D, margin, option, share
from tests.unit.domain.risk.context import SEEDS

SPOT = D(100)


def _at(price: Decimal, *positions: MarginPosition, cash: str) -> Assessment:
    """Assess a book with its shares at another price, the options at theirs."""
    price = round(price, 9)
    moved = [
        replace(one, price=price) if one.option is None else replace(one, underlying_price=price)
        for one in positions
    ]
    return margin(*moved, cash=cash)


def _option(quantity: int, right: str, strike: int) -> MarginPosition:
    return option(quantity, "3", right, str(strike), spot="100")


def _called(*positions: MarginPosition, cash: str) -> Decimal | None:
    found = margin(*positions, cash=cash)
    return next(one.call_price for one in found.positions if one.position.option is None)


def test_puts_owed_beside_shares_bring_the_call_nearer() -> None:
    shares, puts = share("IBM", 100, "100"), _option(-5, "put", 90)
    cash = "2500"
    # Of the puts alone: 5 x 100 x max(20 % - what they are out of the money, 10 % of the strike).
    assert margin(shares, puts, cash=cash).excess == D(11_000) - D(2_500) - D(5_000)
    told = _called(shares, puts, cash=cash)
    assert told is not None
    # What the shares alone lose would take 35 of their price.
    assert told > 65
    assert _at(told, shares, puts, cash=cash).excess == pytest.approx(D(0), abs=D("0.01"))


def test_calls_owed_beside_short_shares_bring_the_call_nearer() -> None:
    shares, calls = share("IBM", -100, "100"), _option(-3, "call", 105)
    cash = "25000"
    excess = margin(shares, calls, cash=cash).excess
    told = _called(shares, calls, cash=cash)
    assert told is not None
    assert 100 < told < 100 + excess / 100
    assert _at(told, shares, calls, cash=cash).excess == pytest.approx(D(0), abs=D("0.01"))


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_on_the_way_to_the_call_there_is_none(seed: int) -> None:
    random = Random(seed)
    positions = [share("IBM", random.choice((-1, 1)) * 100 * random.randint(1, 4), "100")]
    for strike in random.sample((85, 95, 100, 105, 115), 3):
        size = random.choice((-1, 1)) * random.randint(1, 3)
        positions.append(_option(size, random.choice(("put", "call")), strike))
    cash = str(random.randint(0, 120_000))
    told = _called(*positions, cash=cash)
    if told is None or margin(*positions, cash=cash).excess <= 0:
        return
    for number in range(16):
        price = SPOT + (told - SPOT) * number / 16
        if price > 0:
            assert _at(price, *positions, cash=cash).excess >= -1
