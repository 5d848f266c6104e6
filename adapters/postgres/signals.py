"""Read published signals from Postgres, and forget them a week at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.postgres.link.database import Database
from adapters.postgres.records import table_of
from domain.signals.signal import PublishedSignal, SignalFilter, SignalSide
from ports.signals import SIGNALS

_WEEKS = 16
_WEEK = timedelta(days=7)
_PAGE = """
SELECT * FROM signals WHERE tenant_id = $1
    AND ($2::uuid IS NULL OR place < (SELECT place FROM signals WHERE tenant_id = $1 AND id = $2))
    AND ($3::text IS NULL OR symbol = $3)
    AND ($4::numeric = 0 OR abs(score) >= $4)
    AND ($5::integer IS NULL OR sign(score) = $5)
    AND ($6::text IS NULL OR source = $6)
    AND ($7::timestamptz IS NULL OR "timestamp" >= $7)
    AND ($8::timestamptz IS NULL OR "timestamp" < $8)
ORDER BY place DESC LIMIT $9
"""
_SIGNS = {SignalSide.BUY: 1, SignalSide.SELL: -1, SignalSide.NONE: 0}


class PostgresSignalArchive:
    """Signals that were kept in Postgres (port SignalArchive)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: SignalFilter, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[PublishedSignal]:
        """Return a page, newest first."""
        async with self._database.connection(tenant_id) as connection:
            rows = await connection.fetch(
                _PAGE,
                tenant_id,
                after,
                wanted.symbol,
                wanted.min_score,
                None if wanted.side is None else _SIGNS[wanted.side],
                wanted.source,
                wanted.since,
                wanted.until,
                limit,
            )
        table = table_of(SIGNALS)
        return [table.record_of(row) for row in rows]

    async def forget(self, *, before: datetime) -> int:
        """Empty the weeks that lie wholly before."""
        gone = 0
        for week in range(_WEEKS):
            gone += await self._forget_week(f"signals_{week:02}", before=before)
        return gone

    async def _forget_week(self, table: str, *, before: datetime) -> int:
        async with (
            self._database.system.connection() as connection,
            connection.transaction(),
        ):
            # A week whose turn has come again holds nothing that is not older than the ring.
            newest = await connection.fetchval(f"SELECT max(received_at) FROM {table}")  # noqa: S608 - own names
            if newest is None or _end_of_week(newest) > before:
                return 0
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            row = await connection.fetchrow(
                f"SELECT count(*) AS many, max(received_at) AS newest FROM {table}"  # noqa: S608 - own names
            )
            if row is None or row["newest"] != newest:
                return 0
            await connection.execute(f"TRUNCATE {table}")
            return int(row["many"])


def _end_of_week(at: datetime) -> datetime:
    """Return when the week ends in which a signal was received: weeks count from 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + ((at - epoch) // _WEEK + 1) * _WEEK
