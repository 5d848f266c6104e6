"""Let a stopped scope trade again: passcode, finished work, clean books."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import (
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    ReleaseKill,
)
from application.kill_switch.deps import KillDesk
from domain.kill_switch.latch import Latch
from domain.shared.values import InvalidValue

# Return what the books and the broker disagree on, or None when they agree.
CheckBooks = Callable[[UUID, UUID | None], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Release every latch of exactly one scope."""

    desk: KillDesk
    passcode: CheckPasscode
    check_books: CheckBooks

    async def __call__(
        self, command: ReleaseKill
    ) -> Released | PasscodeRefused | NotReconciled | NothingEngaged:
        """Release the scope, or say what stands against it; nothing is half released."""
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        engaged = [
            latch
            for latch in await self.desk.latches.engaged(tenant_id=command.tenant_id)
            if latch.scope.account_id == command.account_id
        ]
        if not engaged:
            return NothingEngaged()
        refused = await self.passcode.for_release(
            tenant_id=command.tenant_id,
            given=command.passcode,
            actor=command.actor,
            trace_id=command.trace_id,
        )
        if refused is not None:
            return refused
        unfinished = [latch for latch in engaged if latch.is_unfinished]
        if unfinished:
            return NotReconciled(problem=_unfinished(unfinished[0]))
        problem = await self.check_books(command.tenant_id, command.account_id)
        if problem is not None:
            return NotReconciled(problem=problem)
        return Released(latches=tuple([await self._release(latch, command) for latch in engaged]))

    async def _release(self, latch: Latch, command: ReleaseKill) -> Latch:
        desk = self.desk
        off = replace(latch, released_at=desk.clock.now(), released_by=command.actor)
        audit = desk.audit(
            off,
            action="kill_switch.release",
            actor=command.actor,
            trace_id=command.trace_id,
        )
        detail = (*audit.detail, ("release_reason", command.reason))
        audit = replace(
            audit,
            detail=detail,
            reason=command.reason,
            before=(("state", "engaged"),),
            after=(("state", "released"),),
        )
        await desk.update(off, type="kill_switch.released", audit=audit)
        return off


def _unfinished(latch: Latch) -> str:
    what = "orders are still being cancelled"
    if latch.canceled_at is not None:
        what = "positions are still being flattened"
    return f"the activation of {latch.engaged_at.isoformat()} is not done: {what}"
