"""Die around the latches, the journal and the idempotency keys: see `failpoints`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from bootstrap.brokers.registry import Brokers
from bootstrap.storage import Storage
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, PendingRelease
from domain.kill_switch.venue import LatchVenue
from domain.shared.notices import Notice
from ports.idempotency import IdempotencyKeys, InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from ports.kill_switch import Latches
from ports.leases import Fence
from ports.streams import Journal, PublishedNotice
from tests.torture.failpoints import FatalBarrier, FatalBooks, FatalBroker, FatalWork, Fuse


def fatal_storage(storage: Storage, fuse: Fuse) -> Storage:
    """Put failpoints around everything that keeps data."""
    return replace(
        storage,
        books=FatalBooks(inner=storage.books, fuse=fuse),
        work=FatalWork(inner=storage.work, fuse=fuse),
        latches=FatalLatches(inner=storage.latches, fuse=fuse),
        barrier=FatalBarrier(inner=storage.barrier, fuse=fuse),
        journal=FatalJournal(inner=storage.journal, fuse=fuse),
        keys=FatalKeys(inner=storage.keys, fuse=fuse),
    )


def fatal_brokers(brokers: Brokers, fuse: Fuse) -> Brokers:
    """Put failpoints around every broker."""
    fatal = {
        name: replace(parts, broker=FatalBroker(inner=parts.broker, fuse=fuse))
        for name, parts in brokers.each()
    }
    return replace(brokers, parts=fatal)


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalLatches:
    """Latches that die before or after they are stored."""

    inner: Latches
    fuse: Fuse

    async def engage(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> None:
        """Store a new latch."""
        self.fuse.at("latch.engage.before")
        await self.inner.engage(latch=latch, audit=audit, notice=notice)
        self.fuse.at("latch.engage.after")

    async def update(self, *, latch: Latch, audit: AuditEntry | None, notice: Notice) -> None:
        """Store progress or release of a latch."""
        self.fuse.at("latch.progress.before")
        await self.inner.update(latch=latch, audit=audit, notice=notice)
        self.fuse.at("latch.progress.after")

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the tenant's engaged latches."""
        return await self.inner.engaged(tenant_id=tenant_id)

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches whose work still runs."""
        return await self.inner.unfinished()

    async def release(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> bool:
        """Store that a latch is off or let down."""
        self.fuse.at("latch.release.before")
        done = await self.inner.release(latch=latch, audit=audit, notice=notice)
        self.fuse.at("latch.release.after")
        return done

    async def pend(
        self,
        *,
        latch: Latch,
        before: PendingRelease | None,
        audit: AuditEntry | None = None,
        notice: Notice | None = None,
    ) -> bool:
        """Store the latch's pending release."""
        self.fuse.at("latch.pend.before")
        done = await self.inner.pend(latch=latch, before=before, audit=audit, notice=notice)
        self.fuse.at("latch.pend.after")
        return done

    async def releasing(self) -> Sequence[Latch]:
        """Return the latches with a pending release."""
        return await self.inner.releasing()

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Latch]:
        """Return the tenant's latches, newest first."""
        return await self.inner.list(tenant_id=tenant_id, limit=limit, after=after, among=among)

    async def reach(self, venue: LatchVenue) -> None:
        """Store how far a latch is at one broker."""
        self.fuse.at("latch.venue.before")
        await self.inner.reach(venue)
        self.fuse.at("latch.venue.after")

    async def venues(self, *, tenant_id: UUID, latch_ids: Sequence[UUID]) -> Sequence[LatchVenue]:
        """Return how far latches are at each broker."""
        return await self.inner.venues(tenant_id=tenant_id, latch_ids=latch_ids)

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch."""
        return await self.inner.find(tenant_id=tenant_id, latch_id=latch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalJournal:
    """A journal whose reader dies around its cursor."""

    inner: Journal
    fuse: Fuse

    async def after(self, *, cursor: str, limit: int) -> Sequence[PublishedNotice]:
        """Return the notices behind a cursor."""
        found = await self.inner.after(cursor=cursor, limit=limit)
        if found:
            self.fuse.at("journal.read")
        return found

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: str,
        after_sequence: int,
        limit: int,
    ) -> Sequence[Notice]:
        """Return a channel's notices with a higher sequence."""
        return await self.inner.replay(
            tenant_id=tenant_id,
            account_id=account_id,
            channel=channel,
            after_sequence=after_sequence,
            limit=limit,
        )

    async def last_sequence(self, *, tenant_id: UUID, account_id: UUID | None, channel: str) -> int:
        """Return the channel's latest sequence."""
        return await self.inner.last_sequence(
            tenant_id=tenant_id, account_id=account_id, channel=channel
        )

    async def cursor_of(
        self, *, tenant_id: UUID, account_id: UUID | None, channel: str, sequence: int
    ) -> str | None:
        """Return the cursor right after a notice."""
        return await self.inner.cursor_of(
            tenant_id=tenant_id, account_id=account_id, channel=channel, sequence=sequence
        )

    async def load_cursor(self, *, reader: str) -> str:
        """Return where a named reader stood."""
        return await self.inner.load_cursor(reader=reader)

    async def save_cursor(self, *, reader: str, cursor: str, fence: Fence | None = None) -> None:
        """Keep where a named reader stands."""
        self.fuse.at("journal.cursor.before")
        await self.inner.save_cursor(reader=reader, cursor=cursor, fence=fence)
        self.fuse.at("journal.cursor.after")

    async def end(self) -> str:
        """Return the cursor behind everything."""
        return await self.inner.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalKeys:
    """Idempotency keys that die between claim and answer."""

    inner: IdempotencyKeys
    fuse: Fuse

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Take the key, or say what stands against it."""
        said = await self.inner.claim(
            tenant_id=tenant_id, key=key, request_hash=request_hash, lapse_s=lapse_s
        )
        self.fuse.at("key.claimed")
        return said

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Store the answer if the claim is still held."""
        self.fuse.at("key.completed.before")
        stored = await self.inner.complete(
            tenant_id=tenant_id, key=key, claim=claim, status=status, body=body
        )
        self.fuse.at("key.completed.after")
        return stored

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Give the key back."""
        await self.inner.release(tenant_id=tenant_id, key=key, claim=claim)
