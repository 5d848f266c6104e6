"""Keep and read the audit trail in Postgres."""

from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.rows import entry_of
from adapters.postgres.audit.states import ACTION
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from domain.audit.entry import AuditEntry
from domain.audit.review import REVIEWED, Review
from ports.audit import LOOKED_AT_MAX, AuditFilter, AuditPage, SealedEntry

# Only so many links are looked at, whatever the filter.
_PAGE = f"""
WITH looked_at AS MATERIALIZED (
    SELECT position, seq, link FROM audit_links
    WHERE tenant_id = $1 AND ($2::bigint IS NULL OR position < $2)
    ORDER BY position DESC LIMIT {LOOKED_AT_MAX}
)
SELECT l.position, l.link, a.*, r.actor AS reviewer, r.at AS reviewed_at, r.reason AS note
FROM looked_at l JOIN audit a ON a.seq = l.seq
LEFT JOIN LATERAL (
    SELECT actor, at, reason FROM audit
    WHERE tenant_id = $1 AND action = '{REVIEWED}' AND subject = a.id::text
    ORDER BY seq DESC LIMIT 1
) r ON true
WHERE a.tenant_id = $1
    AND ($3::text IS NULL OR a.actor = $3)
    AND (a.action = $4 OR $4::text IS NULL AND a.action <> '{ACTION}')
    AND ($5::text IS NULL OR a.subject = $5)
    AND ($6::uuid IS NULL OR a.account_id = $6)
    AND ($7::timestamptz IS NULL OR a.at >= $7)
    AND ($8::timestamptz IS NULL OR a.at < $8)
    AND ($10::boolean IS NULL OR (r.at IS NOT NULL) = $10)
ORDER BY l.position DESC LIMIT $9
"""  # noqa: S608 - own names; values are parameters
_LAST_LOOKED_AT = f"""
SELECT position FROM audit_links WHERE tenant_id = $1 AND ($2::bigint IS NULL OR position < $2)
ORDER BY position DESC OFFSET {LOOKED_AT_MAX - 1} LIMIT 1
"""  # noqa: S608 - own names; values are parameters


class PostgresAuditTrail:
    """The audit trail in Postgres (port AuditTrail)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry in a transaction of its own."""
        async with self._database.connection(entry.tenant_id) as connection:
            await add_audit(connection, entry)

    async def has(self, *, tenant_id: UUID, entry_id: UUID) -> bool:
        """Tell whether there is such an entry of the tenant."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetchval(
                "SELECT EXISTS (SELECT 1 FROM audit WHERE tenant_id = $1 AND id = $2)",
                tenant_id,
                entry_id,
            )
        return bool(found)

    async def page(
        self, *, tenant_id: UUID, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> AuditPage:
        """Return sealed entries, latest first, in places before `before`."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                _PAGE,
                tenant_id,
                before,
                wanted.actor,
                wanted.action,
                wanted.subject,
                wanted.account_id,
                wanted.since,
                wanted.until,
                limit,
                wanted.reviewed,
            )
            if len(found) == limit:
                rest: int | None = found[-1]["position"] if found else before
            else:
                rest = await connection.fetchval(_LAST_LOOKED_AT, tenant_id, before)
        return AuditPage(
            entries=[
                SealedEntry(
                    entry=entry_of(row),
                    position=row["position"],
                    link=row["link"],
                    review=_review_of(row),
                )
                for row in found
            ],
            before=rest if rest is not None and rest > 1 else None,
        )


def _review_of(row: rows.Row) -> Review | None:
    if row["reviewed_at"] is None:
        return None
    return Review(actor=row["reviewer"], at=row["reviewed_at"], note=row["note"])
