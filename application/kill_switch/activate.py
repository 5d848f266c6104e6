"""Stop trading: latch first, then wait until no send is on its way."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import Activated, ActivateKill, PasscodeRefused
from application.kill_switch.deps import KillDesk
from domain.kill_switch.latch import Latch, LatchCause, Scope
from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate:
    """Engage a latch and acknowledge it once nothing can leave any more."""

    desk: KillDesk
    passcode: CheckPasscode

    async def __call__(self, command: ActivateKill) -> Activated | PasscodeRefused:
        """Stop the scope. Stopping what is stopped already adds a latch and is as safe.

        A passcode that is missing keeps nothing but the flattening from happening, a wrong one
        everything. Raises InvalidValue.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        refused = None
        if command.flatten or command.passcode is not None:
            refused = await self.passcode.for_activation(
                tenant_id=command.tenant_id,
                given=command.passcode,
                actor=command.actor,
                trace_id=command.trace_id,
            )
        if refused is not None and refused.is_wrong:
            return refused
        engaged = await self.engage(
            scope=Scope(tenant_id=command.tenant_id, account_id=command.account_id),
            cause=LatchCause.PERSON,
            reason=command.reason,
            actor=command.actor,
            flatten=command.flatten and refused is None,
            trace_id=command.trace_id,
        )
        if refused is None or not command.flatten:
            return engaged
        return replace(engaged, not_flattened=refused.problem)

    async def vouched(self, command: ActivateKill, *, latch_id: UUID) -> Activated:
        """Stop the scope for who has shown by a signature, instead of the passcode, who asks.

        See `engage` for latch_id. Raises InvalidValue.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        return await self.engage(
            scope=Scope(tenant_id=command.tenant_id, account_id=command.account_id),
            cause=LatchCause.PERSON,
            reason=command.reason,
            actor=command.actor,
            flatten=command.flatten,
            trace_id=command.trace_id,
            latch_id=latch_id,
        )

    async def engage(
        self,
        *,
        scope: Scope,
        cause: LatchCause,
        reason: str,
        actor: str,
        flatten: bool = False,
        trace_id: str = "",
        latch_id: UUID | None = None,
    ) -> Activated:
        """Store the latch, close the barrier, and record that both are done.

        Asked again with the same latch_id, it finishes that one and engages no other, and
        a latch that was released meanwhile stays released.
        """
        desk = self.desk
        began = desk.clock.monotonic()
        if latch_id is not None:
            known = await desk.latches.find(tenant_id=scope.tenant_id, latch_id=latch_id)
            if known is not None and known.is_engaged:
                return await self._acknowledge(known, began=began)
            if known is not None:
                return Activated(latch=known, ack_ms=0.0)
        latch = Latch(
            id=latch_id if latch_id is not None else desk.new_id(),
            scope=scope,
            cause=cause,
            reason=reason,
            actor=actor,
            engaged_at=desk.clock.now(),
            flatten=flatten,
        )
        audit = desk.audit(latch, action="kill_switch.activate", actor=actor, trace_id=trace_id)
        await desk.engage(latch, audit=audit)
        return await self._acknowledge(latch, began=began)

    async def _acknowledge(self, latch: Latch, *, began: float) -> Activated:
        desk = self.desk
        await desk.barrier.close(latch.scope)
        ack_ms = (desk.clock.monotonic() - began) * 1000
        latch = replace(latch, acknowledged_at=desk.clock.now())
        await desk.update(latch, type="kill_switch.acknowledged")
        desk.wake()
        return Activated(latch=latch, ack_ms=ack_ms)

    async def halt_account(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Stop an account because something does not add up (port RaiseHalt).

        One that is stopped for that already stays so; another reason is told and audited.
        """
        await self._halt(LatchCause.RECONCILIATION, tenant_id, account_id, reason)

    async def halt_by_rule(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Stop an account because a limit was broken (port RaiseHalt), once as above."""
        await self._halt(LatchCause.RULE, tenant_id, account_id, reason)

    async def _halt(
        self, cause: LatchCause, tenant_id: UUID, account_id: UUID, reason: str
    ) -> None:
        for latch in await self.desk.latches.engaged(tenant_id=tenant_id):
            if latch.cause is cause and latch.scope.account_id == account_id:
                if latch.reason != reason[:500]:
                    await self.desk.repeat(latch, reason=reason[:500])
                return
        await self.engage(
            scope=Scope(tenant_id=tenant_id, account_id=account_id),
            cause=cause,
            reason=reason[:500],
            actor="ballast",
        )
