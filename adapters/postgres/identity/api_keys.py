"""Keep brokers' API keys in Postgres, with their sealed credentials."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.rows import entry_of
from adapters.postgres.audit.states import record_state
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit, add_next
from adapters.postgres.secrets import Connection, erase_sealed, put_sealed
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import REMIND_BEFORE, ApiKey, Environment, KeyPermission
from ports.api_keys import NameTaken, Told, address_of
from ports.secrets import SealedRow
from ports.storage import ConstraintBroken

_COLUMNS = (
    "id, tenant_id, name, label, broker, environment, account_id, masked, permissions,"
    " allows_withdrawal, created_at, updated_at, rotated_at, verified_at, verified,"
    " last_used_at, expires_at, rotate_every_days, due_at, reminded_at, version"
)
_VALUES = ", ".join(f"${number}" for number in range(1, 22))
_UPDATE = (
    "UPDATE api_keys SET name = $3, label = $4, broker = $5, environment = $6,"
    " account_id = $7, masked = $8, permissions = $9, allows_withdrawal = $10,"
    " updated_at = $12, rotated_at = $13, verified_at = $14, verified = $15,"
    " last_used_at = greatest(last_used_at, $16), expires_at = $17, rotate_every_days = $18,"
    " due_at = $19, reminded_at = $20, version = $21"
    # The eleventh is the time of making, which stays.
    " WHERE id = $1 AND tenant_id = $2 AND created_at = $11 AND version = $21 - 1"
)


class PostgresApiKeys:
    """API keys in Postgres (port ApiKeys)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey, *, sealed: SealedRow, told: Told) -> None:
        """Store a new key."""
        async with self._changing(key.tenant_id) as connection:
            await connection.execute(
                f"INSERT INTO api_keys ({_COLUMNS}) VALUES ({_VALUES})",  # noqa: S608 - own names; values are parameters
                *_values_of(key),
            )
            await record_state(connection, "api_key", tenant_id=key.tenant_id, id=key.id)
            await put_sealed(connection, sealed)
            await _tell(connection, told)

    async def get(self, *, tenant_id: UUID, key_id: UUID) -> ApiKey | None:
        """Return the key, None for another tenant's or none."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                f"SELECT {_COLUMNS} FROM api_keys WHERE id = $1 AND tenant_id = $2",  # noqa: S608 - own names; values are parameters
                key_id,
                tenant_id,
            )
        return _key_of(row) if row is not None else None

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[ApiKey]:
        """Return keys by ascending id, behind `after`; with due_by those due by then."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"SELECT {_COLUMNS} FROM api_keys WHERE tenant_id = $1"  # noqa: S608 - own names; values are parameters
                " AND ($2::uuid IS NULL OR id > $2)"
                " AND ($4::timestamptz IS NULL OR due_at <= $4) ORDER BY id LIMIT $3",
                tenant_id,
                after,
                limit,
                due_by,
            )
        return [_key_of(row) for row in found]

    async def change(self, key: ApiKey, *, sealed: SealedRow | None, told: Told) -> bool:
        """Replace the key if its stored version is key.version - 1."""
        async with self._changing(key.tenant_id) as connection:
            done = await connection.execute(_UPDATE, *_values_of(key))
            if done.split()[-1] != "1":
                return False
            await record_state(connection, "api_key", tenant_id=key.tenant_id, id=key.id)
            if sealed is not None:
                await put_sealed(connection, sealed)
            await _tell(connection, told)
        return True

    async def verified(self, key: ApiKey, *, told: Told) -> bool:
        """Store what the broker told of a key; its version stays."""
        async with self._changing(key.tenant_id) as connection:
            done = await connection.execute(
                "UPDATE api_keys SET verified = $4, permissions = $5, verified_at = $6,"
                " last_used_at = greatest(last_used_at, $7)"
                " WHERE id = $1 AND tenant_id = $2 AND version = $3",
                key.id,
                key.tenant_id,
                key.version,
                key.verified,
                sorted(key.permissions),
                key.verified_at,
                key.last_used_at,
            )
            if done.split()[-1] != "1":
                return False
            await record_state(connection, "api_key", tenant_id=key.tenant_id, id=key.id)
            await _tell(connection, told)
        return True

    async def remove(self, key: ApiKey, *, told: Told) -> bool:
        """Delete the key and its sealed credentials if it still is of that version."""
        async with self._changing(key.tenant_id) as connection:
            done = await connection.execute(
                "DELETE FROM api_keys WHERE id = $1 AND tenant_id = $2 AND version = $3",
                key.id,
                key.tenant_id,
                key.version,
            )
            if done.split()[-1] != "1":
                return False
            await record_state(connection, "api_key", tenant_id=key.tenant_id, id=key.id)
            await erase_sealed(connection, address_of(tenant_id=key.tenant_id, key_id=key.id))
            await _tell(connection, told)
        return True

    async def to_remind(self, *, before: datetime, limit: int) -> Sequence[ApiKey]:
        """Return keys of every tenant whose reminder may be due, by ascending id."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                f"SELECT {_COLUMNS} FROM api_keys WHERE due_at <= $1"  # noqa: S608 - own names; values are parameters
                " AND (reminded_at IS NULL OR reminded_at < due_at - $2::interval)"
                " ORDER BY id LIMIT $3",
                before,
                REMIND_BEFORE,
                limit,
            )
        return [_key_of(row) for row in found]

    async def reminded(self, key: ApiKey, *, at: datetime, told: Told) -> bool:
        """Store that somebody was reminded, unless another process was first."""
        async with self._changing(key.tenant_id) as connection:
            done = await connection.execute(
                "UPDATE api_keys SET reminded_at = $3 WHERE id = $1 AND version = $2"
                " AND reminded_at IS NOT DISTINCT FROM $4",
                key.id,
                key.version,
                at,
                key.reminded_at,
            )
            if done.split()[-1] != "1":
                return False
            await _tell(connection, told)
        return True

    async def refused(self, audit: AuditEntry) -> None:
        """Store that something was asked of a key and not done."""
        async with self._database.transaction(audit.tenant_id) as connection:
            await add_audit(connection, audit)

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

    @asynccontextmanager
    async def _changing(self, tenant_id: UUID) -> AsyncIterator[Connection]:
        try:
            async with self._database.transaction(tenant_id) as connection:
                yield connection
        except ConstraintBroken as problem:
            if problem.constraint == "api_keys_name":
                raise NameTaken("another key has that name") from None
            raise


async def _tell(connection: Connection, told: Told) -> None:
    await add_audit(connection, told.audit)
    if told.notice is not None:
        await add_next(connection, [told.notice])


def _values_of(key: ApiKey) -> tuple[Any, ...]:
    return (
        key.id,
        key.tenant_id,
        key.name,
        key.label,
        key.broker,
        key.environment.value,
        key.account_id,
        key.masked,
        sorted(key.permissions),
        key.allows_withdrawal,
        key.created_at,
        key.updated_at,
        key.rotated_at,
        key.verified_at,
        key.verified,
        key.last_used_at,
        key.expires_at,
        key.rotate_every_days,
        key.due_at,
        key.reminded_at,
        key.version,
    )


def _key_of(row: rows.Row) -> ApiKey:
    account_id = row["account_id"]
    return ApiKey(
        id=rows.plain_id(row["id"]),
        tenant_id=rows.plain_id(row["tenant_id"]),
        name=row["name"],
        label=row["label"],
        broker=row["broker"],
        environment=Environment(row["environment"]),
        account_id=rows.plain_id_or_none(account_id),
        masked=row["masked"],
        permissions=frozenset(KeyPermission(one) for one in row["permissions"]),
        allows_withdrawal=row["allows_withdrawal"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        rotated_at=row["rotated_at"],
        verified_at=row["verified_at"],
        verified=row["verified"],
        last_used_at=row["last_used_at"],
        expires_at=row["expires_at"],
        rotate_every_days=row["rotate_every_days"],
        reminded_at=row["reminded_at"],
        version=row["version"],
    )
