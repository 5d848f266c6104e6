"""Keep sealed secrets and the marks of their keys in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.keys import KeyMark, KeyState
from domain.secrets.sealed import SealedSecret, UnreadableSeal, read_sealed
from ports.secrets import KeyStale, SealedRow
from ports.storage import StorageCorrupt

_PLACE = "tenant_id = $1 AND table_name = $2 AND column_name = $3 AND row_id = $4"
_COLUMNS = "tenant_id, table_name, column_name, row_id, key_version, sealed"
_ANY = "SELECT EXISTS (SELECT 1 FROM secrets)"
# Whoever changes the versions waits for the other who does; who seals does not.
_ALONE = "LOCK TABLE secret_keys IN SHARE ROW EXCLUSIVE MODE"

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


class PostgresKeyMarks:
    """Key versions in Postgres (port KeyMarks)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[KeyMark]:
        """Return every version, oldest first."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch("SELECT * FROM secret_keys ORDER BY version")
        return [_mark_of(row) for row in found]

    async def begin(self, mark: KeyMark, *, audit: Sequence[AuditEntry] = ()) -> bool:
        """Let a new version seal, and the one before it only open."""
        async with self._database.system.transaction() as connection:
            await connection.execute(_ALONE)
            newest = await connection.fetchval("SELECT max(version) FROM secret_keys")
            if newest is not None and newest >= mark.version:
                return False
            # Waits for everyone who has begun to store under that version.
            await connection.execute(
                "UPDATE secret_keys SET state = 'decrypt_only' WHERE state = 'current'"
            )
            await _insert_mark(connection, mark)
            for entry in audit:
                await add_audit(connection, entry)
        return True

    async def unused(self) -> bool:
        """Tell whether no secret is stored under any version."""
        async with self._database.system.connection() as connection:
            return not await connection.fetchval(_ANY)

    async def start_over(self, mark: KeyMark) -> bool:
        """Let a new version seal and retire all others, if no secret is under any."""
        async with self._database.system.transaction() as connection:
            await connection.execute(_ALONE)
            # Waits for everyone who has begun to store under that version.
            await connection.execute("SELECT 1 FROM secret_keys WHERE state = 'current' FOR UPDATE")
            newest = await connection.fetchval("SELECT max(version) FROM secret_keys")
            if await connection.fetchval(_ANY) or (newest or 0) >= mark.version:
                return False
            await connection.execute(
                "UPDATE secret_keys SET state = 'retired', retired_at = $1"
                " WHERE state <> 'retired'",
                mark.created_at,
            )
            await _insert_mark(connection, mark)
        return True

    async def retire(self, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> Sequence[int]:
        """Retire the versions that only open and that nothing is under."""
        async with self._database.system.transaction() as connection:
            await connection.execute(_ALONE)
            found = await connection.fetch(
                "UPDATE secret_keys k SET state = 'retired', retired_at = $1"
                " WHERE state = 'decrypt_only'"
                " AND NOT EXISTS (SELECT 1 FROM secrets s WHERE s.key_version = k.version)"
                " RETURNING version",
                at,
            )
            if found:
                for entry in audit:
                    await add_audit(connection, entry)
        return sorted(row["version"] for row in found)


class PostgresSealedStore:
    """Sealed secrets in Postgres (port SealedStore)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def put(self, kept: SealedRow) -> None:
        """Store a secret in place of the row's former one."""
        async with self._database.transaction(kept.row.tenant_id) as connection:
            await put_sealed(connection, kept)

    async def get(self, row: RowAddress) -> SealedSecret | None:
        """Return the row's secret."""
        async with self._database.connection(row.tenant_id) as connection:
            stored = await connection.fetchrow(
                f"SELECT {_COLUMNS} FROM secrets WHERE {_PLACE}",  # noqa: S608 - own names; values are parameters
                *_place_of(row),
            )
        return _kept_of(stored).sealed if stored is not None else None

    async def erase(self, row: RowAddress) -> bool:
        """Delete the row's secret; tell whether there was one."""
        async with self._database.connection(row.tenant_id) as connection:
            return await erase_sealed(connection, row)

    async def counts(self) -> Mapping[int, int]:
        """Return how many secrets are under each version."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT key_version, count(*) AS count FROM secrets GROUP BY 1 ORDER BY 1"
            )
        return {row["key_version"]: row["count"] for row in found}

    async def below(self, *, version: int, limit: int) -> Sequence[SealedRow]:
        """Return up to `limit` secrets that are under an earlier version."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                f"SELECT {_COLUMNS} FROM secrets WHERE key_version < $1"  # noqa: S608 - own names; values are parameters
                " ORDER BY key_version LIMIT $2",
                version,
                limit,
            )
        return [_kept_of(row) for row in found]

    async def after(self, place: RowAddress | None, *, limit: int) -> Sequence[SealedRow]:
        """Return secrets in the order of their places, behind one."""
        places = "(tenant_id, table_name, column_name, row_id)"
        query = f"SELECT {_COLUMNS} FROM secrets ORDER BY {places[1:-1]} LIMIT $1"  # noqa: S608 - own names; values are parameters
        values: tuple[object, ...] = (limit,)
        if place is not None:
            query = (
                f"SELECT {_COLUMNS} FROM secrets WHERE {places} > ($2, $3, $4, $5)"  # noqa: S608 - own names; values are parameters
                f" ORDER BY {places[1:-1]} LIMIT $1"
            )
            values = (limit, *_place_of(place))
        async with self._database.system.connection() as connection:
            found = await connection.fetch(query, *values)
        return [_kept_of(row) for row in found]

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedSecret]]) -> int:
        """Put each new seal in place of the old one if that still stands."""
        done = 0
        # In one order everywhere, so that two who rewrap never wait for each other.
        ordered = sorted(pairs, key=lambda pair: _place_of(pair[0].row))
        async with self._database.system.transaction() as connection:
            for version in sorted({sealed.key_version for _, sealed in pairs}):
                await _still_seals(connection, version)
            for kept, sealed in ordered:
                told = await connection.execute(
                    f"UPDATE secrets SET key_version = $5, sealed = $6 WHERE {_PLACE}"  # noqa: S608 - own names; values are parameters
                    " AND sealed = $7",
                    *_place_of(kept.row),
                    sealed.key_version,
                    sealed.to_bytes(),
                    kept.sealed.to_bytes(),
                )
                done += int(told.split()[-1])
        return done


async def put_sealed(connection: Connection, kept: SealedRow) -> None:
    """Store a secret within the transaction of what it belongs to; raises KeyStale."""
    await _still_seals(connection, kept.sealed.key_version)
    await connection.execute(
        f"INSERT INTO secrets ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608 - own names; values are parameters
        " ON CONFLICT (tenant_id, table_name, column_name, row_id)"
        " DO UPDATE SET key_version = excluded.key_version, sealed = excluded.sealed",
        *_place_of(kept.row),
        kept.sealed.key_version,
        kept.sealed.to_bytes(),
    )


async def erase_sealed(connection: Connection, row: RowAddress) -> bool:
    """Delete a secret within the transaction of what it belonged to."""
    told = await connection.execute(f"DELETE FROM secrets WHERE {_PLACE}", *_place_of(row))  # noqa: S608 - own names; values are parameters
    return bool(told.split()[-1] == "1")


async def _insert_mark(connection: Connection, mark: KeyMark) -> None:
    await connection.execute(
        "INSERT INTO secret_keys (version, state, checked, parameters, created_at)"
        " VALUES ($1, 'current', $2, $3, $4)",
        mark.version,
        mark.check,
        mark.parameters,
        mark.created_at,
    )


async def _still_seals(connection: Connection, version: int) -> None:
    """Hold the version as it is until the transaction ends; raises KeyStale."""
    state = await connection.fetchval(
        "SELECT state FROM secret_keys WHERE version = $1 FOR SHARE", version
    )
    if state != KeyState.CURRENT:
        raise KeyStale(f"key version {version} does not seal any more")


def _place_of(row: RowAddress) -> tuple[object, str, str, str]:
    return row.tenant_id, row.table, row.column, row.row


def _kept_of(row: rows.Row) -> SealedRow:
    place = RowAddress(
        tenant_id=rows.plain_id(row["tenant_id"]),
        table=row["table_name"],
        column=row["column_name"],
        row=row["row_id"],
    )
    try:
        sealed = read_sealed(row["sealed"])
    except UnreadableSeal as problem:
        raise StorageCorrupt(f"the secret of {place.table} {place.row}: {problem}") from problem
    if sealed.key_version != row["key_version"]:
        raise StorageCorrupt(f"the secret of {place.table} {place.row} is of another version")
    return SealedRow(row=place, sealed=sealed)


def _mark_of(row: rows.Row) -> KeyMark:
    return KeyMark(
        version=row["version"],
        state=KeyState(row["state"]),
        check=row["checked"],
        parameters=row["parameters"],
        created_at=row["created_at"],
        retired_at=row["retired_at"],
    )
