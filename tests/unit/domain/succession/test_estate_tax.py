"""The federal estate tax agrees with published computations, and refuses what it does not know."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.succession.estate_tax import EXCLUSIONS, Estate, estate_tax, tentative_tax

AMOUNTS = st.integers(min_value=0, max_value=10**9).map(Decimal)


@pytest.mark.parametrize(
    ("exclusion", "credit"),
    [
        # The applicable credit amounts of Form 706's instructions, year by year.
        (11_700_000, 4_625_800),
        (12_060_000, 4_769_800),
        (12_920_000, 5_113_800),
        (13_610_000, 5_389_800),
        (13_990_000, 5_541_800),
        (15_000_000, 5_945_800),
    ],
)
def test_the_credit_is_the_published_one(exclusion: int, credit: int) -> None:
    assert Decimal(exclusion) in EXCLUSIONS.values()
    assert tentative_tax(Decimal(exclusion)) == credit


@pytest.mark.parametrize(
    ("estate", "tax"),
    [
        (Estate(year=2026, estate=Decimal(20_000_000)), 2_000_000),
        (Estate(year=2026, estate=Decimal(30_000_000), dsue=Decimal(8_990_000)), 2_404_000),
        (Estate(year=2026, estate=Decimal(16_000_000), gifts=Decimal(2_000_000)), 1_200_000),
        (Estate(year=2025, estate=Decimal(14_990_000)), 400_000),
        (Estate(year=2024, estate=Decimal(14_610_000), marital=Decimal(1_000_000)), 0),
        # Gifts beyond the exclusion paid their own tax.
        (Estate(year=2026, estate=Decimal(1_000_000), gifts=Decimal(20_000_000)), 400_000),
    ],
)
def test_the_tax_is_the_published_one(estate: Estate, tax: int) -> None:
    assert estate_tax(estate).tax == tax


@given(AMOUNTS, AMOUNTS)
def test_more_never_owes_less(one: Decimal, more: Decimal) -> None:
    less = estate_tax(Estate(year=2026, estate=one)).tax
    assert less <= estate_tax(Estate(year=2026, estate=one + more)).tax <= less + more


@given(AMOUNTS)
def test_all_to_the_spouse_owes_nothing(amount: Decimal) -> None:
    assert estate_tax(Estate(year=2026, estate=amount, marital=amount)).tax == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"year": 2027}, "year: must be 2018 to 2026: there is no table for 2027"),
        ({"estate": Decimal(-1)}, "estate: must not be below 0"),
        ({"charitable": Decimal(2)}, "marital: must, with charitable, not exceed the estate"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    right = Estate(year=2026, estate=Decimal(1))
    with pytest.raises(InvalidValue) as met:
        replace(right, **given)
    assert str(met.value) == said
