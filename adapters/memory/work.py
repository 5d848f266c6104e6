"""Keep ordinary records in memory, changed in transactions that hold whole or not at all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.notices import add_next
from adapters.memory.secrets import check_seals
from domain.accounts.change import Reply
from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.sealed import Sealed
from domain.shared.notices import Notice
from ports.secrets import SealedRow
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from ports.work import (
    EVERY,
    AtMost,
    ChangedRecords,
    Kept,
    Kind,
    Look,
    Records,
    Where,
    Work,
    columns_of,
)

T = TypeVar("T", bound=Kept)


@dataclass(frozen=True, slots=True)
class MemoryWorks:
    """Transactions over ordinary records in memory (port Works)."""

    link: MemoryLink

    def look(self, tenant_id: UUID) -> AbstractAsyncContextManager[Look]:
        """Open a transaction that only reads."""
        return self._look(tenant_id)

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        """Open a transaction."""
        return self._begin(tenant_id)

    async def everywhere(
        self, kind: Kind[T], *, limit: int, after: UUID | None = None, where: Where = EVERY
    ) -> Sequence[T]:
        """Return records of every tenant."""
        database = await self.link.enter()
        stored = database.records.get(kind.table, {}).values()
        found: list[T] = []
        for tenant_id in {one.tenant_id for one in stored}:
            look = _Look(_Open(link=self.link, tenant_id=tenant_id, database=database))
            found += await look.records(kind).list(limit=limit, after=after, where=where)
        return sorted(found, key=lambda one: one.id)[:limit]

    @asynccontextmanager
    async def _look(self, tenant_id: UUID) -> AsyncIterator[Look]:
        yield _Look(_Open(link=self.link, tenant_id=tenant_id, database=await self.link.enter()))

    @asynccontextmanager
    async def _begin(self, tenant_id: UUID) -> AsyncIterator[Work]:
        database = await self.link.enter()
        open_ = _Open(
            link=self.link,
            tenant_id=tenant_id,
            database=database,
            revision=database.revisions.get(tenant_id, 0),
        )
        yield _Work(open_)
        # Only reached without an exception: what was kept aside is simply dropped otherwise.
        await open_.commit()


@dataclass(slots=True, kw_only=True)
class _Open:
    """One open transaction: where it began, and what it will write."""

    link: MemoryLink
    tenant_id: UUID
    database: MemoryDatabase
    # The tenant's records changed so often before: nobody may come between. None while reading.
    revision: int | None = None
    # By table; None is what was removed.
    written: dict[str, dict[UUID, Kept | None]] = field(default_factory=dict)
    counted: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    # None is what was erased.
    secrets: dict[RowAddress, Sealed | None] = field(default_factory=dict)

    def seen(self, table: str) -> Mapping[UUID, Kept]:
        """Return the tenant's records of a table, with what was written here over them."""
        stored = self.database.records.get(table, {})
        seen: dict[UUID, Kept | None] = {
            key: one for key, one in stored.items() if one.tenant_id == self.tenant_id
        }
        seen |= self.written.get(table, {})
        return {key: one for key, one in sorted(seen.items()) if one is not None}

    def check_owner(self, tenant_id: UUID) -> None:
        if tenant_id != self.tenant_id:
            raise ValueError("one transaction, two tenants")

    async def enter(self) -> MemoryDatabase:
        """Wait for the turn; raises Conflict when another change came between."""
        database = await self.link.enter()
        changed = database.revisions.get(self.tenant_id, 0)
        if self.revision is not None and changed != self.revision:
            raise Conflict(f"records of tenant {self.tenant_id} changed meanwhile")
        return database

    async def commit(self) -> None:
        if not (self.written or self.replies or self.audit or self.notices or self.secrets):
            return
        database = await self.enter()
        for reply in self.replies:
            if database.reply(tenant_id=self.tenant_id, key=reply.key) is not None:
                raise Conflict(f"key {reply.key!r} was answered meanwhile")
        self._store_secrets(database)
        for table, written in self.written.items():
            kept = database.records.setdefault(table, {})
            for key, record in written.items():
                if record is None:
                    kept.pop(key, None)
                else:
                    kept[key] = record
        for table in self.counted:
            counts = database.counts.setdefault(table, {})
            counts[self.tenant_id] = counts.get(self.tenant_id, 0) + 1
        for reply in self.replies:
            database.replies[(self.tenant_id, reply.key)] = reply
        database.audit.extend(self.audit)
        for notice in self.notices:
            add_next(database, notice)
        database.revisions[self.tenant_id] = database.revisions.get(self.tenant_id, 0) + 1
        # The effect is durable; the process may still die before it learns of it.
        await self.link.pause()

    def _store_secrets(self, database: MemoryDatabase) -> None:
        kept = {row: sealed for row, sealed in self.secrets.items() if sealed is not None}
        for sealed in kept.values():
            check_seals(database, sealed.key_version)
        for row in self.secrets:
            database.secrets.pop(row, None)
        database.secrets |= kept


@dataclass(frozen=True, slots=True)
class _Look:
    open: _Open

    def records(self, kind: Kind[T]) -> Records[T]:
        return _Records(self.open, kind)


@dataclass(frozen=True, slots=True)
class _Work:
    open: _Open

    def records(self, kind: Kind[T]) -> ChangedRecords[T]:
        return _Records(self.open, kind)

    async def audit(self, entry: AuditEntry) -> None:
        await self.open.enter()
        self.open.audit.append(entry)

    async def tell(self, notice: Notice) -> None:
        await self.open.enter()
        self.open.notices.append(notice)

    async def seal(self, kept: SealedRow) -> None:
        check_seals(await self.open.enter(), kept.sealed.key_version)
        self._secret(kept.row, kept.sealed)

    async def erase(self, row: RowAddress) -> None:
        await self.open.enter()
        self._secret(row, None)

    def _secret(self, row: RowAddress, sealed: Sealed | None) -> None:
        self.open.check_owner(row.tenant_id)
        self.open.secrets[row] = sealed

    async def answered(self, key: str) -> Reply | None:
        database = await self.open.enter()
        own = [reply for reply in self.open.replies if reply.key == key]
        return own[0] if own else database.reply(tenant_id=self.open.tenant_id, key=key)

    async def answer(self, reply: Reply) -> None:
        await self.open.enter()
        self.open.replies.append(reply)


@dataclass(frozen=True, slots=True)
class _Records(Generic[T]):
    open: _Open
    kind: Kind[T]

    async def get(self, id: UUID) -> T | None:
        return (await self._seen()).get(id)

    async def list(
        self, *, limit: int, after: UUID | None = None, where: Where = EVERY
    ) -> Sequence[T]:
        found = await self._found(where)
        return [one for one in found if after is None or one.id > after][:limit]

    async def count(self, *, where: Where = EVERY) -> int:
        return len(await self._found(where))

    async def add(self, record: T) -> None:
        await self.open.enter()
        stored = self.open.database.records.get(self.kind.table, {})
        written = self._written(record.tenant_id)
        if record.id in stored or written.get(record.id) is not None:
            raise ConstraintBroken(f"{self.kind.table}: {record.id} is there already")
        written[record.id] = record
        self._count()

    async def update(self, record: T, *, seen: int | None = None) -> bool:
        written = self._written(record.tenant_id)
        await self.open.enter()
        before = self.open.seen(self.kind.table).get(record.id)
        if before is None or before.version != (record.version - 1 if seen is None else seen):
            return False
        written[record.id] = _over(before, record, type_=self.kind.type)
        self._count()
        return True

    async def remove(self, id: UUID, *, version: int) -> bool:
        before = (await self._seen()).get(id)
        if before is None or before.version != version:
            return False
        self._written(self.open.tenant_id)[id] = None
        self._count()
        return True

    async def _seen(self) -> Mapping[UUID, T]:
        await self.open.enter()
        seen = self.open.seen(self.kind.table)
        return {key: _as(self.kind.type, one) for key, one in seen.items()}

    async def _found(self, where: Where) -> Sequence[T]:
        self.kind.check(where)
        seen = (await self._seen()).values()
        return [one for one in seen if all(self._is(one, name, where[name]) for name in where)]

    def _is(self, record: T, column: str, wanted: object) -> bool:
        found: Any = record
        for name in columns_of(type(record)).get(column, (column,)):
            found = getattr(found, name)
        if isinstance(wanted, AtMost):
            return found is not None and found <= wanted.value
        return found in wanted if isinstance(wanted, frozenset) else found == wanted

    def _written(self, tenant_id: UUID) -> dict[UUID, Kept | None]:
        self.open.check_owner(tenant_id)
        return self.open.written.setdefault(self.kind.table, {})

    def _count(self) -> None:
        if self.kind.counted_in is not None:
            self.open.counted.append(self.kind.counted_in)


def _as(type_: type[T], stored: Kept) -> T:
    """Return a stored record, or of one with more columns the part that the type has."""
    return stored if type(stored) is type_ else type_(**_part(type_, of=stored))


def _over(stored: Any, written: Kept, *, type_: type[Kept]) -> Kept:
    """Return the written record, or the stored one with the part that the type has."""
    if type(stored) is type_:
        return written
    kept: Kept = replace(stored, **_part(type_, of=written))
    return kept


def _part(type_: Any, *, of: Kept) -> dict[str, Any]:
    return {one.name: getattr(of, one.name) for one in fields(type_)}
