"""Keep what accounts were worth in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres.link.database import Database
from adapters.postgres.link.numbers import exact
from domain.performance.history import EquityBucket, EquityPoint, EquitySpan

_ADD = """
INSERT INTO equity_history AS kept (tenant_id, account_id, lap, at, equity, closing)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[], $5::numeric[],
    $6::boolean[])
ON CONFLICT (account_id, lap, at) DO UPDATE SET equity = excluded.equity, closing = true
    WHERE excluded.closing AND NOT kept.closing
"""
_SPAN = """
SELECT min(at) AS first_at, max(at) AS last_at FROM equity_history
WHERE tenant_id = $1 AND account_id = $2 AND lap = $3
"""
# In whole numbers, as the domain counts: a quotient that is rounded falls into the next bucket.
_SUMMED = """
SELECT min(at) AS first_at, max(at) AS last_at, (array_agg(equity ORDER BY at))[1] AS first,
    (array_agg(equity ORDER BY at DESC))[1] AS last, min(equity) AS least, max(equity) AS greatest
FROM (
    SELECT at, equity, div(extract(epoch FROM at - $4) * $6::numeric,
        extract(epoch FROM $5::timestamptz - $4::timestamptz)) AS bucket
    FROM equity_history
    WHERE tenant_id = $1 AND account_id = $2 AND lap = $3 AND at >= $4 AND at < $5
) points
GROUP BY bucket ORDER BY bucket
"""


class PostgresEquityHistory:
    """The worth of accounts in Postgres (port EquityHistory)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def add(self, points: Sequence[EquityPoint]) -> None:
        """Keep points; of one time the first, or the close of the session."""
        # One statement cannot change a row twice; and all take their rows in one order.
        kept: dict[tuple[UUID, int, datetime], EquityPoint] = {}
        for point in points:
            key = (point.account_id, point.lap, point.at)
            if key not in kept or (point.closing and not kept[key].closing):
                kept[key] = point
        ordered = [kept[key] for key in sorted(kept)]
        async with self._database.system.connection() as connection:
            await connection.execute(
                _ADD,
                [point.tenant_id for point in ordered],
                [point.account_id for point in ordered],
                [point.lap for point in ordered],
                [point.at for point in ordered],
                [point.equity for point in ordered],
                [point.closing for point in ordered],
            )

    async def first_and_last(
        self, *, tenant_id: UUID, account_id: UUID, lap: int
    ) -> tuple[datetime, datetime] | None:
        """Return the times of the first and last point."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(_SPAN, tenant_id, account_id, lap)
        if row is None or row["first_at"] is None:
            return None
        return row["first_at"], row["last_at"]

    async def summed(
        self, *, tenant_id: UUID, account_id: UUID, lap: int, span: EquitySpan
    ) -> Sequence[EquityBucket]:
        """Return the buckets of a span that have points."""
        async with self._database.connection(tenant_id) as connection:
            rows = await connection.fetch(
                _SUMMED, tenant_id, account_id, lap, span.since, span.until, span.buckets
            )
        return [
            EquityBucket(
                first_at=row["first_at"],
                last_at=row["last_at"],
                first=exact(row["first"]),
                last=exact(row["last"]),
                least=exact(row["least"]),
                greatest=exact(row["greatest"]),
            )
            for row in rows
        ]
