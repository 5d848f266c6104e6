"""Bring the latches of succession to what its state leaves of trading."""

from dataclasses import dataclass
from uuid import UUID

from application.kill_switch.lift import LiftLatches
from application.shared.asker import Asker
from application.succession.context import SuccessionContext
from domain.kill_switch.latch import LatchCause, Level
from domain.succession.plan import SuccessionState, Trading
from domain.succession.words import WORDS
from ports.halts import RaiseTenantHalt

LEVELS = {Trading.REDUCING: Level.REDUCING, Trading.HALTED: Level.HALTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleTrading:
    """Engage what the stored state asks for, or lift it: asked again it changes nothing.

    Whoever crashed between the state and the latch is made good by the next turn, and so is a
    latch that came late, after the owner's word.
    """

    context: SuccessionContext
    halt: RaiseTenantHalt
    lift: LiftLatches

    async def __call__(self, *, tenant_id: UUID, by: Asker) -> None:
        """Settle one tenant's."""
        async with self.context.changes.works.look(tenant_id) as look:
            found = await self.context.found(look)
        if found is None:
            return
        plan, clock = found
        wanted = LEVELS.get(clock.trading(plan.plan))
        if wanted is None:
            await self.lift(
                tenant_id=tenant_id,
                cause=LatchCause.SUCCESSION,
                actor=by.actor,
                trace_id=by.trace_id,
                reason=_why(clock.state),
            )
            return
        engaged = await self.lift.engaged(tenant_id=tenant_id, cause=LatchCause.SUCCESSION)
        if any(one.level in (wanted, Level.HALTED) for one in engaged):
            return
        await self.halt(
            tenant_id=tenant_id, latch_id=clock.latch_id, level=wanted, reason=WORDS[clock.state]
        )


def _why(state: SuccessionState) -> str:
    if state is SuccessionState.RELEASED:
        return "a trustee released trading after the handover"
    return "the owner was heard of"
