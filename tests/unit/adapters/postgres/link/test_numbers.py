"""Numbers come back from storage as they went in, without the zeros that padded them."""

from decimal import Decimal

import pytest

from adapters.postgres.link.numbers import exact, exact_or_none
from domain.shared.values import checked_decimal


@pytest.mark.parametrize(
    ("stored", "plain"),
    [
        ("10.000000000000000000", "10"),
        ("100.000000000000000000", "100"),
        ("0.000000000000000000", "0"),
        ("98.980000000000000000", "98.98"),
        ("-0.100000000000000000", "-0.1"),
        ("99999999999999999999.123456789012345678", "99999999999999999999.123456789012345678"),
    ],
)
def test_padding_goes_and_every_digit_stays(stored: str, plain: str) -> None:
    assert str(exact(Decimal(stored))) == plain
    assert exact(Decimal(stored)) == Decimal(stored)


def test_a_product_of_stored_numbers_can_be_stored() -> None:
    quantity, price = Decimal(10).quantize(Decimal("1e-18")), Decimal("98.98")
    checked_decimal(exact(quantity) * price, field="cost")


def test_nothing_stays_nothing() -> None:
    assert exact_or_none(None) is None
