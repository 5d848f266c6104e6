"""Keep the records of an open transaction over memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
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

    def seen(self, table: str) -> Mapping[UUID, Record]:
        """Return the tenant's records of a table, with what was written here over them."""
        stored = self.database.records.get(table, {})
        seen: dict[UUID, Record | None] = {
            key: one for key, one in stored.items() if one.tenant_id == self.tenant_id
        }
        seen |= self.written.get(table, {})
        return {key: one for key, one in sorted(seen.items()) if one is not None}

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
        return (await self._seen()).get(id)

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
        if newest_first:
            return [one for one in reversed(found) if after is None or one.id < after][:limit]
        return [one for one in found if after is None or one.id > after][:limit]

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
        before = self.open.seen(self.kind.table).get(record.id)
        if before is None or before.version != (record.version - 1 if seen is None else seen):
            return False
        written[record.id] = _over(before, record, type_=self.kind.type)
        self._count()
        return True

    async def remove(self, id: UUID, *, version: int) -> bool:
        """Delete the record of that version."""
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
        if isinstance(wanted, AtLeast):
            return found is not None and found >= wanted.value
        return found in wanted if isinstance(wanted, frozenset) else found == wanted

    def _written(self, tenant_id: UUID) -> dict[UUID, Record | None]:
        self.open.check_owner(tenant_id)
        return self.open.written.setdefault(self.kind.table, {})

    def _count(self) -> None:
        if self.kind.counted_in is not None:
            self.open.counted.append(self.kind.counted_in)


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
