"""Pause a replay and let it go on."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.audit.record import Recorder
from ports.market import ReplayControl, ReplayState


class NoReplay(Exception):
    """The market is live: nobody can pause it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steerer:
    """Who steers."""

    tenant_id: UUID
    actor: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySteering:
    """Steer the replay, if prices are replayed."""

    replay: ReplayControl | None
    record: Recorder

    async def pause(self, by: Steerer) -> ReplayState:
        """Stop before the next market event; raise NoReplay, storage errors."""
        control = self._control()
        return await self._steer(by, control, action="market.replay.pause", do=control.pause)

    async def resume(self, by: Steerer) -> ReplayState:
        """Go on after a pause; raise NoReplay, storage errors."""
        control = self._control()
        return await self._steer(by, control, action="market.replay.resume", do=control.resume)

    async def _steer(
        self, by: Steerer, control: ReplayControl, *, action: str, do: Callable[[], None]
    ) -> ReplayState:
        # The replay is no row of the database: what cannot be recorded is not done.
        await self.record(
            tenant_id=by.tenant_id,
            actor=by.actor,
            action=action,
            subject="replay",
            trace_id=by.trace_id,
            before=(("state", control.state().value),),
        )
        do()
        return control.state()

    def _control(self) -> ReplayControl:
        if self.replay is None:
            raise NoReplay("the market is live, not a replay: it cannot be paused or resumed")
        return self.replay
