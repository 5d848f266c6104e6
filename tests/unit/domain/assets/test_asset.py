"""What an asset may be, and what it is worth later."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.assets.asset import Asset, AssetKind, describe_asset
from domain.shared.values import InvalidValue
from tests import builders

HOUSE = Asset(
    id=builders.new_id(),
    tenant_id=builders.new_id(),
    kind=AssetKind.REAL_ESTATE,
    name="House",
    value=Decimal(420_000),
    currency="EUR",
    valued_on=date(2025, 1, 1),
    owner="Ann",
    appreciation=Decimal("0.03"),
    note="roof of 2019",
    created_at=builders.AT,
)


def test_it_grows_by_its_share_a_year_and_wears_off_below_zero() -> None:
    assert HOUSE.worth(date(2026, 1, 1)) == Decimal("432600.00")
    # 420,000 x 1.03^2, two years of 365 days.
    assert HOUSE.worth(date(2027, 1, 1)) == Decimal("445578.00")
    car = replace(HOUSE, value=Decimal(20_000), appreciation=Decimal("-0.2"))
    assert car.worth(date(2026, 1, 1)) == Decimal("16000.00")


@given(days=st.integers(0, 20_000), rate=st.decimals("-0.5", "0.5", places=4))
def test_the_way_back_leads_to_the_same_value(days: int, rate: Decimal) -> None:
    there = HOUSE.valued_on + timedelta(days=days)
    grown = replace(HOUSE, appreciation=rate)
    again = replace(grown, value=grown.worth(there), valued_on=there)
    # A cent of the later value is worth this much today.
    cent = Decimal("0.01") / (1 + rate) ** (Decimal(days) / 365) + Decimal("0.02")
    assert abs(again.worth(HOUSE.valued_on) - HOUSE.value) <= cent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " House"),
        ("name", "x" * 201),
        ("owner", "Ann "),
        ("note", "x" * 2_001),
        ("currency", "euro"),
        ("value", Decimal(-1)),
        ("value", Decimal("NaN")),
        ("valued_on", date(1899, 12, 31)),
        ("appreciation", Decimal(-1)),
        ("appreciation", Decimal("10.1")),
    ],
)
def test_what_no_asset_can_be_is_refused_by_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        replace(HOUSE, **{field: value})
    assert refused.value.field == field


def test_the_trail_shows_no_text_of_a_note() -> None:
    shown = describe_asset(HOUSE)
    assert (shown["note"], shown["value"], shown["kind"]) == (
        "12 characters",
        "420000",
        "real_estate",
    )
