"""Numbers and times in Postgres's binary form: read back as they were, others refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.link.quick_codecs import (
    numeric_in,
    numeric_out,
    timestamp_in,
    timestamp_out,
)

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=18) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20
)


@given(NUMBERS)
def test_a_number_is_read_back_as_it_was(value: Decimal) -> None:
    if abs(int(value.as_tuple().exponent)) <= 30:
        assert numeric_in(numeric_out(value)) == value


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_finite_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        numeric_out(Decimal(value))


def test_the_servers_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        numeric_in(bytes.fromhex("00000000c0000000"))


@given(st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-5)))))
def test_a_time_is_read_back_as_it_was(value: datetime) -> None:
    assert timestamp_in(timestamp_out(value)) == value


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        timestamp_out(datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point
