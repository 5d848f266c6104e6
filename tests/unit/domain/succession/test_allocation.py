"""Beneficiaries and contingents of an asset class are exactly its whole, or refused."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.values import InvalidValue
from domain.succession.allocation import Allocation, Share, check_allocations

SMALLEST = Decimal("0.000001")


def _shares(cuts: list[int]) -> tuple[Share, ...]:
    """Cut 100 percent at these millionths."""
    edges = [0, *sorted(cuts), 100_000_000]
    return tuple(
        Share(name=f"heir {place}", percent=(high - low) * SMALLEST)
        for place, (low, high) in enumerate(itertools.pairwise(edges))
    )


CUTS = st.lists(st.integers(1, 99_999_999), unique=True, max_size=20)


@given(CUTS, CUTS)
def test_whatever_sums_to_exactly_100_percent_is_taken(first: list[int], second: list[int]) -> None:
    made = Allocation(asset_class="cash", beneficiaries=_shares(first), contingents=_shares(second))
    assert sum(one.percent for one in made.beneficiaries) == 100
    assert sum(one.percent for one in made.contingents) == 100


@given(CUTS.filter(bool), st.integers(0, 20), st.booleans())
def test_the_smallest_difference_is_refused(cuts: list[int], at: int, more: bool) -> None:
    shares = list(_shares(cuts))
    at %= len(shares)
    percent = shares[at].percent + (SMALLEST if more else -SMALLEST)
    if percent == 0:
        del shares[at]
    else:
        shares[at] = Share(name=shares[at].name, percent=percent)
    with pytest.raises(InvalidValue, match="exactly 100"):
        Allocation(asset_class="cash", beneficiaries=tuple(shares))
    with pytest.raises(InvalidValue, match="exactly 100"):
        Allocation(asset_class="cash", beneficiaries=_shares([]), contingents=tuple(shares))


@pytest.mark.parametrize("percent", ["0", "-1", "100.000001", "NaN", "Infinity"])
def test_a_part_that_is_none_is_refused(percent: str) -> None:
    with pytest.raises(InvalidValue):
        Share(name="Ada", percent=Decimal(percent))


def test_nobody_is_named_twice_and_no_class_either() -> None:
    half = Share(name="Ada", percent=Decimal(50))
    with pytest.raises(InvalidValue, match="named once"):
        Allocation(asset_class="cash", beneficiaries=(half, half))
    whole = Allocation(asset_class="cash", beneficiaries=_shares([]))
    check_allocations([whole])
    with pytest.raises(InvalidValue, match="stands in the list before"):
        check_allocations([whole, whole])
