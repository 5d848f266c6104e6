"""Read the journal from Postgres: in an order that never gains an earlier entry later."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.leases import check_fence
from adapters.postgres.link.database import Database
from domain.shared.notices import Notice
from ports.leases import Fence
from ports.streams import PublishedNotice


class PostgresJournal:
    """Committed notices by transaction, older than every one still running (port Journal).

    Reading by ascending id alone would skip notices of transactions that commit late; the
    snapshot's xmin is the line behind which nothing can appear any more.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def after(self, *, cursor: str, limit: int) -> Sequence[PublishedNotice]:
        """Return the notices behind a cursor."""
        xact, _, position = cursor.partition("-")
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT n.position, n.id, n.tenant_id, n.account_id, n.channel, n.sequence,"
                " n.type, n.subject, n.at, n.market_at, n.body, n.xact::text AS xact_text"
                " FROM notices n"
                " WHERE (n.xact, n.position) > ($1::text::xid8, $2::bigint)"
                " AND n.xact < pg_snapshot_xmin(pg_current_snapshot())"
                " ORDER BY n.xact, n.position LIMIT $3",
                xact or "0",
                int(position or 0),
                limit,
            )
        return [
            PublishedNotice(f"{row['xact_text']}-{row['position']}", rows.notice_of(row))
            for row in found
        ]

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: str,
        after_sequence: int,
        limit: int,
    ) -> Sequence[Notice]:
        """Return a channel's notices with a higher sequence, ascending."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM notices WHERE tenant_id = $1"
                " AND account_id IS NOT DISTINCT FROM $2"
                " AND channel = $3 AND sequence > $4 ORDER BY sequence LIMIT $5",
                tenant_id,
                account_id,
                channel,
                after_sequence,
                limit,
            )
        return [rows.notice_of(row) for row in found]

    async def last_sequence(self, *, tenant_id: UUID, account_id: UUID | None, channel: str) -> int:
        """Return the channel's latest sequence, 0 when there is none."""
        async with self._database.connection(tenant_id) as connection:
            last = await connection.fetchval(
                "SELECT max(sequence) FROM notices WHERE tenant_id = $1"
                " AND account_id IS NOT DISTINCT FROM $2 AND channel = $3",
                tenant_id,
                account_id,
                channel,
            )
        return int(last) if last is not None else 0

    async def cursor_of(
        self, *, tenant_id: UUID, account_id: UUID | None, channel: str, sequence: int
    ) -> str | None:
        """Return the cursor right after a notice."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetchrow(
                "SELECT xact::text AS xact_text, position FROM notices WHERE tenant_id = $1"
                " AND account_id IS NOT DISTINCT FROM $2 AND channel = $3 AND sequence = $4",
                tenant_id,
                account_id,
                channel,
                sequence,
            )
        return f"{found['xact_text']}-{found['position']}" if found is not None else None

    async def load_cursor(self, *, reader: str) -> str:
        """Return where a named reader stood."""
        async with self._database.system.connection() as connection:
            cursor = await connection.fetchval(
                "SELECT cursor FROM reader_cursors WHERE reader = $1", reader
            )
        return str(cursor) if cursor is not None else ""

    async def save_cursor(self, *, reader: str, cursor: str, fence: Fence | None = None) -> None:
        """Keep where a named reader stands; raises LeaseLost."""
        async with self._database.system.transaction() as connection:
            await check_fence(connection, fence)
            await connection.execute(
                "INSERT INTO reader_cursors VALUES ($1, $2)"
                " ON CONFLICT (reader) DO UPDATE SET cursor = excluded.cursor",
                reader,
                cursor,
            )

    async def end(self) -> str:
        """Return the cursor right before the oldest transaction that still runs."""
        async with self._database.system.connection() as connection:
            xmin = await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        # Positions begin at 1: nothing of that transaction or a later one stands before it.
        return f"{xmin}-0"
