"""Positions keep average cost, and no profit appears or is lost in any order of trades."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.positions import Position, traded_value
from domain.shared.values import ONE, SMALLEST_EXPONENT, ZERO
from tests import builders

TRADES = st.lists(
    st.tuples(
        st.decimals(min_value=-1_000, max_value=1_000, places=3).filter(bool),
        st.decimals(min_value=-50, max_value=10_000, places=4),
        st.decimals(min_value=-1, max_value=5, places=2),
    ),
    max_size=30,
)


def _traded(position: Position, *trades: tuple[int | str, int | str]) -> Position:
    for quantity, price in trades:
        position = position.traded(
            quantity=Decimal(quantity), price=Decimal(price), commission=ZERO
        )
    return position


@pytest.mark.parametrize(
    ("trades", "quantity", "cost", "realised"),
    [
        ([(10, 100)], 10, 1000, 0),
        ([(10, 100), (10, 110)], 20, 2100, 0),
        ([(10, 100), (-4, 110)], 6, 600, 40),
        ([(10, 100), (-10, 90)], 0, 0, -100),
        # A flip closes at the old cost and opens the rest at the price of the fill.
        ([(10, 100), (-15, 110)], -5, -550, 100),
        ([(-10, 100)], -10, -1000, 0),
        ([(-10, 100), (4, 90)], -6, -600, 40),
        ([(-10, 100), (15, 90)], 5, 450, 100),
        # Crude oil below zero: bought at -10, sold at 5.
        ([(10, -10), (-10, 5)], 0, 0, 150),
        ([(10, 100), (10, 110), (-5, 120)], 15, 1575, 75),
    ],
)
def test_cost_is_averaged_and_leaves_in_proportion(
    trades: list[tuple[int, int]], quantity: int, cost: int, realised: int
) -> None:
    after = _traded(Position(symbol="AAPL"), *trades)
    figures = (after.quantity, after.cost, after.realised_pnl)
    assert figures == builders.decimals(quantity, cost, realised)


def test_a_multiplier_counts_in_cost_value_and_profit() -> None:
    after = _traded(Position(symbol="ES", multiplier=Decimal(50)), (2, 4000), (-1, 4010))
    assert (after.cost, after.realised_pnl) == builders.decimals(200_000, 500)
    assert after.average_cost == 4000
    assert after.market_value(Decimal(4020)) == 201_000
    assert after.unrealised_pnl(Decimal(4020)) == 1_000


def test_a_flat_position_has_no_average() -> None:
    assert Position(symbol="AAPL").average_cost is None
    assert _traded(Position(symbol="AAPL"), (3, 7), (-3, 7)).average_cost is None


@given(trades=TRADES, mark=st.decimals(min_value=-50, max_value=10_000, places=4))
def test_realised_and_unrealised_are_the_cash_flow_and_the_market_value(
    trades: list[tuple[Decimal, Decimal, Decimal]], mark: Decimal
) -> None:
    for multiplier in (ONE, Decimal(50), Decimal("0.1")):
        position = Position(symbol="AAPL", multiplier=multiplier)
        cash = ZERO
        for quantity, price, commission in trades:
            position = position.traded(quantity=quantity, price=price, commission=commission)
            cash -= traded_value(quantity=quantity, price=price, multiplier=multiplier)
        assert position.quantity == sum((quantity for quantity, _, _ in trades), ZERO)
        assert position.commissions == sum((paid for _, _, paid in trades), ZERO)
        profit = position.realised_pnl + position.unrealised_pnl(mark)
        assert profit == cash + position.market_value(mark)
        if not position.quantity:
            assert position.cost == 0


@given(trades=TRADES)
def test_a_position_and_its_mirror_image_earn_the_opposite(
    trades: list[tuple[Decimal, Decimal, Decimal]],
) -> None:
    one = other = Position(symbol="AAPL")
    for quantity, price, commission in trades:
        one = one.traded(quantity=quantity, price=price, commission=commission)
        other = other.traded(quantity=-quantity, price=price, commission=commission)
    assert (one.quantity, one.cost) == (-other.quantity, -other.cost)
    assert one.realised_pnl == -other.realised_pnl


@given(
    quantity=st.decimals(min_value=-(10**6), max_value=10**6, places=12),
    price=st.decimals(min_value=0, max_value=10**6, places=12),
)
def test_the_value_of_a_trade_is_exact_where_storage_can_keep_it(
    quantity: Decimal, price: Decimal
) -> None:
    value = traded_value(quantity=quantity, price=price, multiplier=ONE)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent >= SMALLEST_EXPONENT
    assert abs(value - quantity * price) <= Decimal("5E-19")
