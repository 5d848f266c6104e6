"""Name the things that the kill-switch use cases share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from application.shared.change import again
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, PendingRelease, describe_scope
from domain.shared.notices import Notice
from ports.ids import Ids
from ports.kill_switch import KillBarrier, Latches
from ports.market import MarketClock
from ports.storage import StorageConflict, StorageUnavailable
from ports.time import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KillContext:
    """Where latches are engaged and released."""

    latches: Latches
    barrier: KillBarrier
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    # Called when a latch leaves work to be done: cancels, flattening.
    wake: Callable[[], None]

    async def engage(self, latch: Latch, *, audit: AuditEntry) -> None:
        """Store a new latch."""
        told = self._notice(latch, type="kill_switch.engaged")
        await self._stored(lambda: self.latches.engage(latch=latch, audit=audit, notice=told))

    async def update(self, latch: Latch, *, type: str, audit: AuditEntry | None = None) -> None:
        """Store the progress or release of a latch."""
        told = self._notice(latch, type=type)
        await self._stored(lambda: self.latches.update(latch=latch, audit=audit, notice=told))

    async def release(self, latch: Latch, *, audit: AuditEntry) -> bool:
        """Store that a latch is off, or let down; False where another did so first."""
        what = "reducing" if latch.is_engaged else "released"
        told = self._notice(latch, type=f"kill_switch.{what}")
        return await self._stored(
            lambda: self.latches.release(latch=latch, audit=audit, notice=told)
        )

    async def pend(
        self, latch: Latch, *, before: PendingRelease | None, type: str, audit: AuditEntry | None
    ) -> bool:
        """Store what is pending of a release; False where another is by now."""
        told = None if audit is None else self._notice(latch, type=type)
        return await self._stored(
            lambda: self.latches.pend(latch=latch, before=before, audit=audit, notice=told)
        )

    async def repeat(self, latch: Latch, *, reason: str) -> None:
        """Tell that what engaged a latch has come again, for another reason."""
        audit = self.audit(latch, action="kill_switch.repeat", actor=latch.actor, trace_id="")
        audit = replace(audit, detail=(*audit.detail, ("repeated", reason)))
        told = self._notice(latch, type="kill_switch.repeated")
        told = replace(told, body={**told.body, "repeated": reason})
        await self._stored(lambda: self.latches.update(latch=latch, audit=audit, notice=told))

    async def _stored(self, store: Callable[[], Awaitable[T]]) -> T:
        try:
            return await again(store)
        except StorageConflict as problem:
            # Asked again it may succeed: never that it was refused.
            raise StorageUnavailable("others change what the latch is stored in") from problem

    def _notice(self, latch: Latch, *, type: str) -> Notice:
        """Make the notice that tells of a latch; its number is given when it is stored."""
        return Notice(
            id=self.ids.new(),
            tenant_id=latch.scope.tenant_id,
            account_id=None,
            channel="kill_switch",
            sequence=0,
            type=type,
            subject=str(latch.id),
            at=self.clock.now(),
            market_at=self.market_clock.now(),
            body=describe_latch(latch),
        )

    def audit(self, latch: Latch, *, action: str, actor: str, trace_id: str) -> AuditEntry:
        """Make the audit entry of something done to a latch."""
        return AuditEntry(
            id=self.ids.new(),
            tenant_id=latch.scope.tenant_id,
            account_id=latch.scope.account_id,
            actor=actor,
            action=action,
            subject=str(latch.id),
            at=self.clock.now(),
            market_at=self.market_clock.now(),
            trace_id=trace_id,
            detail=(
                ("reason", latch.reason),
                ("flatten", str(latch.flatten).lower()),
                ("level", latch.level.value),
                *describe_scope(latch.scope).items(),
            ),
            reason=latch.reason,
        )

    def new_id(self) -> UUID:
        """Return a fresh id."""
        return self.ids.new()


def describe_latch(latch: Latch) -> dict[str, str]:
    """List what a reader of the kill_switch stream needs."""
    said = {
        "latch_id": str(latch.id),
        **describe_scope(latch.scope),
        "level": latch.level.value,
        "cause": latch.cause.value,
        "reason": latch.reason,
        "actor": latch.actor,
        "flatten": str(latch.flatten).lower(),
        "engaged_at": latch.engaged_at.isoformat(),
        "orders_cancelled": str(latch.orders_cancelled),
    }
    if latch.flatten_canceled:
        said["flatten_canceled"] = "true"
    if latch.releasing is not None:
        said["release_asked_at"] = latch.releasing.asked_at.isoformat()
    for name in ("acknowledged_at", "canceled_at", "flat_at", "released_at"):
        at = getattr(latch, name)
        if at is not None:
            said[name] = at.isoformat()
    return said
