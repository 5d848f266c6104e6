"""Legs pair to the least requirement: against every way there is, and as properties."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.margin.assessment import Strategy
from domain.margin.book import MarginPosition
from tests.unit.domain.margin.brute import Series, least
from tests.unit.domain.margin.sample import D, margin, option, share

SPOT = 100
NEAR, FAR = date(2026, 9, 18), date(2026, 12, 18)

_series = st.builds(
    Series,
    short=st.booleans(),
    call=st.booleans(),
    strike=st.sampled_from([85, 90, 95, 100, 105, 110, 115]),
    expiry=st.sampled_from([NEAR, NEAR, FAR]),
    premium=st.integers(1, 80).map(lambda quarters: D(quarters) / 4),
)
_legs = st.lists(
    _series, min_size=1, max_size=6, unique_by=lambda one: (one.call, one.strike, one.expiry)
)


def _position(one: Series, size: int) -> MarginPosition:
    quantity = -size if one.short else size
    right = "call" if one.call else "put"
    strike = str(one.strike)
    return option(
        quantity, str(one.premium), right, strike, on="X", spot=str(SPOT), expiry=one.expiry
    )


def _book(legs: list[Series], sizes: list[int], lots: int) -> list[MarginPosition]:
    positions = [_position(one, size) for one, size in zip(legs, sizes, strict=True)]
    if lots:
        positions.append(share("X", lots * 100, str(SPOT)))
    return positions


@settings(max_examples=40, deadline=None)
@given(st.data(), _legs, st.integers(-3, 3))
def test_six_legs_pair_to_the_least_of_every_way(
    data: st.DataObject, legs: list[Series], lots: int
) -> None:
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=len(legs), max_size=len(legs)))
    found = margin(*_book(legs, sizes, lots))
    opens, holds = least(tuple(legs), tuple(sizes), lots=lots, spot=SPOT)
    assert (found.initial, found.maintenance) == (opens, holds)
    # What is shown is what was counted, and of every leg all of it.
    assert sum(one.maintenance for one in found.pairings) == found.maintenance
    assert sum(one.initial for one in found.positions) == found.initial
    for position in _book(legs, sizes, lots):
        parts = [leg for one in found.pairings for leg in one.legs if leg.symbol == position.symbol]
        assert sum(leg.quantity for leg in parts) == position.quantity


@settings(max_examples=15, deadline=None)
@given(_legs, st.integers(-2, 2), st.integers(2, 40))
def test_a_book_so_many_times_over_needs_no_more_than_so_many_times(
    legs: list[Series], lots: int, times: int
) -> None:
    once = margin(*_book(legs, [1] * len(legs), lots))
    often = margin(*_book(legs, [times] * len(legs), lots * times))
    assert 0 <= often.maintenance <= once.maintenance * times
    assert often.equity == once.equity * times


@settings(max_examples=15, deadline=None)
@given(_legs, st.integers(-2, 2), _series)
def test_a_leg_more_never_needs_more_than_it_does_alone(
    legs: list[Series], lots: int, further: Series
) -> None:
    if any(
        (one.call, one.strike, one.expiry) == (further.call, further.strike, further.expiry)
        for one in legs
    ):
        return
    book = _book(legs, [2] * len(legs), lots)
    more = _position(further, 2)
    together, apart, alone = margin(*book, more), margin(*book), margin(more)
    for name in ("initial", "maintenance"):
        assert getattr(together, name) <= getattr(apart, name) + getattr(alone, name)
    assert together.maintenance >= 0


def test_more_series_than_are_looked_at_in_fours_are_never_asked_less() -> None:
    """Twenty series of one expiry: spreads and straddles only, which is at least the rule's."""
    legs = [
        Series(at % 2 == 0, call, 80 + 5 * at, NEAR, Decimal(1))
        for at in range(10)
        for call in (True, False)
    ]
    found = margin(*_book(legs, [1] * len(legs), 0))
    assert {one.strategy for one in found.pairings} <= {
        Strategy.SPREAD,
        Strategy.STRADDLE,
        Strategy.SHORT,
        Strategy.LONG,
    }
    fewer = [margin(*_book(part, [1] * len(part), 0)) for part in (legs[:10], legs[10:])]
    assert found.maintenance <= sum(one.maintenance for one in fewer) + 10_000


def test_an_odd_lot_hedges_nothing_and_the_rest_does() -> None:
    found = margin(share("X", 150, "100"), option(-1, "2", "call", "105", on="X", spot=None))
    covered, rest = found.pairings
    assert (covered.strategy, rest.strategy) == (Strategy.COVERED_CALL, Strategy.LONG)
    assert [leg.quantity for one in found.pairings for leg in one.legs] == [-1, 100, 50]


def test_a_call_that_covers_shares_caps_what_they_count_for() -> None:
    """In the money, shares count at the strike: half of 60, and what lies above it."""
    found = margin(share("X", 100, "100"), option(-1, "41", "call", "60", on="X", spot=None))
    assert [found.initial, found.maintenance] == [100 * 70, 100 * 15]


def test_long_options_of_another_underlying_cover_nothing() -> None:
    short = option(-1, "2", "call", "105", on="X", spot="100")
    other = option(1, "2", "call", "105", on="Y", spot="100")
    assert margin(short, other).maintenance == (
        margin(short).maintenance + margin(other).maintenance
    )


_NAMED = [
    # A long butterfly is paid for, a short one needs the distance of its strikes.
    (Strategy.BUTTERFLY, [(1, "call", "95"), (-2, "call", "100"), (1, "call", "105")], 0),
    (Strategy.BUTTERFLY, [(-1, "put", "95"), (2, "put", "100"), (-1, "put", "105")], 500),
    (
        Strategy.CONDOR,
        [(1, "call", "90"), (-1, "call", "95"), (-1, "call", "105"), (1, "call", "110")],
        0,
    ),
    (
        Strategy.IRON_CONDOR,
        [(1, "put", "90"), (-1, "put", "95"), (-1, "call", "105"), (1, "call", "110")],
        500,
    ),
    # Iron butterfly: both shorts at one strike.
    (
        Strategy.IRON_CONDOR,
        [(1, "put", "95"), (-1, "put", "100"), (-1, "call", "100"), (1, "call", "105")],
        500,
    ),
    # A short box owes the distance of its strikes, once.
    (
        Strategy.BOX,
        [(-1, "call", "95"), (1, "call", "105"), (-1, "put", "105"), (1, "put", "95")],
        1_000,
    ),
]


@pytest.mark.parametrize(("strategy", "legs", "requirement"), _NAMED)
def test_four_legs_are_known_by_their_name(
    strategy: Strategy, legs: list[tuple[int, str, str]], requirement: int
) -> None:
    """Cboe Margin Manual: butterflies, box spreads; Interactive Brokers: iron condors."""
    book = [
        option(quantity, "1", right, strike, on="X", spot="100") for quantity, right, strike in legs
    ]
    (pairing,) = margin(*book).pairings
    assert pairing.strategy is strategy
    assert pairing.requirement == requirement
