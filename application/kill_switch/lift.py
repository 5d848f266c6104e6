"""Lift what one cause stopped, and nothing that another did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.kill_switch.deps import KillContext
from domain.kill_switch.latch import Latch, LatchCause


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftLatches:
    """Release the latches of a tenant that one cause engaged; those of others stay."""

    context: KillContext

    async def engaged(self, *, tenant_id: UUID, cause: LatchCause) -> Sequence[Latch]:
        """Return the tenant's engaged latches of a cause, oldest first."""
        found = await self.context.latches.engaged(tenant_id=tenant_id)
        return [one for one in found if one.cause is cause and one.scope.tenant_id == tenant_id]

    async def __call__(
        self, *, tenant_id: UUID, cause: LatchCause, actor: str, reason: str, trace_id: str = ""
    ) -> None:
        """Release them, each with its audit entry; one that is released already is as good."""
        context = self.context
        for latch in await self.engaged(tenant_id=tenant_id, cause=cause):
            off = replace(latch, released_at=context.clock.now(), released_by=actor)
            audit = context.audit(off, action="kill_switch.release", actor=actor, trace_id=trace_id)
            audit = replace(
                audit,
                detail=(*audit.detail, ("release_reason", reason)),
                reason=reason,
                before=(("state", "engaged"),),
                after=(("state", "released"),),
            )
            if await context.release(off, audit=audit):
                context.wake()
