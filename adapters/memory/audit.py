"""Keep, seal and read the audit trail in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.audit.anchoring import AnchorRecord
from domain.audit.chain import Head, Link, WrittenEntry, linked
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKey, AuditKeys, entry_bytes
from domain.audit.masking import masked
from domain.audit.review import REVIEWED, Review
from ports.audit import (
    LOOKED_AT_MAX,
    AuditFilter,
    AuditPage,
    AuditUnsealable,
    Mark,
    SealedEntry,
)
from ports.leases import Fence


@dataclass(frozen=True, slots=True)
class MemoryAuditTrail:
    """The audit trail in memory (port AuditTrail)."""

    link: MemoryLink

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        database = await self.link.enter()
        database.audit.append(entry)

    async def has(self, *, tenant_id: UUID, entry_id: UUID) -> bool:
        """Tell whether there is such an entry of the tenant."""
        database = await self.link.enter()
        return any(one.id == entry_id and one.tenant_id == tenant_id for one in database.audit)

    async def page(
        self, *, tenant_id: UUID, wanted: AuditFilter, limit: int, before: int | None = None
    ) -> AuditPage:
        """Return sealed entries, latest first, in places before `before`."""
        database = await self.link.enter()
        end = len(database.audit_links.get(tenant_id, ()))
        chain = database.audit_links.get(tenant_id, [])[: end if before is None else before - 1]
        looked_at = chain[-LOOKED_AT_MAX:]
        found: list[SealedEntry] = []
        reviews = {
            one.subject: Review(actor=one.actor, at=one.at, note=one.reason)
            for one in database.audit
            if one.tenant_id == tenant_id and one.action == REVIEWED
        }
        for link in reversed(looked_at):
            entry = database.audit[link.seq - 1]
            review = reviews.get(str(entry.id))
            if _fits(entry, wanted) and wanted.reviewed in (None, review is not None):
                found.append(
                    SealedEntry(
                        entry=_without_secrets(entry),
                        position=link.position,
                        link=link.link,
                        review=review,
                    )
                )
            if len(found) == limit:
                break
        rest = found[-1].position if len(found) == limit else 0
        if not rest and len(looked_at) < len(chain):
            rest = looked_at[0].position
        return AuditPage(entries=found, before=rest if rest > 1 else None)


def _without_secrets(entry: AuditEntry) -> AuditEntry:
    detail, before, after = (
        tuple(masked(pairs).items()) for pairs in (entry.detail, entry.before, entry.after)
    )
    return replace(entry, detail=detail, before=before, after=after)


def _fits(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        wanted.actor in (None, entry.actor)
        and wanted.action in (None, entry.action)
        and wanted.subject in (None, entry.subject)
        and wanted.account_id in (None, entry.account_id)
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
    )


@dataclass(frozen=True, slots=True)
class MemoryAuditSealing:
    """Sealing of one memory (port AuditSealing); an entry is final once it is there."""

    link: MemoryLink

    async def mark(self) -> Mark | None:
        """Return how far entries go now, None when all of them are sealed."""
        database = await self.link.enter()
        up_to = len(database.audit)
        return Mark(up_to, 0) if up_to > database.audit_sealed else None

    async def seal(
        self,
        mark: Mark,
        *,
        keys: AuditKeys,
        limit: int,
        expected: Callable[[UUID], Head | None],
        fence: Fence | None = None,
    ) -> Sequence[Link] | None:
        """Link the next entries up to the mark, and return their links."""
        database = await self.link.enter()
        start = database.audit_sealed
        end = min(mark.up_to, start + limit)
        written = [
            written_of(entry, seq=place, key=keys.current)
            for place, entry in enumerate(database.audit[start:end], start=start + 1)
        ]
        heads = _heads(database)
        for tenant_id in {one.tenant_id for one in written}:
            known = expected(tenant_id)
            if known is not None and heads.get(tenant_id) != known:
                raise AuditUnsealable(f"tenant {tenant_id}: the chain is not as it was")
        links = linked(written, heads=heads, key=keys.current, adopt_up_to=0)
        for one in links:
            database.audit_links.setdefault(one.tenant_id, []).append(one)
        database.audit_sealed = end
        return links

    async def heads(self) -> Sequence[Head]:
        """Return the head of every chain."""
        return list(_heads(await self.link.enter()).values())

    async def anchored(self, *, keys: AuditKeys) -> int:
        """Return how many heads were kept outside."""
        return (await self.link.enter()).audit_anchored

    async def count_anchored(self, number: int, *, keys: AuditKeys) -> None:
        """Keep how many heads were kept outside."""
        (await self.link.enter()).audit_anchored = number

    async def begin(self, *, keys: AuditKeys, may_adopt: bool) -> None:
        """Do nothing: every entry in memory gets its proof."""
        await self.link.enter()


def _heads(database: MemoryDatabase) -> Mapping[UUID, Head]:
    return {
        tenant_id: Head(
            tenant_id=tenant_id,
            position=chain[-1].position,
            link=chain[-1].link,
            seq=chain[-1].seq,
        )
        for tenant_id, chain in database.audit_links.items()
    }


def written_of(entry: AuditEntry, *, seq: int, key: AuditKey) -> WrittenEntry:
    """Return the entry as it would be stored under a number, proven by the key."""
    content = content_of(entry)
    return WrittenEntry(
        seq=seq,
        id=entry.id,
        tenant_id=entry.tenant_id,
        content=content,
        key_id=key.id,
        mac=key.entry(content),
    )


def content_of(entry: AuditEntry) -> bytes:
    """Return what an entry's proof is taken over."""
    detail, before, after = (
        msgspec.json.encode(masked(pairs)).decode()
        for pairs in (entry.detail, entry.before, entry.after)
    )
    return entry_bytes(
        id=entry.id,
        tenant_id=entry.tenant_id,
        account_id=entry.account_id,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        at=entry.at,
        market_at=entry.market_at,
        trace_id=entry.trace_id,
        session_id=entry.session_id,
        ip=entry.ip,
        user_agent=entry.user_agent,
        reason=entry.reason,
        detail=detail,
        before=before,
        after=after,
    )


@dataclass(slots=True)
class MemoryAnchor:
    """Heads kept in memory, for tests and for a profile that keeps nothing (port AnchorTarget)."""

    records: list[AnchorRecord] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What operators know it by."""
        return "memory"

    async def append(self, records: Sequence[AnchorRecord], *, after: int = 0) -> int:
        """Keep records."""
        first = max(await self.count(), after) + 1
        self.records.extend(replace(one, number=first + place) for place, one in enumerate(records))
        return await self.count()

    async def count(self) -> int:
        """Return the number of the last record."""
        return self.records[-1].number if self.records else 0

    async def is_empty(self) -> bool:
        """Tell whether nothing was ever kept there."""
        return not self.records
