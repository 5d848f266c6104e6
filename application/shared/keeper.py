"""Keep records of one kind for a tenant: make, change, delete, each with its trail and notice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import Changes, Described, KeyReused, Once, Replayed
from domain.shared.refusals import Absent, Conflicting, Outdated
from ports.transactions import Conflict
from ports.work import EVERY, Kind, Record, Where, Work

T = TypeVar("T", bound=Record)


class TooMany(Conflicting):
    """The tenant has as many as there may be."""

    slug = "too-many"
    title = "Too many"
    meaning = "The tenant has as many of these as there may be: delete one first."


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper(Generic[T]):
    """The plain use cases of an area whose records are changed one by one.

    noun begins the names of what is done, `asset.created`, and is what a missing one is called;
    described lists what the trail and the notices show of a record, limit is how many a tenant
    may have. alone raises what keeps a record out that is added or changed by itself; over it
    stays what `stays` names of the record before.
    """

    changes: Changes
    kind: Kind[T]
    noun: str
    channel: str
    described: Callable[[T], Described]
    limit: int
    alone: Callable[[Work, T], Awaitable[None]] | None = None
    stays: tuple[str, ...] = ()

    async def list(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None, where: Where = EVERY
    ) -> Sequence[T]:
        """Return records in the order they were made, behind `after`."""
        async with self.changes.works.look(tenant_id) as look:
            return await look.records(self.kind).list(limit=limit, after=after, where=where)

    async def get(self, id: UUID, *, tenant_id: UUID) -> T:
        """Return a record; raises Absent."""
        async with self.changes.works.look(tenant_id) as look:
            return self._found(await look.records(self.kind).get(id), id=id)

    async def add(
        self, record: T, *, by: Asker, once: Once[T] | None = None
    ) -> T | Replayed | KeyReused:
        """Store a new record; raises TooMany, InvalidValue, what `alone` raises."""

        async def add(work: Work) -> T:
            if self.alone is not None:
                await self.alone(work, record)
            await self.put(work, record, before=None, by=by)
            return record

        return await self.changes.once(add, tenant_id=by.tenant_id, once=once)

    async def change(
        self, id: UUID, change: Callable[[T], T], *, by: Asker, expected: int | None = None
    ) -> T:
        """Return the record as `change` leaves it, which raises its version by one.

        With expected, only while it still is of that version. Raises Absent, Outdated, what
        `alone` raises.
        """

        async def changed(work: Work) -> T:
            before = await self.seen(work, id, expected=expected)
            after = change(before)
            if self.alone is not None:
                await self.alone(work, after)
            await self.put(work, after, before=before, by=by)
            return after

        return await self.changes.run(changed, tenant_id=by.tenant_id)

    async def replace(self, id: UUID, written: T, *, by: Asker, expected: int | None = None) -> T:
        """Put what was written anew in the place of a record; raises as change does."""
        return await self.change(
            id, lambda before: self.over(before, written), by=by, expected=expected
        )

    def over(self, before: T, written: T) -> T:
        """Return what was written anew as the next version of the record before."""
        stays = {name: getattr(before, name) for name in ("id", *self.stays)}
        record: Any = written
        after: T = replace(record, version=before.version + 1, **stays)
        return after

    async def remove(self, id: UUID, *, by: Asker, expected: int | None = None) -> None:
        """Delete a record, with expected only of that version; raises Absent, Outdated."""

        async def remove(work: Work) -> None:
            await self.take_out(work, id, by=by, expected=expected)

        await self.changes.run(remove, tenant_id=by.tenant_id)

    async def take_out(self, work: Work, id: UUID, *, by: Asker, expected: int | None) -> T:
        """Delete a record as part of a larger change, and return it; raises as remove does."""
        before = await self.seen(work, id, expected=expected)
        if not await work.records(self.kind).remove(id, version=before.version):
            raise Conflict(f"{self.noun} {id} changed meanwhile")
        await self._record(work, "deleted", before=before, after=None, by=by)
        return before

    async def put(self, work: Work, record: T, *, before: T | None, by: Asker) -> None:
        """Store a record in the place of the one before, as part of a larger change."""
        records = work.records(self.kind)
        if before is None:
            if await records.count() >= self.limit:
                raise TooMany(f"a tenant may have {self.limit} records of the kind {self.noun}")
            await records.add(record)
        elif not await records.update(record):
            raise Conflict(f"{self.noun} {record.id} changed meanwhile")
        done = "created" if before is None else "updated"
        await self._record(work, done, before=before, after=record, by=by)

    async def seen(self, work: Work, id: UUID, *, expected: int | None) -> T:
        """Return a record within a change, with expected only of that version.

        Raises Absent, Outdated.
        """
        found = self._found(await work.records(self.kind).get(id), id=id)
        if expected is not None and found.version != expected:
            raise Outdated(found.version)
        return found

    def _found(self, found: T | None, *, id: UUID) -> T:
        if found is None:
            raise Absent(f"no {self.noun} {id}")
        return found

    async def _record(
        self, work: Work, done: str, *, before: T | None, after: T | None, by: Asker
    ) -> None:
        subject = after if after is not None else before
        assert subject is not None
        await self.changes.record(
            work,
            f"{self.noun}.{done}",
            by=by,
            subject=subject.id,
            before=None if before is None else self.described(before),
            after=None if after is None else self.described(after),
            channel=self.channel,
        )
