"""Stop trading: latch first, then wait until no send is on its way."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import Activated, ActivateKill, PasscodeRefused
from application.kill_switch.deps import KillContext
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope, ScopeKind
from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate:
    """Engage a latch and acknowledge it once nothing can leave any more."""

    context: KillContext
    passcode: CheckPasscode

    async def __call__(self, command: ActivateKill) -> Activated | PasscodeRefused:
        """Stop the scope. Stopping what is stopped already adds a latch and is as safe.

        A passcode that is missing keeps nothing but the flattening from happening, a wrong one
        everything. Raises InvalidValue.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        scope, refused = command.scope, None
        if command.flatten or command.passcode is not None:
            refused = await self.passcode.for_activation(
                tenant_id=command.tenant_id,
                given=command.passcode,
                actor=command.actor,
                trace_id=command.trace_id,
            )
        if refused is not None and refused.is_wrong:
            return refused
        problem = _not_flattened(scope, refused=refused) if command.flatten else None
        engaged = await self.engage(
            scope=scope,
            cause=LatchCause.PERSON,
            reason=command.reason,
            actor=command.actor,
            level=command.level,
            flatten=command.flatten and problem is None,
            trace_id=command.trace_id,
        )
        return engaged if problem is None else replace(engaged, not_flattened=problem)

    async def vouched(self, command: ActivateKill, *, latch_id: UUID) -> Activated:
        """Stop the scope for who has shown by a signature, instead of the passcode, who asks.

        See `engage` for latch_id. Raises InvalidValue.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        problem = _not_flattened(command.scope, refused=None) if command.flatten else None
        engaged = await self.engage(
            scope=command.scope,
            cause=LatchCause.PERSON,
            reason=command.reason,
            actor=command.actor,
            level=command.level,
            flatten=command.flatten and problem is None,
            trace_id=command.trace_id,
            latch_id=latch_id,
        )
        return engaged if problem is None else replace(engaged, not_flattened=problem)

    async def engage(
        self,
        *,
        scope: Scope,
        cause: LatchCause,
        reason: str,
        actor: str,
        level: Level = Level.HALTED,
        flatten: bool = False,
        trace_id: str = "",
        latch_id: UUID | None = None,
    ) -> Activated:
        """Store the latch, close the barrier, and record that both are done.

        Asked again with the same latch_id, it finishes that one and engages no other, and
        a latch that was released meanwhile stays released.
        """
        context = self.context
        began = context.clock.monotonic()
        if latch_id is not None:
            known = await context.latches.find(tenant_id=scope.tenant_id, latch_id=latch_id)
            if known is not None and known.is_engaged:
                return await self._acknowledge(known, began=began)
            if known is not None:
                return Activated(latch=known, ack_ms=0.0)
        latch = Latch(
            id=latch_id if latch_id is not None else context.new_id(),
            scope=scope,
            cause=cause,
            reason=reason,
            actor=actor,
            engaged_at=context.clock.now(),
            flatten=flatten,
            level=level,
        )
        audit = context.audit(latch, action="kill_switch.activate", actor=actor, trace_id=trace_id)
        await context.engage(latch, audit=audit)
        return await self._acknowledge(latch, began=began)

    async def _acknowledge(self, latch: Latch, *, began: float) -> Activated:
        context = self.context
        await context.barrier.close(latch.scope)
        ack_ms = (context.clock.monotonic() - began) * 1000
        latch = replace(latch, acknowledged_at=context.clock.now())
        await context.update(latch, type="kill_switch.acknowledged")
        context.wake()
        return Activated(latch=latch, ack_ms=ack_ms)

    async def halt_account(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Stop an account because something does not add up (port RaiseHalt).

        One that is stopped for that already stays so; another reason is told and audited.
        """
        await self._halt(
            LatchCause.RECONCILIATION, Scope(tenant_id=tenant_id, account_id=account_id), reason
        )

    async def halt_by_rule(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Stop an account because a limit was broken (port RaiseHalt), once as above."""
        await self._halt(LatchCause.RULE, Scope(tenant_id=tenant_id, account_id=account_id), reason)

    async def halt_by_link(self, *, tenant_id: UUID, broker: str, reason: str) -> None:
        """Let a tenant's accounts at a broker do no more than reduce: its link is lost.

        One that is stopped for that already stays so, however long and whoever looks.
        """
        scope, cause = Scope(tenant_id=tenant_id, broker=broker), LatchCause.BROKER_LINK
        for latch in await self.context.latches.engaged(tenant_id=tenant_id):
            if latch.cause is cause and latch.scope == scope:
                return
        await self.engage(
            scope=scope, cause=cause, reason=reason[:500], actor="ballast", level=Level.REDUCING
        )

    async def halt_by_succession(
        self, *, tenant_id: UUID, latch_id: UUID, level: Level, reason: str
    ) -> None:
        """Stop a tenant whose owners have fallen silent (port RaiseTenantHalt)."""
        await self.engage(
            scope=Scope(tenant_id=tenant_id),
            cause=LatchCause.SUCCESSION,
            reason=reason[:500],
            actor="ballast",
            level=level,
            latch_id=latch_id,
        )

    async def _halt(self, cause: LatchCause, scope: Scope, reason: str) -> None:
        for latch in await self.context.latches.engaged(tenant_id=scope.tenant_id):
            same = latch.cause is cause and latch.scope == scope
            # One that lets through what reduces does not stop what this must stop.
            if same and latch.level is Level.HALTED:
                if latch.reason != reason[:500]:
                    await self.context.repeat(latch, reason=reason[:500])
                return
        await self.engage(scope=scope, cause=cause, reason=reason[:500], actor="ballast")


def _not_flattened(scope: Scope, *, refused: PasscodeRefused | None) -> str | None:
    """Say why a flattening that was asked for is not begun, None where it is."""
    if scope.kind is ScopeKind.STRATEGY:
        return (
            "positions are kept by account and symbol, and those of several strategies net in one:"
            " none is a strategy's own. Flatten an account or a symbol"
        )
    if refused is not None:
        return refused.problem
    return None
