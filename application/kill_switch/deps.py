"""Name the things that the kill-switch use cases share."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch
from domain.shared.notices import Notice
from ports.ids import Ids
from ports.kill_switch import KillBarrier, Latches
from ports.market import MarketClock
from ports.storage import StorageConflict, StorageUnavailable
from ports.time import Clock

# Every loser of a race for a number sees a winner stored: more than this is no race.
NUMBERINGS_MAX = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class KillDesk:
    """Where latches are engaged and released."""

    latches: Latches
    barrier: KillBarrier
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    # Called when a latch leaves work to be done: cancels, flattening.
    wake: Callable[[], None]

    async def engage(self, latch: Latch, *, audit: AuditEntry) -> None:
        """Store a new latch; another notice that takes the number first only delays it."""
        for _ in range(NUMBERINGS_MAX):
            told = await self._notice(latch, type="kill_switch.engaged")
            with suppress(StorageConflict):
                return await self.latches.engage(latch=latch, audit=audit, notice=told)
        raise StorageUnavailable("the kill switch's channel is too busy to store a latch")

    async def update(self, latch: Latch, *, type: str, audit: AuditEntry | None = None) -> None:
        """Store the progress or release of a latch, as `engage` does."""
        for _ in range(NUMBERINGS_MAX):
            told = await self._notice(latch, type=type)
            with suppress(StorageConflict):
                return await self.latches.update(latch=latch, audit=audit, notice=told)
        raise StorageUnavailable("the kill switch's channel is too busy to store a latch")

    async def repeat(self, latch: Latch, *, reason: str) -> None:
        """Tell that what engaged a latch has come again, for another reason."""
        audit = self.audit(latch, action="kill_switch.repeat", actor=latch.actor, trace_id="")
        audit = replace(audit, detail=(*audit.detail, ("repeated", reason)))
        for _ in range(NUMBERINGS_MAX):
            told = await self._notice(latch, type="kill_switch.repeated")
            told = replace(told, body={**told.body, "repeated": reason})
            with suppress(StorageConflict):
                return await self.latches.update(latch=latch, audit=audit, notice=told)
        raise StorageUnavailable("the kill switch's channel is too busy to tell of a repetition")

    async def _notice(self, latch: Latch, *, type: str) -> Notice:
        """Make the notice that tells of a latch, with the channel's next number."""
        tenant_id = latch.scope.tenant_id
        return Notice(
            id=self.ids.new(),
            tenant_id=tenant_id,
            account_id=None,
            channel="kill_switch",
            sequence=await self.latches.next_sequence(tenant_id=tenant_id),
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
            detail=(("reason", latch.reason), ("flatten", str(latch.flatten).lower())),
            reason=latch.reason,
        )

    def new_id(self) -> UUID:
        """Return a fresh id."""
        return self.ids.new()


def describe_latch(latch: Latch) -> dict[str, str]:
    """List what a reader of the kill_switch stream needs."""
    said = {
        "latch_id": str(latch.id),
        "scope": "account" if latch.scope.account_id else "tenant",
        "cause": latch.cause.value,
        "reason": latch.reason,
        "actor": latch.actor,
        "flatten": str(latch.flatten).lower(),
        "engaged_at": latch.engaged_at.isoformat(),
        "orders_cancelled": str(latch.orders_cancelled),
    }
    if latch.flatten_canceled:
        said["flatten_canceled"] = "true"
    if latch.scope.account_id:
        said["account_id"] = str(latch.scope.account_id)
    for name in ("acknowledged_at", "canceled_at", "flat_at", "released_at"):
        at = getattr(latch, name)
        if at is not None:
            said[name] = at.isoformat()
    return said
