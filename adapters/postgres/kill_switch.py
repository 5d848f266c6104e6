"""Keep latches and passcodes in Postgres, and hold the barrier with advisory locks."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row, inserting_audit
from adapters.postgres.audit.states import record_state
from adapters.postgres.latch_rows import VENUE, latch_of, latch_row, pending_text, venue_of
from adapters.postgres.link.database import Database
from adapters.postgres.link.tenancy import Connection
from adapters.postgres.notices import TELLING, add_audit
from domain.audit.entry import NOBODY, AuditEntry
from domain.kill_switch.latch import (
    Latch,
    PendingRelease,
    Scope,
)
from domain.kill_switch.passcode import Passcode
from domain.kill_switch.venue import STAGES, LatchVenue
from domain.shared.notices import Notice, for_tenant
from ports.storage import ConstraintBroken, StorageConflict

_STORE = (
    "WITH kept AS (INSERT INTO latches VALUES"  # noqa: S608 - own names; values are parameters
    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
    # A stage once stored stays, whatever an older view of the latch says.
    " ON CONFLICT (id) DO UPDATE SET"
    " acknowledged_at = coalesce(latches.acknowledged_at, excluded.acknowledged_at),"
    " canceled_at = coalesce(latches.canceled_at, excluded.canceled_at),"
    " flat_at = coalesce(latches.flat_at, excluded.flat_at),"
    " released_at = coalesce(latches.released_at, excluded.released_at),"
    " released_by = coalesce(latches.released_by, excluded.released_by),"
    " orders_cancelled = greatest(latches.orders_cancelled, excluded.orders_cancelled)),"
    f" audited AS ({inserting_audit('$20')})"
    f" {TELLING.format(notices='$21')}"
)
# Of two at once the second waits for the row, and finds it released: then nothing is told.
_RELEASE = (
    "WITH freed AS (UPDATE latches SET"  # noqa: S608 - own names; values are parameters
    " released_at = $2, released_by = $3, level = $4,"
    " flatten = $5, releasing = $8 WHERE id = $1 AND released_at IS NULL"
    " AND ($2::timestamptz IS NOT NULL OR level <> $4) RETURNING id),"
    f" audited AS ({inserting_audit('$6')} WHERE EXISTS (SELECT FROM freed))"
    f" {TELLING.format(notices='$7')} FROM freed"
)
_PEND = (
    "WITH pending AS (UPDATE latches SET"  # noqa: S608 - own names; values are parameters
    " releasing = $2 WHERE id = $1 AND releasing IS NOT DISTINCT FROM $3 RETURNING id),"
    f" audited AS ({inserting_audit('$4')} WHERE EXISTS (SELECT FROM pending))"
    f" {TELLING.format(notices='$5')} FROM pending"
)
_REACH = (
    f"INSERT INTO latch_venues ({', '.join(VENUE)}) VALUES"  # noqa: S608 - own names; values are parameters
    f" ({', '.join(f'${place}' for place in range(1, len(VENUE) + 1))})"
    " ON CONFLICT (latch_id, broker) DO UPDATE SET "
    + ", ".join(f"{one} = coalesce(latch_venues.{one}, excluded.{one})" for one in STAGES)
    + ", round_trip_ms = coalesce(excluded.round_trip_ms, latch_venues.round_trip_ms),"
    " problem = excluded.problem"
)


class PostgresLatches:
    """Latches in Postgres (port Latches)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def engage(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> None:
        """Store a new latch with what tells of it, all or nothing."""
        await self.update(latch=latch, audit=audit, notice=notice)

    async def update(self, *, latch: Latch, audit: AuditEntry | None, notice: Notice) -> None:
        """Store progress or release of a latch with what tells of it, all or nothing."""
        # One statement is all or nothing, whoever stops trading waits for one answer only, and
        # a process that is stopped on the way holds nothing that the next one must wait for.
        try:
            async with self._scoped(latch.scope) as connection:
                await connection.execute(
                    _STORE,
                    *latch_row(latch),
                    [] if audit is None else [audit_row(audit, key=self._database.audit_key)],
                    await self._told(connection, notice),
                )
        except ConstraintBroken as problem:
            # A process of before revision 0110 numbers without waiting for anybody.
            if problem.constraint != "notices_sequence":
                raise
            raise StorageConflict("another kill_switch notice came first") from problem

    async def release(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> bool:
        """Store that a latch is off or let down, once, all or nothing."""
        async with self._scoped(latch.scope) as connection:
            freed = await connection.fetch(
                _RELEASE,
                latch.id,
                latch.released_at,
                latch.released_by,
                latch.level,
                latch.flatten,
                [audit_row(audit, key=self._database.audit_key)],
                await self._told(connection, notice),
                pending_text(latch.releasing),
            )
        return bool(freed)

    async def pend(
        self,
        *,
        latch: Latch,
        before: PendingRelease | None,
        audit: AuditEntry | None = None,
        notice: Notice | None = None,
    ) -> bool:
        """Store the latch's pending release in the place of another."""
        async with self._scoped(latch.scope) as connection:
            found = await connection.fetch(
                _PEND,
                latch.id,
                pending_text(latch.releasing),
                pending_text(before),
                [] if audit is None else [audit_row(audit, key=self._database.audit_key)],
                [] if notice is None else await self._told(connection, notice),
            )
        return bool(found)

    async def releasing(self) -> Sequence[Latch]:
        """Return the latches of every tenant with a pending release, oldest first."""
        async with self._database.system.connection() as connection:
            return await _select(connection, "releasing IS NOT NULL")

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the engaged latches of the tenant and of the firm, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            return await _select(
                connection, "tenant_id IN ($1, $2) AND released_at IS NULL", tenant_id, NOBODY
            )

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches whose cancels or flattening still run."""
        async with self._database.system.connection() as connection:
            return await _select(
                connection,
                "released_at IS NULL AND (canceled_at IS NULL OR (flatten AND flat_at IS NULL))",
            )

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Latch]:
        """Return the latches of the tenant and of the firm, newest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM latches WHERE tenant_id IN ($1, $2)"
                " AND ($3::uuid IS NULL OR id < $3) AND ($5::uuid[] IS NULL"
                " OR account_id IS NULL OR account_id = ANY ($5)) ORDER BY id DESC LIMIT $4",
                tenant_id,
                NOBODY,
                after,
                limit,
                None if among is None else sorted(among),
            )
        return [latch_of(row) for row in found]

    async def reach(self, venue: LatchVenue) -> None:
        """Store how far a latch is at one broker."""
        # Whoever works at a broker does so for all tenants.
        async with self._database.system.connection() as connection:
            await connection.execute(
                _REACH,
                *(getattr(venue, name) for name in VENUE),
            )

    async def venues(self, *, tenant_id: UUID, latch_ids: Sequence[UUID]) -> Sequence[LatchVenue]:
        """Return how far latches are at each broker, by name."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"SELECT {', '.join(VENUE)} FROM latch_venues"  # noqa: S608 - own names; values are parameters
                " WHERE latch_id = ANY ($1) AND tenant_id IN ($2, $3) ORDER BY broker",
                list(latch_ids),
                tenant_id,
                NOBODY,
            )
        return [venue_of(row) for row in found]

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant, or of the firm."""
        async with self._database.connection(tenant_id) as connection:
            found = await _select(
                connection, "tenant_id IN ($1, $3) AND id = $2", tenant_id, latch_id, NOBODY
            )
        return found[0] if found else None

    @asynccontextmanager
    async def _scoped(self, scope: Scope) -> AsyncIterator[Connection]:
        """Yield a connection that may write the scope's rows: the firm's are no tenant's."""
        if scope.tenant_id == NOBODY:
            async with self._database.system.connection() as connection:
                yield connection
            return
        async with self._database.connection(scope.tenant_id) as connection:
            yield connection

    async def _told(self, connection: Connection, notice: Notice) -> Sequence[tuple[Any, ...]]:
        """Return the rows that tell of it: what concerns the firm is told to every tenant."""
        if notice.tenant_id != NOBODY:
            return [rows.notice_row(notice)]
        tenants = await connection.fetch("SELECT id FROM tenants ORDER BY id")
        return [rows.notice_row(for_tenant(notice, UUID(int=one["id"].int))) for one in tenants]


async def _select(connection: Connection, where: str, *arguments: Any) -> list[Latch]:
    found = await connection.fetch(
        f"SELECT * FROM latches WHERE {where} ORDER BY engaged_at, id",  # noqa: S608 - own names; values are parameters
        *arguments,
    )
    return [latch_of(row) for row in found]


class PostgresPasscodes:
    """Release passcodes in Postgres (port Passcodes)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def load(self, *, tenant_id: UUID) -> Passcode | None:
        """Return the passcode, None while none is set."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT hash, failures, locked_until FROM passcodes WHERE tenant_id = $1",
                tenant_id,
            )
        if row is None:
            return None
        return Passcode(
            tenant_id=tenant_id,
            hash=row["hash"],
            failures=row["failures"],
            locked_until=row["locked_until"],
        )

    async def failed(
        self,
        *,
        passcode: Passcode,
        failures_max: int,
        locked_until: datetime,
        audit: AuditEntry | None = None,
    ) -> None:
        """Count one more failure of this passcode, whoever else counts at the same time."""
        async with self._database.transaction(passcode.tenant_id) as connection:
            await connection.execute(
                "UPDATE passcodes SET"
                " failures = CASE WHEN failures + 1 >= $3 THEN 0 ELSE failures + 1 END,"
                " locked_until = CASE WHEN failures + 1 >= $3 THEN $4 ELSE locked_until END"
                " WHERE tenant_id = $1 AND hash = $2",
                passcode.tenant_id,
                passcode.hash,
                failures_max,
                locked_until,
            )
            if audit is not None:
                await add_audit(connection, audit)

    async def store(self, *, passcode: Passcode, audit: AuditEntry | None) -> None:
        """Set the passcode or its failures, with the audit entry when there is one."""
        async with self._database.transaction(passcode.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO passcodes VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id)"
                " DO UPDATE SET hash = excluded.hash, failures = excluded.failures,"
                " locked_until = excluded.locked_until",
                passcode.tenant_id,
                passcode.hash,
                passcode.failures,
                passcode.locked_until,
            )
            tenant_id = passcode.tenant_id
            await record_state(connection, "passcode", tenant_id=tenant_id, id=tenant_id)
            if audit is not None:
                await add_audit(connection, audit)
