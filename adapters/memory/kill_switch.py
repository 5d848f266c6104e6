"""Keep latches and passcodes in memory, and hold the barrier within one process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.notices import add_next
from domain.audit.entry import NOBODY, AuditEntry
from domain.kill_switch.latch import Latch, PendingRelease, Scope, Target, stronger
from domain.kill_switch.passcode import Passcode
from domain.kill_switch.venue import STAGES, LatchVenue
from domain.shared.notices import Notice, for_tenant
from ports.kill_switch import Passage


@dataclass(frozen=True, slots=True)
class MemoryLatches:
    """Latches in memory."""

    link: MemoryLink

    async def engage(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> None:
        """Store a new latch with what tells of it."""
        await self.update(latch=latch, audit=audit, notice=notice)

    async def update(self, *, latch: Latch, audit: AuditEntry | None, notice: Notice) -> None:
        """Store progress or release of a latch with what tells of it."""
        database = await self.link.enter()
        database.latches[latch.id] = _with_stages_of(database.latches.get(latch.id), latch)
        if audit is not None:
            database.audit.append(audit)
        for one in _told(database, notice):
            add_next(database, one)
        await self.link.pause()

    async def release(self, *, latch: Latch, audit: AuditEntry, notice: Notice) -> bool:
        """Store that a latch is off or let down, once."""
        database = await self.link.enter()
        stored = database.latches.get(latch.id)
        if stored is None or not stored.is_engaged:
            return False
        if latch.is_engaged and stored.level is latch.level:
            return False
        database.latches[latch.id] = replace(
            stored,
            level=latch.level,
            flatten=latch.flatten,
            released_at=latch.released_at,
            released_by=latch.released_by,
            releasing=latch.releasing,
        )
        database.audit.append(audit)
        for one in _told(database, notice):
            add_next(database, one)
        await self.link.pause()
        return True

    async def pend(
        self,
        *,
        latch: Latch,
        before: PendingRelease | None,
        audit: AuditEntry | None = None,
        notice: Notice | None = None,
    ) -> bool:
        """Store the latch's pending release in the place of another."""
        database = await self.link.enter()
        stored = database.latches.get(latch.id)
        if stored is None or stored.releasing != before:
            return False
        database.latches[latch.id] = replace(stored, releasing=latch.releasing)
        if audit is not None:
            database.audit.append(audit)
        for one in () if notice is None else _told(database, notice):
            add_next(database, one)
        await self.link.pause()
        return True

    async def releasing(self) -> Sequence[Latch]:
        """Return the latches of every tenant with a pending release, oldest first."""
        database = await self.link.enter()
        found = [latch for latch in database.latches.values() if latch.releasing is not None]
        return sorted(found, key=lambda latch: (latch.engaged_at, latch.id))

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the engaged latches of the tenant and of the firm, oldest first."""
        database = await self.link.enter()
        return [
            latch
            for latch in database.latches.values()
            if latch.is_engaged and latch.scope.tenant_id in (NOBODY, tenant_id)
        ]

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches whose work still runs."""
        database = await self.link.enter()
        return [latch for latch in database.latches.values() if latch.is_unfinished]

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Latch]:
        """Return the latches of the tenant and of the firm, newest first."""
        database = await self.link.enter()
        seen = [
            latch
            for latch in database.latches.values()
            if latch.scope.tenant_id in (NOBODY, tenant_id)
            and (after is None or latch.id < after)
            and (among is None or latch.scope.account_id in (None, *among))
        ]
        return sorted(seen, key=lambda latch: latch.id, reverse=True)[:limit]

    async def reach(self, venue: LatchVenue) -> None:
        """Store how far a latch is at one broker."""
        database = await self.link.enter()
        key = (venue.latch_id, venue.broker)
        stored = database.latch_venues.get(key, venue)
        stages = {name: getattr(stored, name) or getattr(venue, name) for name in STAGES}
        database.latch_venues[key] = replace(venue, **stages)
        await self.link.pause()

    async def venues(self, *, tenant_id: UUID, latch_ids: Sequence[UUID]) -> Sequence[LatchVenue]:
        """Return how far latches are at each broker, by name."""
        database = await self.link.enter()
        found = [
            venue
            for venue in database.latch_venues.values()
            if venue.latch_id in latch_ids and venue.tenant_id in (NOBODY, tenant_id)
        ]
        return sorted(found, key=lambda venue: venue.broker)

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant, or of the firm."""
        database = await self.link.enter()
        latch = database.latches.get(latch_id)
        seen = latch is not None and latch.scope.tenant_id in (NOBODY, tenant_id)
        return latch if seen else None


def _told(database: MemoryDatabase, notice: Notice) -> list[Notice]:
    """Return the notices that tell of it: what concerns the firm is told to every tenant."""
    if notice.tenant_id != NOBODY:
        return [notice]
    return [for_tenant(notice, tenant_id) for tenant_id in sorted(database.tenants)]


def _with_stages_of(stored: Latch | None, latch: Latch) -> Latch:
    if stored is None:
        return latch
    return replace(
        latch,
        acknowledged_at=stored.acknowledged_at or latch.acknowledged_at,
        canceled_at=stored.canceled_at or latch.canceled_at,
        flat_at=stored.flat_at or latch.flat_at,
        released_at=stored.released_at or latch.released_at,
        released_by=stored.released_by or latch.released_by,
        orders_cancelled=max(stored.orders_cancelled, latch.orders_cancelled),
        level=stored.level,
        flatten=stored.flatten,
        releasing=stored.releasing,
    )


@dataclass(frozen=True, slots=True)
class MemoryPasscodes:
    """Passcodes in memory."""

    link: MemoryLink

    async def load(self, *, tenant_id: UUID) -> Passcode | None:
        """Return the passcode, None while none is set."""
        database = await self.link.enter()
        return database.passcodes.get(tenant_id)

    async def failed(
        self,
        *,
        passcode: Passcode,
        failures_max: int,
        locked_until: datetime,
        audit: AuditEntry | None = None,
    ) -> None:
        """Count one more failure."""
        database = await self.link.enter()
        if audit is not None:
            database.audit.append(audit)
        kept = database.passcodes.get(passcode.tenant_id)
        if kept is None or kept.hash != passcode.hash:
            return
        failures = kept.failures + 1
        locked = failures >= failures_max
        database.passcodes[passcode.tenant_id] = replace(
            kept,
            failures=0 if locked else failures,
            locked_until=locked_until if locked else kept.locked_until,
        )

    async def store(self, *, passcode: Passcode, audit: AuditEntry | None) -> None:
        """Set the passcode or its failures."""
        database = await self.link.enter()
        database.passcodes[passcode.tenant_id] = passcode
        if audit is not None:
            database.audit.append(audit)


class MemoryKillBarrier:
    """The barrier between sends and activations of one process.

    A send counts itself in before it reads the latches, and an activation stores its
    latch before it waits: whichever comes first, none slips between the two.
    """

    def __init__(self, *, link: MemoryLink) -> None:
        self._link = link
        self._inside: dict[Target, int] = {}
        self._closing: set[asyncio.Future[None]] = set()

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write."""
        return self._sending(target)

    @asynccontextmanager
    async def _sending(self, target: Target) -> AsyncIterator[Passage]:
        self._inside[target] = self._inside.get(target, 0) + 1
        try:
            database = await self._link.enter()
            covering = _covering(database, target)
            yield Passage(
                level=stronger([latch.level for latch in covering]),
                flattening=any(latch.flatten for latch in covering),
            )
        finally:
            self._inside[target] -= 1
            if not self._inside[target]:
                del self._inside[target]
            # Without waiting: a sender that is cancelled here must not leave a close asleep.
            for waiter in self._closing:
                if not waiter.done():
                    waiter.set_result(None)

    async def close(self, scope: Scope) -> None:
        """Return once no earlier send within the scope is still inside."""
        while self._any_inside(scope):
            waiter = asyncio.get_running_loop().create_future()
            self._closing.add(waiter)
            try:
                await waiter
            finally:
                self._closing.discard(waiter)

    def _any_inside(self, scope: Scope) -> bool:
        return any(scope.covers(target) for target in self._inside)


def _covering(database: MemoryDatabase, target: Target) -> list[Latch]:
    return [
        latch
        for latch in database.latches.values()
        if latch.is_engaged and latch.scope.covers(target)
    ]
