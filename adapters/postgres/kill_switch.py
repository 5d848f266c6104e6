"""Keep latches and passcodes in Postgres, and hold the barrier with advisory locks."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row, inserting_audit
from adapters.postgres.audit.states import record_state
from adapters.postgres.crossings import Crossings, Held
from adapters.postgres.link.database import Database
from adapters.postgres.link.silence import silence
from adapters.postgres.link.tenancy import Connection
from adapters.postgres.notices import TELLING, add_audit
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, LatchCause, Scope
from domain.kill_switch.passcode import Passcode
from domain.shared.notices import Notice
from ports.kill_switch import Passage
from ports.storage import ConstraintBroken, StorageConflict, StorageUnavailable

_STORE = (
    "WITH kept AS (INSERT INTO latches VALUES"  # noqa: S608 - own names; values are parameters
    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    # A stage once stored stays, whatever an older view of the latch says.
    " ON CONFLICT (id) DO UPDATE SET"
    " acknowledged_at = coalesce(latches.acknowledged_at, excluded.acknowledged_at),"
    " canceled_at = coalesce(latches.canceled_at, excluded.canceled_at),"
    " flat_at = coalesce(latches.flat_at, excluded.flat_at),"
    " released_at = coalesce(latches.released_at, excluded.released_at),"
    " released_by = coalesce(latches.released_by, excluded.released_by),"
    " orders_cancelled = greatest(latches.orders_cancelled, excluded.orders_cancelled)),"
    f" audited AS ({inserting_audit('$15')})"
    f" {TELLING.format(notices='$16')}"
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
            async with self._database.connection(latch.scope.tenant_id) as connection:
                await connection.execute(
                    _STORE,
                    *_latch_row(latch),
                    [] if audit is None else [audit_row(audit, key=self._database.audit_key)],
                    [rows.notice_row(notice)],
                )
        except ConstraintBroken as problem:
            # A process of before revision 0110 numbers without waiting for anybody.
            if problem.constraint != "notices_sequence":
                raise
            raise StorageConflict("another kill_switch notice came first") from problem

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the tenant's engaged latches, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            return await _select(connection, "tenant_id = $1 AND released_at IS NULL", tenant_id)

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches whose cancels or flattening still run."""
        async with self._database.system.connection() as connection:
            return await _select(
                connection,
                "released_at IS NULL AND (canceled_at IS NULL OR (flatten AND flat_at IS NULL))",
            )

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant."""
        async with self._database.connection(tenant_id) as connection:
            found = await _select(connection, "tenant_id = $1 AND id = $2", tenant_id, latch_id)
        return found[0] if found else None


async def _select(connection: Connection, where: str, *arguments: Any) -> list[Latch]:
    found = await connection.fetch(
        f"SELECT * FROM latches WHERE {where} ORDER BY engaged_at, id",  # noqa: S608 - own names; values are parameters
        *arguments,
    )
    return [latch_of(row) for row in found]


def _latch_row(latch: Latch) -> tuple[Any, ...]:
    return (
        latch.id,
        latch.scope.tenant_id,
        latch.scope.account_id,
        latch.cause,
        latch.reason,
        latch.actor,
        latch.engaged_at,
        latch.flatten,
        latch.acknowledged_at,
        latch.canceled_at,
        latch.flat_at,
        latch.released_at,
        latch.released_by,
        latch.orders_cancelled,
    )


def latch_of(row: rows.Row) -> Latch:
    """Return the latch of a row."""
    account_id = row["account_id"]
    return Latch(
        id=UUID(int=row["id"].int),
        scope=Scope(
            tenant_id=UUID(int=row["tenant_id"].int),
            account_id=UUID(int=account_id.int) if account_id is not None else None,
        ),
        cause=LatchCause(row["cause"]),
        reason=row["reason"],
        actor=row["actor"],
        engaged_at=row["engaged_at"],
        flatten=row["flatten"],
        acknowledged_at=row["acknowledged_at"],
        canceled_at=row["canceled_at"],
        flat_at=row["flat_at"],
        released_at=row["released_at"],
        released_by=row["released_by"],
        orders_cancelled=row["orders_cancelled"],
    )


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


class PostgresKillBarrier:
    """The barrier over all processes of one database (port KillBarrier).

    A send holds a shared advisory lock of its tenant through the socket write and reads
    the latches under it; an activation commits its latch, then takes the lock exclusively
    once. Measured against reading the flag FOR SHARE, this neither leaks nor starves. A
    session that the server ends lets go of the lock with its send still to leave: the
    passage tells, and a send asks it right before its write. Sends of a tenant that come
    together share a session.
    """

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._crossings = Crossings(self._session)

    def sending(self, *, tenant_id: UUID, account_id: UUID) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write."""
        return self._sending(tenant_id, account_id)

    @asynccontextmanager
    async def _sending(self, tenant_id: UUID, account_id: UUID) -> AsyncIterator[Passage]:
        async with self._crossings.together(tenant_id) as held:
            latches = held.over(account_id)
            yield Passage(allowed=not latches, flattening=any(latches), holds=held.lives)

    @asynccontextmanager
    async def _session(self, tenant_id: UUID) -> AsyncIterator[Held]:
        async with self._database.connection(tenant_id) as connection:
            # In one message; a transaction that is left open is rolled back.
            await connection.execute(
                f"BEGIN; SELECT pg_advisory_xact_lock_shared({_lock_of(tenant_id)})"
            )
            # A statement of its own: its snapshot is taken after the lock was granted. Under
            # row-level security whoever sees nothing of the tenant sees no latch either.
            seen = await connection.fetch(
                "SELECT account_id, flatten FROM latches"
                " WHERE tenant_id = $1 AND released_at IS NULL"
                " UNION ALL SELECT NULL, NULL WHERE ballast_tenant() IS DISTINCT FROM $1",
                tenant_id,
            )

            def over(account_id: UUID) -> list[bool]:
                """Return of each latch over the account whether it flattens."""
                # Without an account a latch is the tenant's; one that says nothing is none,
                # and the session sees another tenant.
                return [
                    bool(one["flatten"])
                    for one in seen
                    if one["account_id"] is None or one["account_id"] == account_id
                ]

            with silence(connection) as lives:
                yield Held(over=over, lives=lives)
                lost = not lives()
            if lost or connection.is_closed():
                raise StorageUnavailable("the barrier's session was lost during a send")
            await connection.execute("COMMIT")

    async def close(self, scope: Scope) -> None:
        """Return once no earlier send of the tenant is still inside."""
        # Held for no longer than the statement: to have had it is all.
        async with self._database.connection(scope.tenant_id) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _lock_of(scope.tenant_id))


def _lock_of(tenant_id: UUID) -> int:
    """Fold a tenant's id into the signed 64 bits of an advisory lock."""
    folded = (tenant_id.int >> 64) ^ (tenant_id.int & (2**64 - 1))
    return folded - 2**64 if folded >= 2**63 else folded
