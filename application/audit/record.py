"""Record an action whose effect is not in the database, before it takes place."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.audit.entry import AuditEntry
from ports.audit import AuditTrail
from ports.ids import Ids
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Stores an entry in a transaction of its own: what cannot be recorded is not done."""

    trail: AuditTrail
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        actor: str,
        action: str,
        subject: str,
        trace_id: str = "",
        before: tuple[tuple[str, str], ...] = (),
        after: tuple[tuple[str, str], ...] = (),
        detail: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Return once the entry is durable; raises storage errors."""
        entry = self.entry(
            tenant_id=tenant_id, actor=actor, action=action, subject=subject, trace_id=trace_id
        )
        await self.trail.add(replace(entry, before=before, after=after, detail=detail))

    def entry(
        self, *, tenant_id: UUID, actor: str, action: str, subject: str, trace_id: str = ""
    ) -> AuditEntry:
        """Return the entry of an action that stores it with its effect."""
        return AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant_id,
            actor=actor,
            action=action,
            subject=subject,
            at=self.clock.now(),
            trace_id=trace_id,
        )
