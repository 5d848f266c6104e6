"""Keep ordinary records in Postgres: one transaction, one tenant, under row-level security."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.postgres.audit.states import record_state
from adapters.postgres.link.database import Database
from adapters.postgres.link.tenancy import Connection
from adapters.postgres.notices import add_audit, add_next
from adapters.postgres.records import RecordTable, table_of
from domain.accounts.change import Reply
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice
from ports.storage import StorageConflict
from ports.transactions import Conflict
from ports.work import EVERY, ChangedRecords, Kept, Kind, Look, Records, Where, Work

T = TypeVar("T", bound=Kept)

# One change of a tenant's records at a time: the statements behind it see all before it.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('records ' || $1::text, 0))"
_ANSWERED = "SELECT request_hash, status, body FROM used_keys WHERE tenant_id = $1 AND key = $2"
_ANSWER = (
    "INSERT INTO replies SELECT $1, $2, $3, $4, $5, now()"
    " WHERE NOT EXISTS (SELECT 1 FROM claims WHERE tenant_id = $1 AND key = $2)"
    " ON CONFLICT DO NOTHING RETURNING true"
)
# SQLAlchemy leaves the constructors of its dialects without types.
_DIALECT = dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class PostgresWorks:
    """Transactions over ordinary records in Postgres (port Works)."""

    database: Database

    def look(self, tenant_id: UUID) -> AbstractAsyncContextManager[Look]:
        """Open a transaction that only reads, as of one moment."""
        return self._look(tenant_id)

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        """Open a transaction: a clean exit commits, an exception rolls back."""
        return self._begin(tenant_id)

    @asynccontextmanager
    async def _look(self, tenant_id: UUID) -> AsyncIterator[Look]:
        async with (
            self.database.connection(tenant_id) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield _Look(connection, tenant_id)

    @asynccontextmanager
    async def _begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
        try:
            async with self.database.transaction(tenant_id) as connection:
                await connection.execute(_IN_TURN, str(tenant_id))
                yield _Work(connection, tenant_id)
        except StorageConflict as problem:
            raise Conflict(str(problem)) from problem


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

    async def audit(self, entry: AuditEntry) -> None:
        await add_audit(self.connection, entry)

    async def tell(self, notice: Notice) -> None:
        await add_next(self.connection, [notice])

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
        sql, names = _get(self.table)
        row = await self.connection.fetchrow(sql, *_ordered(names, self._with(id=id)))
        return None if row is None else self.table.record_of(row)

    async def list(
        self, *, limit: int, after: UUID | None = None, where: Where = EVERY
    ) -> Sequence[T]:
        self.table.kind.check(where)
        shape, values = _shape(where)
        sql, names = _list(self.table, shape)
        values |= self._with(after=after, limit=limit)
        found = await self.connection.fetch(sql, *_ordered(names, values))
        return [self.table.record_of(row) for row in found]

    async def count(self, *, where: Where = EVERY) -> int:
        self.table.kind.check(where)
        shape, values = _shape(where)
        sql, names = _count(self.table, shape)
        return int(await self.connection.fetchval(sql, *_ordered(names, values | self._with())))

    async def add(self, record: T) -> None:
        self._check_owner(record)
        sql, names = _add(self.table)
        await self.connection.execute(sql, *_ordered(names, self.table.row_of(record)))
        await self._follow(record.id)

    async def update(self, record: T) -> bool:
        self._check_owner(record)
        sql, names = _update(self.table)
        values = {f"new_{name}": value for name, value in self.table.row_of(record).items()}
        values |= self._with(id=record.id, before=record.version - 1)
        return await self._change(record.id, sql, _ordered(names, values))

    async def remove(self, id: UUID, *, version: int) -> bool:
        sql, names = _remove(self.table)
        values = self._with(id=id, before=version)
        return await self._change(id, sql, _ordered(names, values))

    def _check_owner(self, record: T) -> None:
        if record.tenant_id != self.tenant_id:
            raise ValueError("one transaction, two tenants")

    def _with(self, **values: Any) -> dict[str, Any]:
        # The policy binds the rows to the tenant; the condition is the second lock.
        return {"tenant": self.tenant_id, **values}

    async def _change(self, id: UUID, sql: str, arguments: Sequence[Any]) -> bool:
        found = await self.connection.fetchval(sql, *arguments)
        if found:
            await self._follow(id)
        return bool(found)

    async def _follow(self, id: UUID) -> None:
        """Count and prove a change, where the kind asks for it."""
        kind = self.table.kind
        if kind.counted_in is not None:
            await self.connection.execute(
                f"INSERT INTO {kind.counted_in} VALUES ($1, 1) ON CONFLICT (tenant_id)"  # noqa: S608 - own names; values are parameters
                f" DO UPDATE SET version = {kind.counted_in}.version + 1",
                self.tenant_id,
            )
        if kind.proven_as is not None:
            await record_state(self.connection, kind.proven_as, tenant_id=self.tenant_id, id=id)


# A statement's text and the names of its arguments in their order.
_Statement = tuple[str, tuple[str, ...]]
# Which columns are compared, and with what: a value, any of several, any of them or nothing.
_Shape = tuple[tuple[str, str], ...]


def _ordered(names: tuple[str, ...], values: dict[str, Any]) -> list[Any]:
    return [values[name] for name in names]


def _shape(where: Where) -> tuple[_Shape, dict[str, Any]]:
    shape: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for name, wanted in where.items():
        if isinstance(wanted, frozenset):
            shape.append((name, "any_or_none" if None in wanted else "any"))
            values[f"is_{name}"] = [one for one in wanted if one is not None]
        elif wanted is None:
            shape.append((name, "none"))
        else:
            shape.append((name, "one"))
            values[f"is_{name}"] = wanted
    return tuple(shape), values


def _compiled(statement: sa.ClauseElement) -> _Statement:
    compiled = statement.compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), tuple(compiled.positiontup or ())


def _of(table: sa.Table, **also: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    conditions = [table.c.tenant_id == sa.bindparam("tenant", type_=table.c.tenant_id.type)]
    conditions += [column == sa.bindparam(name, type_=column.type) for name, column in also.items()]
    return conditions


def _fitting(table: sa.Table, shape: _Shape) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name, how in shape:
        column = table.c[name]
        one = sa.bindparam(f"is_{name}", type_=column.type)
        several = column == sa.any_(sa.bindparam(f"is_{name}", type_=sa.ARRAY(column.type)))
        match how:
            case "none":
                conditions.append(column.is_(None))
            case "any":
                conditions.append(several)
            case "any_or_none":
                conditions.append(sa.or_(column.is_(None), several))
            case _:
                conditions.append(column == one)
    return conditions


@cache
def _get(table: RecordTable[Any]) -> _Statement:
    of = table.table
    return _compiled(sa.select(of).where(*_of(of, id=of.c.id)))


@cache
def _list(table: RecordTable[Any], shape: _Shape) -> _Statement:
    of = table.table
    after = sa.bindparam("after", type_=of.c.id.type)
    return _compiled(
        sa.select(of)
        .where(*_of(of), *_fitting(of, shape), sa.or_(after.is_(None), of.c.id > after))
        .order_by(of.c.id)
        .limit(sa.bindparam("limit", type_=sa.BigInteger()))
    )


@cache
def _count(table: RecordTable[Any], shape: _Shape) -> _Statement:
    of = table.table
    return _compiled(
        sa.select(sa.func.count()).select_from(of).where(*_of(of), *_fitting(of, shape))
    )


@cache
def _add(table: RecordTable[Any]) -> _Statement:
    return _compiled(sa.insert(table.table))


@cache
def _update(table: RecordTable[Any]) -> _Statement:
    of = table.table
    values = {one.name: sa.bindparam(f"new_{one.name}", type_=one.type) for one in of.c}
    return _compiled(
        sa.update(of)
        .where(*_of(of, id=of.c.id, before=of.c.version))
        .values(values)
        .returning(sa.literal_column("true"))
    )


@cache
def _remove(table: RecordTable[Any]) -> _Statement:
    of = table.table
    return _compiled(
        sa.delete(of)
        .where(*_of(of, id=of.c.id, before=of.c.version))
        .returning(sa.literal_column("true"))
    )
