"""Sizes: fixed, or by what may be lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.instruments import Instrument
from domain.shared.values import InvalidValue
from domain.signals.sizing import FixedQuantity, FixedRisk, Sizing, units_for

IBM = Instrument(symbol="IBM", name="IBM", lot=Decimal(10), min_quantity=Decimal(20))


def size(
    sizing: Sizing, *, equity: str = "100000", cash: str = "100000", true_range: float | None = 2.5
) -> Decimal:
    return units_for(
        sizing,
        instrument=IBM,
        equity=Decimal(equity),
        cash=Decimal(cash),
        price=Decimal(100),
        true_range=true_range,
    )


def test_a_fixed_quantity_is_the_quantity() -> None:
    assert size(FixedQuantity(Decimal(7)), true_range=None) == Decimal(7)


def test_a_fixed_risk_loses_its_share_at_the_stop_distance() -> None:
    # 1 % of 100,000 over 2 x 2.5 a share are 200 shares.
    assert size(FixedRisk(Decimal(1))) == Decimal(200)
    # 203 become whole lots.
    assert size(FixedRisk(Decimal(1)), equity="101500") == Decimal(200)


def test_a_fixed_risk_never_asks_for_more_than_the_cash_buys() -> None:
    assert size(FixedRisk(Decimal(5)), cash="12345") == Decimal(120)
    assert size(FixedRisk(Decimal(5)), cash="1999") == Decimal(0)


@pytest.mark.parametrize("true_range", [None, 0.0])
def test_without_a_range_there_is_no_risk_to_size_by(true_range: float | None) -> None:
    assert size(FixedRisk(Decimal(1)), true_range=true_range) == Decimal(0)


@given(
    st.decimals(min_value="0.01", max_value=100, places=2),
    st.floats(min_value=0.01, max_value=100),
    st.decimals(min_value=0, max_value=10**7, places=2),
)
def test_what_is_asked_for_fits_lot_cash_and_risk(
    percent: Decimal, true_range: float, cash: Decimal
) -> None:
    units = size(FixedRisk(percent), cash=str(cash), true_range=true_range)
    assert units % IBM.lot == 0
    assert units == 0 or units >= IBM.min_quantity
    assert units * 100 <= cash
    assert units * Decimal(repr(true_range)) * 2 <= Decimal(1000) * percent


@pytest.mark.parametrize("percent", ["0", "-1", "100.01", "NaN"])
def test_a_share_of_the_equity_that_is_none_is_refused(percent: str) -> None:
    with pytest.raises(InvalidValue, match="risk_per_trade"):
        FixedRisk(Decimal(percent))


def test_a_quantity_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match="quantity"):
        FixedQuantity(Decimal(0))
