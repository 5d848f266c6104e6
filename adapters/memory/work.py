"""Keep ordinary records in memory, changed in transactions that hold whole or not at all."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from adapters.memory.access import members_of
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.devices import informed
from adapters.memory.notices import add_next
from adapters.memory.records import MemoryRecords, OpenRecords
from adapters.memory.secrets import check_seals
from domain.accounts.book_change import Reply
from domain.audit.entry import AuditEntry
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.secrets.address import RowAddress
from domain.secrets.sealed import SealedSecret
from domain.shared.notices import Notice
from ports.secrets import SealedRow
from ports.transactions import Conflict
from ports.work import (
    EVERY,
    ChangedRecords,
    Kind,
    Look,
    Record,
    Records,
    Where,
    Work,
)

T = TypeVar("T", bound=Record)


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
        self,
        kind: Kind[T],
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        unreadable: Callable[[UUID, str], None] | None = None,
    ) -> Sequence[T]:
        """Return records of every tenant; as they are never written out, all can be read."""
        del unreadable
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
class _Open(OpenRecords):
    """One open transaction: where it began, and what it will write."""

    replies: list[Reply] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    notices: list[Notice | UserNotice] = field(default_factory=list)
    # None is what was erased.
    secrets: dict[RowAddress, SealedSecret | None] = field(default_factory=dict)
    # The members by which something is decided, where they were asked for.
    members: Sequence[Member] | None = None

    async def commit(self) -> None:
        if not (self.written or self.replies or self.audit or self.notices or self.secrets):
            return
        database = await self.enter()
        self.check_members(members_of(database, tenant_id=self.tenant_id))
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
        for notice in await informed(database, self.notices):
            add_next(database, notice)
        database.revisions[self.tenant_id] = database.revisions.get(self.tenant_id, 0) + 1
        # The effect is durable; the process may still die before it learns of it.
        await self.link.pause()

    def check_members(self, now: Sequence[Member]) -> None:
        if self.members not in (None, now):
            raise Conflict(f"members of tenant {self.tenant_id} changed meanwhile")

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
        return MemoryRecords(self.open, kind)


@dataclass(frozen=True, slots=True)
class _Work:
    open: _Open

    def records(self, kind: Kind[T]) -> ChangedRecords[T]:
        return MemoryRecords(self.open, kind)

    async def members(self) -> Sequence[Member]:
        found = members_of(await self.open.enter(), tenant_id=self.open.tenant_id)
        self.open.check_members(found)
        self.open.members = found
        return found

    async def tell_many(self, notices: Sequence[Notice]) -> None:
        await self.open.enter()
        self.open.notices.extend(notices)

    async def audit(self, entry: AuditEntry) -> None:
        await self.open.enter()
        self.open.audit.append(entry)

    async def audit_many(self, entries: Sequence[AuditEntry]) -> None:
        await self.open.enter()
        self.open.audit.extend(entries)

    async def tell(self, notice: Notice) -> None:
        await self.open.enter()
        self.open.notices.append(notice)

    async def inform(self, notice: UserNotice) -> None:
        await self.open.enter()
        self.open.check_owner(notice.tenant_id)
        self.open.notices.append(notice)

    async def seal(self, kept: SealedRow) -> None:
        check_seals(await self.open.enter(), kept.sealed.key_version)
        self._secret(kept.row, kept.sealed)

    async def erase(self, row: RowAddress) -> None:
        await self.open.enter()
        self._secret(row, None)

    def _secret(self, row: RowAddress, sealed: SealedSecret | None) -> None:
        self.open.check_owner(row.tenant_id)
        self.open.secrets[row] = sealed

    async def answered(self, key: str) -> Reply | None:
        database = await self.open.enter()
        own = [reply for reply in self.open.replies if reply.key == key]
        return own[0] if own else database.reply(tenant_id=self.open.tenant_id, key=key)

    async def answer(self, reply: Reply) -> None:
        await self.open.enter()
        self.open.replies.append(reply)
