"""What is written quickly is what the server takes it for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.link.quick_codecs import learn_quick_codecs

NUMBERS = [
    Decimal(text)
    for text in (
        *("0", "0.00", "1", "-12.5", "9999", "10000", "1E+2", "-1E+20", "0.0001", "123.45"),
        *("0.000000000000000001", "-99999999999999999999.999999999999999999"),
    )
]
TIMES = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 2, 14, 30, 0, 123_456, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - timedelta(days=40_000),
]


@pytest.mark.parametrize("value", [*NUMBERS, *TIMES])
async def test_the_server_has_what_was_written(
    database: Database, value: Decimal | datetime
) -> None:
    kind = "numeric" if isinstance(value, Decimal) else "timestamptz"
    async with database.connection() as plain, database.connection() as quick:
        await learn_quick_codecs(quick)
        written = await quick.fetchval(f"SELECT $1::{kind}::text", value)
        assert await plain.fetchval(f"SELECT $1::text::{kind} = $2", written, value)
        assert await quick.fetchval(f"SELECT $1::{kind}", value) == value
        await quick.reset_type_codec("numeric", schema="pg_catalog")
        await quick.reset_type_codec("timestamptz", schema="pg_catalog")
