"""Find brokers' API keys in Postgres that are due, and what was done with one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres.audit.rows import entry_of
from adapters.postgres.link.database import Database
from adapters.postgres.records import table_of
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import REMIND_BEFORE, ApiKey
from ports.api_keys import API_KEYS


class PostgresApiKeys:
    """What is asked of API keys beside their records, in Postgres (port ApiKeys)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def to_remind(self, *, before: datetime, limit: int) -> Sequence[ApiKey]:
        """Return keys of every tenant whose reminder may be due, by ascending id."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT * FROM api_keys WHERE due_at <= $1"
                " AND (reminded_at IS NULL OR reminded_at < due_at - $2::interval)"
                " ORDER BY id LIMIT $3",
                before,
                REMIND_BEFORE,
                limit,
            )
        return [table_of(API_KEYS).record_of(row) for row in found]

    async def history(
        self, *, tenant_id: UUID, key_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[AuditEntry]:
        """Return what was done with a key, oldest first, also of one that was deleted."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM audit WHERE tenant_id = $1 AND subject = $2"
                " AND action LIKE 'api_key.%' AND ($3::uuid IS NULL OR id > $3)"
                " ORDER BY id LIMIT $4",
                tenant_id,
                str(key_id),
                after,
                limit,
            )
        return [entry_of(row) for row in found]
