"""Keep the records of an open transaction over memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from ports.work import EVERY, AtLeast, AtMost, Kind, Record, Where, columns_of

T = TypeVar("T", bound=Record)


@dataclass(slots=True, kw_only=True)
class OpenRecords:
    """Where a transaction began, and which records it will write."""

    link: MemoryLink
    tenant_id: UUID
    database: MemoryDatabase
    # The tenant's records changed so often before: nobody may come between. None while reading.
    revision: int | None = None
    # By table; None is what was removed.
    written: dict[str, dict[UUID, Record | None]] = field(default_factory=dict)
    counted: list[str] = field(default_factory=list)

    def one(self, table: str, id: UUID) -> Record | None:
        """Return the tenant's record of that id, as it was written here if it was."""
        written = self.written.get(table, {})
        if id in written:
            return written[id]
        stored: Record | None = self.database.records.get(table, {}).get(id)
        return stored if stored is not None and stored.tenant_id == self.tenant_id else None

    def seen(self, table: str) -> list[Record]:
        """Return the tenant's records of a table, in no order, with what was written here."""
        stored: Mapping[UUID, Record] = self.database.records.get(table, {})
        written, own = self.written.get(table, {}), self.tenant_id
        # The same object as a rule: UUIDs compare slowly, and a table may be long.
        kept = [one for one in stored.values() if one.tenant_id is own or one.tenant_id == own]
        if not written:
            return kept
        kept = [one for one in kept if one.id not in written]
        return kept + [one for one in written.values() if one is not None]

    def check_owner(self, tenant_id: UUID) -> None:
        """Refuse another tenant's."""
        if tenant_id != self.tenant_id:
            raise ValueError("one transaction, two tenants")

    async def enter(self) -> MemoryDatabase:
        """Wait for the turn; raises Conflict when another change came between."""
        database = await self.link.enter()
        changed = database.revisions.get(self.tenant_id, 0)
        if self.revision is not None and changed != self.revision:
            raise Conflict(f"records of tenant {self.tenant_id} changed meanwhile")
        return database


@dataclass(frozen=True, slots=True)
class MemoryRecords(Generic[T]):
    """The tenant's records of one kind (ports Records, ChangedRecords)."""

    open: OpenRecords
    kind: Kind[T]

    async def get(self, id: UUID) -> T | None:
        """Return the record of that id."""
        await self.open.enter()
        found = self.open.one(self.kind.table, id)
        return None if found is None else _as(self.kind.type, found)

    async def list(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        newest_first: bool = False,
    ) -> Sequence[T]:
        """Return at most so many records that fit, behind `after`."""
        found = await self._found(where)
        if after is not None:
            found = [one for one in found if (one.id < after if newest_first else one.id > after)]
        # By the number: UUIDs compare as their numbers do, and more slowly.
        found = sorted(found, key=lambda one: one.id.int, reverse=newest_first)
        return found[:limit]

    async def count(self, *, where: Where = EVERY) -> int:
        """Return how many fit."""
        return len(await self._found(where))

    async def add(self, record: T) -> None:
        """Store a new record."""
        await self.open.enter()
        stored = self.open.database.records.get(self.kind.table, {})
        written = self._written(record.tenant_id)
        if record.id in stored or written.get(record.id) is not None:
            raise ConstraintBroken(f"{self.kind.table}: {record.id} is there already")
        written[record.id] = record
        self._count()

    async def add_many(self, records: Sequence[T]) -> None:
        """Store new records."""
        for record in records:
            await self.add(record)

    async def update(self, record: T, *, seen: int | None = None) -> bool:
        """Replace the record of the version before."""
        written = self._written(record.tenant_id)
        await self.open.enter()
        before = self.open.one(self.kind.table, record.id)
        if before is None or before.version != (record.version - 1 if seen is None else seen):
            return False
        written[record.id] = _over(before, record, type_=self.kind.type)
        self._count()
        return True

    async def remove(self, id: UUID, *, version: int) -> bool:
        """Delete the record of that version."""
        await self.open.enter()
        before = self.open.one(self.kind.table, id)
        if before is None or before.version != version:
            return False
        self._written(self.open.tenant_id)[id] = None
        self._count()
        return True

    async def _found(self, where: Where) -> Sequence[T]:
        self.kind.check(where)
        await self.open.enter()
        type_ = self.kind.type
        found = [_as(type_, one) for one in self.open.seen(self.kind.table)]
        for name, wanted in where.items():
            read, fits = _reader(type_, name), _fitting(wanted)
            # The same object as a rule: UUIDs compare slowly, and a table may be long.
            found = [one for one in found if (has := read(one)) is wanted or fits(has)]
        return found

    def _written(self, tenant_id: UUID) -> dict[UUID, Record | None]:
        self.open.check_owner(tenant_id)
        return self.open.written.setdefault(self.kind.table, {})

    def _count(self) -> None:
        if self.kind.counted_in is not None:
            self.open.counted.append(self.kind.counted_in)


@cache
def _reader(type_: type, column: str) -> Callable[[Any], Any]:
    return attrgetter(".".join(columns_of(type_).get(column, (column,))))


def _fitting(wanted: object) -> Callable[[Any], bool]:
    """Return what tells whether a column's value is as it is wanted."""
    if isinstance(wanted, AtMost):
        most: Any = wanted.value
        return lambda has: has is not None and bool(has <= most)
    if isinstance(wanted, AtLeast):
        least: Any = wanted.value
        return lambda has: has is not None and bool(has >= least)
    if isinstance(wanted, frozenset):
        return wanted.__contains__
    return lambda has: bool(has == wanted)


def _as(type_: type[T], stored: Record) -> T:
    """Return a stored record, or of one with more columns the part that the type has."""
    return stored if type(stored) is type_ else type_(**_part(type_, of=stored))


def _over(stored: Any, written: Record, *, type_: type[Record]) -> Record:
    """Return the written record, or the stored one with the part that the type has."""
    if type(stored) is type_:
        return written
    kept: Record = replace(stored, **_part(type_, of=written))
    return kept


def _part(type_: Any, *, of: Record) -> dict[str, Any]:
    return {one.name: getattr(of, one.name) for one in fields(type_)}
