"""Find in Postgres what was done with a broker's API key."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.audit.rows import entry_of
from adapters.postgres.link.database import Database
from domain.audit.entry import AuditEntry


class PostgresApiKeys:
    """What is asked of API keys beside their records, in Postgres (port ApiKeys)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

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
