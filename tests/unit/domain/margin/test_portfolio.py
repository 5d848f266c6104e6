"""Portfolio margin against Cboe's table, and against the grid written out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.portfolio import moves
from domain.margin.rulebook import NoTable, rulebook_of
from domain.margin.tables import PORTFOLIO_TABLE
from tests.unit.domain.margin.sample import ON, D, margin, option, share

# The prices of the table fit interest of 5 % and eight weeks: call less put is S - K e^(-rT).
EXPIRY = ON + timedelta(days=56)
IBM = share("IBM", 10_000, "97.73")


def listed(quantity: int, price: str, right: str, strike: str) -> MarginPosition:
    return option(quantity, price, right, strike, expiry=EXPIRY)


def stressed(*positions: MarginPosition, rate: float) -> Assessment:
    rulebook = rulebook_of("portfolio", on=ON)
    assert not isinstance(rulebook, NoTable)
    rulebook = replace(rulebook, stress=replace(PORTFOLIO_TABLE, rate=rate))
    found = assess(MarginBook(cash=D(0), positions=positions), rulebook=rulebook, on=ON)
    assert isinstance(found, Assessment), found
    return found


# Cboe, Margin Requirement Examples for Sample Options-based Positions: portfolio margin. The day
# that they are of is not told, which is the 1.5 %.
@pytest.mark.parametrize(
    ("positions", "asked"),
    [
        pytest.param([listed(-100, "1.68", "call", "100")], 115_429, id="short_call"),
        pytest.param([listed(-100, "3.18", "put", "100")], 137_527, id="short_put"),
        pytest.param([IBM, listed(-100, "1.68", "call", "100")], 129_804, id="covered_call"),
        pytest.param([IBM, listed(100, "1.02", "put", "95")], 37_538, id="protective_put"),
        pytest.param(
            [listed(100, "1.68", "call", "100"), listed(-100, "3.18", "put", "100")],
            154_313,
            id="synthetic_long",
        ),
        pytest.param(
            [listed(100, "1.02", "put", "95"), listed(-100, "0.40", "call", "105")],
            91_118,
            id="risk_reversal",
        ),
        pytest.param(
            [IBM, listed(100, "1.02", "put", "95"), listed(-100, "0.40", "call", "105")],
            33_522,
            id="collar",
        ),
        pytest.param(
            [listed(100, "4.53", "call", "95"), listed(-100, "0.40", "call", "105")],
            40_881,
            id="long_call_spread",
        ),
    ],
)
def test_the_exchange_asks_about_the_same(positions: list[MarginPosition], asked: int) -> None:
    found = stressed(*positions, rate=0.05)
    assert float(found.maintenance) == pytest.approx(asked, rel=0.015)
    assert found.initial == found.deposit == found.maintenance


def test_a_straddle_that_loses_little_is_asked_the_least_a_contract() -> None:
    """Cboe: 200 contracts at $37.50."""
    found = stressed(
        listed(100, "3.18", "put", "100"), listed(100, "1.68", "call", "100"), rate=0.05
    )
    assert found.maintenance == 7_500


def test_shares_alone_are_asked_fifteen_percent_either_way() -> None:
    assert margin(IBM, by="portfolio").maintenance == IBM.value * D("0.15")
    short = replace(IBM, quantity=-IBM.quantity)
    found = margin(short, by="portfolio", cash="2000000")
    assert found.maintenance == IBM.value * D("0.15")
    assert found.minimum_equity == 100_000


def test_an_index_is_moved_less_than_a_share() -> None:
    assert moves(PORTFOLIO_TABLE, broad_index=False)[:2] == (D("-0.15"), D("-0.15") + D("0.3") / 9)
    index = moves(PORTFOLIO_TABLE, broad_index=True)
    assert (len(index), index[0], round(index[-1], 9)) == (10, D("-0.08"), D("0.06"))


def test_what_no_volatility_explains_is_not_margined() -> None:
    dear = option(-1, "98", "call", "100")
    found = assess(MarginBook(cash=D(0), positions=(dear,)), rulebook="portfolio", on=ON)
    assert isinstance(found, NoTable)
    assert found.symbol == dear.symbol


@given(st.lists(st.tuples(st.integers(-9, 9), st.sampled_from(["put", "call"])), min_size=1))
def test_a_group_is_asked_no_more_than_its_parts(sizes: list[tuple[int, str]]) -> None:
    positions = [
        replace(one, symbol=f"{one.symbol}-{at}")
        for at, (quantity, right) in enumerate(sizes)
        for one in (listed(quantity, "2", right, str(90 + at)),)
    ]
    whole = margin(*positions, by="portfolio").maintenance
    parts = sum(margin(one, by="portfolio").maintenance for one in positions)
    # Each part is rounded up to a cent.
    assert 0 <= whole <= parts + D("0.01")
