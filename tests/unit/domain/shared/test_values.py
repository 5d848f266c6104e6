"""Plain values at the door of the domain."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.values import (
    InvalidValue,
    checked_decimal,
    checked_symbol,
    is_usual,
    positive_decimal,
)

REFUSED = [
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "1e20",
    "-1e20",
    "1e400",
    "1e-19",
    "100000000000000000000",
    "100000000000000000000.00",
    "0.0000000000000000001",
    "0e20",
    "0e999999",
    "-0e999999999",
]
TAKEN = [
    "0",
    "-1",
    "1.00",
    "0.01",
    "1e19",
    "99999999999999999999.99",
    "1e-18",
    "0e19",
    "-99999999999999999999",
    "12.345678901234567890"[:21],
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_storage_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        checked_decimal(Decimal(text), field="price")
    assert refused.value.field == "price"


@pytest.mark.parametrize("text", TAKEN)
def test_what_storage_holds_is_taken(text: str) -> None:
    assert checked_decimal(Decimal(text), field="price") == Decimal(text)


@given(value=st.decimals())
def test_usual_numbers_are_finite_and_short(value: Decimal) -> None:
    if is_usual(value):
        assert value.is_finite()
        assert value == round(value, 2)
    try:
        checked_decimal(value, field="x")
    except InvalidValue:
        exponent = value.as_tuple().exponent
        assert not value.is_finite() or abs(value) >= 10**20 or int(exponent) < -18


@pytest.mark.parametrize("text", ["0", "-0.01", "0.00", *REFUSED])
def test_a_quantity_is_above_zero_and_storable(text: str) -> None:
    with pytest.raises(InvalidValue):
        positive_decimal(Decimal(text), field="quantity")
    with pytest.raises(InvalidValue) as refused:
        OrderTerms(
            symbol="AAPL",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(text),
            limit_price=Decimal(1),
        )
    assert refused.value.field == "quantity"


@pytest.mark.parametrize("text", REFUSED)
def test_a_limit_price_is_finite_and_storable(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        OrderTerms(
            symbol="AAPL",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(1),
            limit_price=Decimal(text),
        )
    assert refused.value.field == "limit_price"


@pytest.mark.parametrize("text", ["0", "-37.63", "-0.005", "12.3456"])
def test_a_limit_price_may_be_any_other(text: str) -> None:
    made = OrderTerms(
        symbol="CL",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal("0.5"),
        limit_price=Decimal(text),
    )
    assert made.limit_price == Decimal(text)


@pytest.mark.parametrize("symbol", ["", "aapl", "A" * 33, ".A", "A B", "Ä"])
def test_symbols_are_upper_case_and_short(symbol: str) -> None:
    for _ in range(2):
        with pytest.raises(InvalidValue):
            checked_symbol(symbol)
    assert checked_symbol("BRK.B") == "BRK.B"
