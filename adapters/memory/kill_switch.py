"""Keep latches and passcodes in memory, and hold the barrier within one process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.notices import add_next
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, Scope
from domain.kill_switch.passcode import Passcode
from domain.shared.notices import Notice
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
        add_next(database, notice)
        await self.link.pause()

    async def engaged(self, *, tenant_id: UUID) -> Sequence[Latch]:
        """Return the tenant's engaged latches, oldest first."""
        database = await self.link.enter()
        return [
            latch
            for latch in database.latches.values()
            if latch.is_engaged and latch.scope.tenant_id == tenant_id
        ]

    async def unfinished(self) -> Sequence[Latch]:
        """Return engaged latches whose work still runs."""
        database = await self.link.enter()
        return [latch for latch in database.latches.values() if latch.is_unfinished]

    async def find(self, *, tenant_id: UUID, latch_id: UUID) -> Latch | None:
        """Return one latch of the tenant."""
        database = await self.link.enter()
        latch = database.latches.get(latch_id)
        return latch if latch is not None and latch.scope.tenant_id == tenant_id else None


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
        self._inside: dict[tuple[UUID, UUID], int] = {}
        self._closing: set[asyncio.Future[None]] = set()

    def sending(self, *, tenant_id: UUID, account_id: UUID) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write."""
        return self._sending(tenant_id, account_id)

    @asynccontextmanager
    async def _sending(self, tenant_id: UUID, account_id: UUID) -> AsyncIterator[Passage]:
        key = (tenant_id, account_id)
        self._inside[key] = self._inside.get(key, 0) + 1
        try:
            database = await self._link.enter()
            covering = _covering(database, tenant_id, account_id)
            yield Passage(allowed=not covering, flattening=any(latch.flatten for latch in covering))
        finally:
            self._inside[key] -= 1
            if not self._inside[key]:
                del self._inside[key]
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
        return any(
            scope.covers(tenant_id=tenant_id, account_id=account_id)
            for tenant_id, account_id in self._inside
        )


def _covering(database: MemoryDatabase, tenant_id: UUID, account_id: UUID) -> list[Latch]:
    return [
        latch
        for latch in database.latches.values()
        if latch.is_engaged and latch.scope.covers(tenant_id=tenant_id, account_id=account_id)
    ]
