"""The rulebooks against figures that somebody else published."""

from decimal import Decimal

import pytest

from domain.margin.assessment import Strategy
from domain.margin.book import MarginPosition
from tests.unit.domain.margin.sample import D, margin, option, share

IBM = share("IBM", 10_000, "97.73")


def spx(quantity: int, price: str, right: str, strike: str) -> MarginPosition:
    return option(quantity, price, right, strike, on="SPX", spot="1451.19", broad_index=True)


# Cboe, Margin Requirement Examples for Sample Options-based Positions: what has to be deposited.
@pytest.mark.parametrize(
    ("positions", "deposit"),
    [
        pytest.param([option(-100, "1.68", "call", "100")], "172760", id="short_call"),
        pytest.param([option(-100, "3.18", "put", "100")], "195460", id="short_put"),
        pytest.param([IBM, option(-100, "1.68", "call", "100")], "471850", id="covered_call"),
        pytest.param([IBM, option(100, "1.02", "put", "95")], "498850", id="protective_put"),
        pytest.param(
            [option(100, "1.68", "call", "100"), option(-100, "3.18", "put", "100")],
            "212260",
            id="synthetic_long",
        ),
        pytest.param(
            [option(100, "1.02", "put", "95"), option(-100, "0.40", "call", "105")],
            "132960",
            id="risk_reversal",
        ),
        pytest.param(
            [IBM, option(100, "1.02", "put", "95"), option(-100, "0.40", "call", "105")],
            "494850",
            id="collar",
        ),
        pytest.param(
            [option(100, "4.53", "call", "95"), option(-100, "0.40", "call", "105")],
            "41300",
            id="long_call_spread",
        ),
        pytest.param([spx(-100, "21.66", "call", "1460")], "2088685", id="index_short_call"),
        pytest.param([spx(-100, "22.55", "put", "1460")], "2176785", id="index_short_put"),
        pytest.param(
            [spx(100, "27.57", "call", "1450"), spx(-100, "5.96", "call", "1500")],
            "216100",
            id="index_long_call_spread",
        ),
        pytest.param(
            [spx(100, "18.72", "put", "1450"), spx(-100, "5.96", "call", "1500")],
            "1875885",
            id="index_risk_reversal",
        ),
    ],
)
def test_the_exchange_asks_the_same_deposit(positions: list[MarginPosition], deposit: str) -> None:
    assert margin(*positions).deposit == D(deposit)


def test_a_short_put_is_asked_its_premium_and_a_fifth_less_what_it_is_out_of_the_money() -> None:
    """The Cboe Margin Manual: one put 200 at 1.20 with the underlying at 209."""
    found = margin(option(-1, "1.20", "put", "200", spot="209"))
    assert [found.initial, found.deposit, found.maintenance] == [3_400, 3_280, 3_280]


def test_a_strangle_is_asked_the_larger_side_and_the_premium_of_the_other() -> None:
    """tastytrade: underlying at 45, a 47 call at 2.10 and a 43 put at 1.20."""
    found = margin(
        option(-1, "2.10", "call", "47", spot="45"), option(-1, "1.20", "put", "43", spot="45")
    )
    (pairing,) = found.pairings
    assert pairing.strategy is Strategy.STRADDLE
    assert pairing.requirement == 1_030


def test_an_iron_condor_of_equal_widths_is_asked_one_of_them() -> None:
    """Interactive Brokers: ten SPY 160/170/180/190, 10 x 10 x 100."""
    legs = [
        option(quantity, price, right, strike, on="SPY", spot="175")
        for quantity, price, right, strike in (
            (10, "0.50", "put", "160"),
            (-10, "1.50", "put", "170"),
            (-10, "1.50", "call", "180"),
            (10, "0.50", "call", "190"),
        )
    ]
    (pairing,) = margin(*legs).pairings
    assert pairing.strategy is Strategy.IRON_CONDOR
    assert pairing.requirement == 10_000
    # The wings paid, the shorts' proceeds taken off: what may be lost from here.
    assert [pairing.initial, pairing.maintenance] == [11_000, 8_000]


def test_unequal_widths_are_two_spreads() -> None:
    legs = [
        option(quantity, "1", right, strike, on="SPY", spot="175")
        for quantity, right, strike in (
            (1, "put", "165"),
            (-1, "put", "170"),
            (-1, "call", "180"),
            (1, "call", "190"),
        )
    ]
    found = margin(*legs)
    assert [one.strategy for one in found.pairings] == [Strategy.SPREAD, Strategy.SPREAD]
    assert sum(one.requirement for one in found.pairings) == 1_500


def test_an_account_is_called_where_equity_meets_maintenance() -> None:
    found = margin(share("A", 500, "100"), share("B", 300, "150"), cash="-40000")
    assert [found.equity, found.maintenance] == [55_000, 23_750]
    assert found.buffer is not None
    assert round(found.buffer, 6) == D("0.568182")
    called = [one.call_price for one in found.positions]
    assert [None if one is None else round(one, 4) for one in called] == [
        D("16.6667"),
        D("11.1111"),
    ]


@pytest.mark.parametrize(
    ("quantity", "cash", "called"),
    # Half of 100 borrowed at 25 %; sold at 100 with 50 deposited at 30 %.
    [(1, "-50", "66.67"), (-1, "150", "115.38")],
)
def test_one_share_of_a_hundred_is_called(quantity: int, cash: str, called: str) -> None:
    (one,) = margin(share("A", quantity, "100"), cash=cash).positions
    assert one.call_price is not None
    assert round(one.call_price, 2) == D(called)


@pytest.mark.parametrize(
    ("price", "maintenance"),
    [("2", "2.5"), ("4", "4"), ("5", "5"), ("10", "5"), ("20", "6")],
)
def test_a_cheap_short_share_is_asked_an_amount(price: str, maintenance: str) -> None:
    """FINRA Rule 4210(c)(2) and (3)."""
    found = margin(share("A", -1, price))
    assert found.maintenance == D(maintenance)
    # Never less to open than to hold.
    assert found.deposit == max(Decimal(price) / 2, D(maintenance))
