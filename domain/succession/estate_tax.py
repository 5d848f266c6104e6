"""Work out the federal estate tax of the United States, out of dated tables.

Rates: 26 USC 2001(c), which Table A of Form 706's instructions repeats; they are the same for every
death since 2013. Basic exclusion amounts: 26 USC 2010(c)(3), by the source beside each year.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from domain.shared.values import ZERO, InvalidValue, checked_decimal

# From which amount on, the tax on that amount, and the rate above it.
_BRACKETS = tuple(
    (Decimal(floor), Decimal(tax), Decimal(percent) / 100)
    for floor, tax, percent in (
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
    )
)
_FLOORS = tuple(floor for floor, _, _ in _BRACKETS)

EXCLUSIONS: Mapping[int, Decimal] = MappingProxyType(
    {
        2013: Decimal(5_250_000),  # Rev. Proc. 2013-15
        2014: Decimal(5_340_000),  # Rev. Proc. 2013-35
        2015: Decimal(5_430_000),  # Rev. Proc. 2014-61
        2016: Decimal(5_450_000),  # Rev. Proc. 2015-53
        2017: Decimal(5_490_000),  # Rev. Proc. 2016-55
        2018: Decimal(11_180_000),  # Rev. Proc. 2018-18
        2019: Decimal(11_400_000),  # Rev. Proc. 2018-57
        2020: Decimal(11_580_000),  # Rev. Proc. 2019-44
        2021: Decimal(11_700_000),  # Rev. Proc. 2020-45
        2022: Decimal(12_060_000),  # Rev. Proc. 2021-45
        2023: Decimal(12_920_000),  # Rev. Proc. 2022-38
        2024: Decimal(13_610_000),  # Rev. Proc. 2023-34
        2025: Decimal(13_990_000),  # Rev. Proc. 2024-40
        2026: Decimal(15_000_000),  # Pub. L. 119-21, section 70106; Rev. Proc. 2025-32
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What is left, in US dollars, and what is taken off it.

    gifts: adjusted taxable gifts made in life. dsue: what a spouse who died before left unused of
    their exclusion (portability). marital: what passes to a spouse who is a citizen.
    """

    year: int
    estate: Decimal
    gifts: Decimal = ZERO
    marital: Decimal = ZERO
    charitable: Decimal = ZERO
    dsue: Decimal = ZERO

    def __post_init__(self) -> None:
        """Raise InvalidValue for an amount below zero, and for a year without a table."""
        for name in ("estate", "gifts", "marital", "charitable", "dsue"):
            if checked_decimal(getattr(self, name), field=name) < ZERO:
                raise InvalidValue(field=name, problem="must not be below 0")
        if self.marital + self.charitable > self.estate:
            raise InvalidValue(
                field="marital", problem="must, with charitable, not exceed the estate"
            )
        if self.year not in EXCLUSIONS:
            known = f"{min(EXCLUSIONS)} to {max(EXCLUSIONS)}"
            raise InvalidValue(
                field="year", problem=f"must be {known}: there is no table for {self.year}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateTax:
    """The tax and how it came about, in US dollars; taxable includes the gifts of life."""

    tax: Decimal
    taxable: Decimal
    tentative: Decimal
    gift_tax: Decimal
    exclusion: Decimal
    credit: Decimal


def tentative_tax(amount: Decimal) -> Decimal:
    """Return the tax on an amount by the table of section 2001(c), before any credit."""
    floor, tax, rate = _BRACKETS[bisect_right(_FLOORS, amount) - 1]
    return tax + (amount - floor) * rate


def estate_tax(estate: Estate) -> EstateTax:
    """Return the tax on an estate.

    The gift tax that is taken off is what the gifts would owe under the rates and the exclusion of
    the year of death, as their own years are not known.
    """
    taxable = estate.estate - estate.marital - estate.charitable + estate.gifts
    exclusion = EXCLUSIONS[estate.year] + estate.dsue
    credit, tentative = tentative_tax(exclusion), tentative_tax(taxable)
    gift_tax = max(tentative_tax(estate.gifts) - credit, ZERO)
    return EstateTax(
        tax=max(tentative - gift_tax - credit, ZERO),
        taxable=taxable,
        tentative=tentative,
        gift_tax=gift_tax,
        exclusion=exclusion,
        credit=credit,
    )
