"""Keep ordinary records in Postgres: one transaction, one tenant, under row-level security."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from adapters.postgres.audit.states import record_state
from adapters.postgres.identity.access import held
from adapters.postgres.identity.devices import PostgresUserNotices
from adapters.postgres.link.database import Database
from adapters.postgres.link.tenancy import Connection
from adapters.postgres.notices import add_audit, add_audits, add_next
from adapters.postgres.record_statements import (
    adding,
    adding_many,
    counting,
    getting,
    listing,
    ordered,
    removing,
    shape_of,
    updating,
)
from adapters.postgres.records import RecordTable, table_of
from adapters.postgres.secrets import erase_sealed, put_sealed
from domain.accounts.book_change import Reply
from domain.audit.entry import AuditEntry
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.secrets.address import RowAddress
from domain.shared.notices import Notice
from ports.secrets import SealedRow
from ports.storage import StorageConflict, StorageCorrupt, StorageUnavailable
from ports.transactions import Conflict
from ports.work import EVERY, ChangedRecords, Kind, Look, Record, Records, Where, Work

T = TypeVar("T", bound=Record)

# As long as Postgres waits for a lock.
_TURN_S = 2.0
# One change of a tenant's records at a time: the statements behind it see all before it.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('records ' || $1::text, 0))"
_ANSWERED = "SELECT request_hash, status, body FROM used_keys WHERE tenant_id = $1 AND key = $2"
_ANSWER = (
    "INSERT INTO replies SELECT $1, $2, $3, $4, $5, now()"
    " WHERE NOT EXISTS (SELECT 1 FROM claims WHERE tenant_id = $1 AND key = $2)"
    " ON CONFLICT DO NOTHING RETURNING true"
)


@dataclass(frozen=True, slots=True)
class PostgresWorks:
    """Transactions over ordinary records in Postgres (port Works)."""

    database: Database
    # While a change waits for another process's it holds a connection: one of a tenant at most,
    # or a busy tenant's changes would keep all others, a stop among them, out of the pool.
    _turns: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def look(self, tenant_id: UUID) -> AbstractAsyncContextManager[Look]:
        """Open a transaction that only reads, as of one moment."""
        return self._look(tenant_id)

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        """Open a transaction: a clean exit commits, an exception rolls back."""
        return self._begin(tenant_id)

    async def everywhere(
        self,
        kind: Kind[T],
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        unreadable: Callable[[UUID, str], None] | None = None,
    ) -> Sequence[T]:
        """Return records of every tenant."""
        table = table_of(kind)
        kind.check(where)
        shape, values = shape_of(where)
        sql, names = listing(table, shape, everywhere=True)
        values |= {"after": after, "limit": limit}
        async with self.database.system.connection() as connection:
            found = await connection.fetch(sql, *ordered(names, values))
        records: list[T] = []
        for row in found:
            try:
                records.append(table.record_of(row))
            except StorageCorrupt as wrong:
                if unreadable is None:
                    raise
                unreadable(row[table.table.c.id.name], str(wrong))
        return records

    @asynccontextmanager
    async def _look(self, tenant_id: UUID) -> AsyncIterator[Look]:
        async with (
            self.database.connection(tenant_id) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield _Look(connection, tenant_id)

    @asynccontextmanager
    async def _begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
        turn = self._turns.setdefault(tenant_id, asyncio.Lock())
        try:
            async with asyncio.timeout(_TURN_S):
                await turn.acquire()
        except TimeoutError:
            raise StorageUnavailable("another change of this tenant goes on") from None
        try:
            async with self.database.transaction(tenant_id) as connection:
                await connection.execute(_IN_TURN, str(tenant_id))
                yield _Work(connection, tenant_id)
        except StorageConflict as problem:
            raise Conflict(str(problem)) from problem
        finally:
            turn.release()


@dataclass(frozen=True, slots=True)
class _Look:
    connection: Connection
    tenant_id: UUID

    def records(self, kind: Kind[T]) -> Records[T]:
        return _Records(self.connection, self.tenant_id, table_of(kind))


@dataclass(frozen=True, slots=True)
class _Work:
    connection: Connection
    tenant_id: UUID

    def records(self, kind: Kind[T]) -> ChangedRecords[T]:
        return _Records(self.connection, self.tenant_id, table_of(kind))

    async def members(self) -> Sequence[Member]:
        return await held(self.connection, tenant_id=self.tenant_id)

    async def tell_many(self, notices: Sequence[Notice]) -> None:
        if notices:
            await add_next(self.connection, notices)

    async def audit(self, entry: AuditEntry) -> None:
        await add_audit(self.connection, entry)

    async def audit_many(self, entries: Sequence[AuditEntry]) -> None:
        if entries:
            await add_audits(self.connection, entries)

    async def tell(self, notice: Notice) -> None:
        await add_next(self.connection, [notice])

    async def inform(self, notice: UserNotice) -> None:
        _check_owner(notice, self.tenant_id)
        await PostgresUserNotices(self.connection).add(notice)

    async def seal(self, kept: SealedRow) -> None:
        _check_owner(kept.row, self.tenant_id)
        await put_sealed(self.connection, kept)

    async def erase(self, row: RowAddress) -> None:
        _check_owner(row, self.tenant_id)
        await erase_sealed(self.connection, row)

    async def answered(self, key: str) -> Reply | None:
        row = await self.connection.fetchrow(_ANSWERED, self.tenant_id, key)
        if row is None:
            return None
        return Reply(
            key=key, request_hash=row["request_hash"], status=row["status"], body=row["body"]
        )

    async def answer(self, reply: Reply) -> None:
        stored = await self.connection.fetchval(
            _ANSWER, self.tenant_id, reply.key, reply.request_hash, reply.status, reply.body
        )
        if not stored:
            raise Conflict(f"key {reply.key!r} was answered meanwhile")


@dataclass(frozen=True, slots=True)
class _Records(Generic[T]):
    connection: Connection
    tenant_id: UUID
    table: RecordTable[T]

    async def get(self, id: UUID) -> T | None:
        sql, names = getting(self.table)
        row = await self.connection.fetchrow(sql, *ordered(names, self._with(id=id)))
        return None if row is None else self.table.record_of(row)

    async def list(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        newest_first: bool = False,
    ) -> Sequence[T]:
        self.table.kind.check(where)
        shape, values = shape_of(where)
        sql, names = listing(self.table, shape, newest_first=newest_first)
        values |= self._with(after=after, limit=limit)
        found = await self.connection.fetch(sql, *ordered(names, values))
        return [self.table.record_of(row) for row in found]

    async def count(self, *, where: Where = EVERY) -> int:
        self.table.kind.check(where)
        shape, values = shape_of(where)
        sql, names = counting(self.table, shape)
        return int(await self.connection.fetchval(sql, *ordered(names, values | self._with())))

    async def add(self, record: T) -> None:
        _check_owner(record, self.tenant_id)
        sql, names = adding(self.table)
        await self.connection.execute(sql, *ordered(names, self.table.row_of(record)))
        await self._follow(getattr(record, self.table.kind.proven_by))

    async def add_many(self, records: Sequence[T]) -> None:
        for record in records:
            _check_owner(record, self.tenant_id)
        together = adding_many(self.table)
        if together is None:
            sql, names = adding(self.table)
            rows = [ordered(names, self.table.row_of(record)) for record in records]
            await self.connection.executemany(sql, rows)
        elif records:
            # One statement for all rows: a third of what the same rows cost one by one.
            values = [self.table.values_of(record) for record in records]
            await self.connection.execute(together, *zip(*values, strict=True))
        for record in records if self.table.kind.is_followed else ():
            await self._follow(getattr(record, self.table.kind.proven_by))

    async def update(self, record: T, *, seen: int | None = None) -> bool:
        _check_owner(record, self.tenant_id)
        sql, names = updating(self.table)
        values = {f"new_{name}": value for name, value in self.table.row_of(record).items()}
        values |= self._with(id=record.id, before=record.version - 1 if seen is None else seen)
        return await self._change(sql, ordered(names, values))

    async def remove(self, id: UUID, *, version: int) -> bool:
        sql, names = removing(self.table)
        return await self._change(sql, ordered(names, self._with(id=id, before=version)))

    def _with(self, **values: Any) -> dict[str, Any]:
        # The policy binds the rows to the tenant; the condition is the second lock.
        return {"tenant": self.tenant_id, **values}

    async def _change(self, sql: str, arguments: Sequence[Any]) -> bool:
        name = await self.connection.fetchval(sql, *arguments)
        if name is not None:
            await self._follow(name)
        return name is not None

    async def _follow(self, name: Any) -> None:
        """Count and prove a change, where the kind asks for it."""
        kind = self.table.kind
        if kind.counted_in is not None:
            await self.connection.execute(
                f"INSERT INTO {kind.counted_in} VALUES ($1, 1) ON CONFLICT (tenant_id)"  # noqa: S608 - own names; values are parameters
                f" DO UPDATE SET version = {kind.counted_in}.version + 1",
                self.tenant_id,
            )
        if kind.proven_as is not None:
            await record_state(self.connection, kind.proven_as, tenant_id=self.tenant_id, id=name)


def _check_owner(kept: Record | RowAddress | UserNotice, tenant_id: UUID) -> None:
    if kept.tenant_id != tenant_id:
        raise ValueError("one transaction, two tenants")
