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
    ("year", "exclusion", "credit"),
    [
        # Exclusion and applicable credit as published: for 2018 and 2019 in Prudential's "Estate
        # Planning Key Numbers" (PC1370), from 2020 on in Form 706's instructions for the year.
        (2018, 11_180_000, 4_417_800),
        (2019, 11_400_000, 4_505_800),
        (2020, 11_580_000, 4_577_800),
        (2021, 11_700_000, 4_625_800),
        (2022, 12_060_000, 4_769_800),
        (2023, 12_920_000, 5_113_800),
        (2024, 13_610_000, 5_389_800),
        (2025, 13_990_000, 5_541_800),
        (2026, 15_000_000, 5_945_800),
    ],
)
def test_the_credit_is_the_published_one(year: int, exclusion: int, credit: int) -> None:
    assert EXCLUSIONS[year] == exclusion
    assert tentative_tax(Decimal(exclusion)) == credit
    owed = estate_tax(Estate(year=year, estate=Decimal(exclusion)))
    assert owed.credit == credit
    assert owed.tax == 0
    assert estate_tax(Estate(year=year, estate=Decimal(exclusion + 10))).tax == 4


@pytest.mark.parametrize(
    ("over", "tax", "percent"),
    [
        # Form 706, instructions, Table A: amount over, tax on it, rate on what is above it.
        (0, 0, 18),
        (10_000, 1_800, 20),
        (20_000, 3_800, 22),
        (40_000, 8_200, 24),
        (60_000, 13_000, 26),
        (80_000, 18_200, 28),
        (100_000, 23_800, 30),
        (150_000, 38_800, 32),
        (250_000, 70_800, 34),
        (500_000, 155_800, 37),
        (750_000, 248_300, 39),
        (1_000_000, 345_800, 40),
    ],
)
def test_the_tentative_tax_is_that_of_table_a(over: int, tax: int, percent: int) -> None:
    assert tentative_tax(Decimal(over)) == tax
    assert tentative_tax(Decimal(over + 100)) == tax + percent


@pytest.mark.parametrize(
    ("estate", "tax"),
    [
        # Computations that others published, by the year of death.
        # A CPA review's Lee and Pat, quoted at forum.another71.com ("REG study group Q2 2015",
        # page 165): 9,000,000, and 2,340,000 unused by the spouse who died before.
        (Estate(year=2014, estate=Decimal(9_000_000), dsue=Decimal(2_340_000)), 528_000),
        # Charles Schwab, workplace.schwab.com/node/16236, lines 4 to 7: 18,040,000 under an
        # exemption of 12,920,000.
        (Estate(year=2023, estate=Decimal(18_040_000)), 2_048_000),
        # open-exam-prep.com/glossary/estate-tax: 20,000,000 less debts of 500,000.
        (Estate(year=2024, estate=Decimal(19_500_000)), 2_356_000),
        # calcufly.pages.dev, federal estate tax: 15,000,000.
        (Estate(year=2024, estate=Decimal(15_000_000)), 556_000),
        # toolxi.com/?p=15625 and scoutmytool.com/calc/estate-tax: 20,000,000.
        (Estate(year=2026, estate=Decimal(20_000_000)), 2_000_000),
    ],
)
def test_the_tax_is_the_published_one(estate: Estate, tax: int) -> None:
    assert estate_tax(estate).tax == tax


@pytest.mark.parametrize(
    ("estate", "tax"),
    [
        # Worked by hand by the lines of Form 706.
        (Estate(year=2026, estate=Decimal(30_000_000), dsue=Decimal(8_990_000)), 2_404_000),
        (Estate(year=2026, estate=Decimal(16_000_000), gifts=Decimal(2_000_000)), 1_200_000),
        (Estate(year=2025, estate=Decimal(14_990_000)), 400_000),
        (Estate(year=2024, estate=Decimal(14_610_000), marital=Decimal(1_000_000)), 0),
        # Gifts beyond the exclusion paid their own tax.
        (Estate(year=2026, estate=Decimal(1_000_000), gifts=Decimal(20_000_000)), 400_000),
    ],
)
def test_deductions_gifts_and_a_spouse_s_exclusion_count(estate: Estate, tax: int) -> None:
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
        ({"year": 2027}, "year: must be 2013 to 2026: there is no table for 2027"),
        ({"year": 2012}, "year: must be 2013 to 2026: there is no table for 2012"),
        ({"estate": Decimal(-1)}, "estate: must not be below 0"),
        ({"charitable": Decimal(2)}, "marital: must, with charitable, not exceed the estate"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    right = Estate(year=2026, estate=Decimal(1))
    with pytest.raises(InvalidValue) as met:
        replace(right, **given)
    assert str(met.value) == said
