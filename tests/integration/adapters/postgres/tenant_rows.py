"""Fill every table of a migrated database with rows of given tenants, by its catalogue alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import asyncpg

_numbers = count(1)

_TABLES = """
SELECT c.relname AS name, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END AS owner
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND (c.relname = 'tenants' OR EXISTS (SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped))
ORDER BY c.relname"""
_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type FROM pg_attribute a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attidentity = '' AND a.attgenerated = '' AND (a.attname = 'tenant_id' OR NOT a.atthasdef)
ORDER BY a.attnum"""
_CHECKS = (
    "SELECT conrelid::regclass::text AS of, conname FROM pg_constraint"
    " WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0"
)
_VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'t{n}'",
    "bytea": "sha256('{n}'::bytea)",
    "json": "'{{}}'",
    "jsonb": "'{{}}'",
    "boolean": "false",
    "date": "current_date",
    "interval": "interval '1 second'",
    "timestamp with time zone": "now()",
    "xid8": "'{n}'::xid8",
}
_NUMBERS = frozenset({"bigint", "integer", "smallint", "numeric", "double precision"})


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table with tenants' rows, and the column that says whose each is."""

    name: str
    owner: str
    columns: tuple[tuple[str, str], ...]

    def insert(self, tenant_id: UUID) -> str:
        """Return the statement that adds a row of a tenant, unlike every other."""
        number = next(_numbers)
        values = [
            f"'{tenant_id}'" if name == self.owner else _value(kind, number)
            for name, kind in self.columns
        ]
        names = ", ".join(name for name, _ in self.columns)
        return f"INSERT INTO {self.name} ({names}) VALUES ({', '.join(values)})"


def _value(kind: str, number: int) -> str:
    if kind.endswith("[]"):
        return f"'{{}}'::{kind}"
    if kind in _NUMBERS:
        return str(number)
    return _VALUES[kind].format(n=number)


async def fill(url: str, *, tenants: Sequence[UUID]) -> list[TenantTable]:
    """Store a row of each tenant in each table, whatever a row would have to be like.

    Keys to other tables and checks of values are left out: here only whose it is counts.
    """
    owner = await asyncpg.connect(url)
    try:
        await owner.execute("SET session_replication_role = replica")
        for check in await owner.fetch(_CHECKS):
            await owner.execute(f"ALTER TABLE {check['of']} DROP CONSTRAINT {check['conname']}")
        tables = [
            TenantTable(
                row["name"],
                row["owner"],
                tuple(
                    (one["name"], one["type"]) for one in await owner.fetch(_COLUMNS, row["name"])
                ),
            )
            for row in await owner.fetch(_TABLES)
        ]
        for table in tables:
            for tenant_id in tenants:
                await owner.execute(table.insert(tenant_id))
    finally:
        await owner.close()
    return tables
