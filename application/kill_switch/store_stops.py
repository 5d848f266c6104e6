"""Store the stops that were kept while storage was away, and let nothing leave before."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from application.kill_switch.deps import KillContext
from application.kill_switch.held_stops import HeldStops
from application.kill_switch.send_gate import SendGate
from application.kill_switch.take_stop import TakeStop
from domain.kill_switch.latch import Latch
from ports.stops import StopChannel, StopFiles, StopNotKept
from ports.storage import ConstraintBroken, StorageUnavailable
from ports.streams import Wakeup

ROUND_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStops:
    """Bring every stop of the files into storage; what is there already is only forgotten."""

    context: KillContext
    files: StopFiles
    stops: HeldStops
    channel: StopChannel
    wakeup: Wakeup
    on_failure: Callable[[Exception], None]

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                await self.round()
            except (StorageUnavailable, StopNotKept) as problem:
                self.on_failure(problem)
            await self.wakeup.wait(timeout_s=ROUND_S)

    async def round(self) -> None:
        """Store all that is kept now; raises StorageUnavailable, StopNotKept."""
        kept = {latch.id: latch for latch in (*self.stops.latches, *await self.files.kept())}
        for latch in kept.values():
            await self._store(latch)

    async def _store(self, latch: Latch) -> None:
        context = self.context
        known = await context.latches.find(tenant_id=latch.scope.tenant_id, latch_id=latch.id)
        if known is None:
            audit = context.audit(
                latch, action="kill_switch.activate", actor=latch.actor, trace_id=""
            )
            detail = (*audit.detail, ("kept_since", latch.engaged_at.isoformat()))
            # Under the latch's own id: of two processes that keep it, one stores it.
            with contextlib.suppress(ConstraintBroken):
                await context.engage(latch, audit=replace(audit, id=latch.id, detail=detail))
            known = latch
        if known.is_engaged and known.acknowledged_at is None:
            await context.barrier.close(latch.scope)
            known = replace(known, acknowledged_at=context.clock.now())
            await context.update(known, type="kill_switch.acknowledged")
        await self.files.forget(latch.id)
        await self.channel.stored(latch.id)
        # Last: a send that entered before it was stored has left, or was told to stay.
        self.stops.let_go(latch.id)
        context.wake()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGate:
    """Let sends begin once the stops of the files are stored and every process was asked."""

    gate: SendGate
    store: StoreStops
    take: TakeStop
    channel: StopChannel

    async def reach(self) -> None:
        """Return if storage answers; raises StorageUnavailable."""
        await self.store.context.latches.unfinished()

    async def look(self) -> bool:
        """Ask once; tell whether sends may begin. Raises StorageUnavailable, StopNotKept."""
        if self.gate.is_open():
            return True
        turn = self.gate.turn
        told = await self.channel.ask()
        for latch in told.latches:
            await self.take(latch)
        await self.store.round()
        if told.silent:
            names = ", ".join(told.silent)
            self.gate.say(f"not every process said which stops it keeps: {names}")
            return False
        return self.gate.open(turn=turn)
