"""Beat for strategies: each is an agent, which lives as long as it hears signals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.agents.hear_heartbeat import HearHeartbeat
from application.strategies.keep_strategies import KIND, STRATEGIES
from domain.agents.agent import Agent, DesiredState, Heartbeat, ReportedState
from domain.shared.values import InvalidValue
from domain.strategies.strategy import Strategy
from ports.time import Clock
from ports.work import Works

# Well below what makes an agent late.
EVERY_S = 1.0
_PAGE = 1_000
_MS = 1_000


@dataclass(slots=True, kw_only=True)
class BeatForStrategies:
    """Say of every strategy that it is heard, from within the loop that hears for it.

    A loop that hangs is silent so, and its strategies count as late and then as dead. One that
    stands still beats too, as paused: that it does nothing is no fault.
    """

    works: Works
    hear: HearHeartbeat
    clock: Clock
    _last_s: float | None = field(default=None, init=False)
    # Of whom a pause is wanted, as the beat before told.
    _paused: set[UUID] = field(default_factory=set, init=False)

    async def __call__(self) -> None:
        """Beat, unless that was done a moment ago; raises StorageUnavailable, Conflict."""
        now_s = self.clock.monotonic()
        if self._last_s is not None and now_s < self._last_s + EVERY_S:
            return
        self._last_s = now_s
        # Of before the page: a strategy that is deleted meanwhile speaks no more after its end.
        at = self.clock.now()
        after: UUID | None = None
        while True:
            unread: list[UUID] = []

            def dropped(id: UUID, _: str, unread: list[UUID] = unread) -> None:
                unread.append(id)

            page = await self.works.everywhere(
                STRATEGIES, limit=_PAGE, after=after, unreadable=dropped
            )
            by_tenant: dict[UUID, list[Strategy]] = {}
            for strategy in page:
                by_tenant.setdefault(strategy.tenant_id, []).append(strategy)
            for strategies in by_tenant.values():
                await self._beat(strategies, at=at)
            seen = [*unread, *(one.id for one in page)]
            if len(seen) < _PAGE:
                return
            after = max(seen)

    async def at_once(self, strategies: Sequence[Strategy]) -> None:
        """Beat for some strategies of one tenant before their turn; raises as a beat does."""
        await self._beat(strategies, at=self.clock.now())

    async def _beat(self, strategies: Sequence[Strategy], *, at: datetime) -> None:
        """Beat for strategies of one tenant, in one change."""
        said = [(one.id, self._said(one, at=at)) for one in strategies]
        beats = {own: beat for own, beat in said if beat is not None}
        for own, heard in zip(beats, await self.hear.together([*beats.values()]), strict=True):
            if not isinstance(heard, Agent):
                continue
            if heard.desired is DesiredState.PAUSED:
                self._paused.add(own)
            else:
                self._paused.discard(own)

    def _said(self, strategy: Strategy, *, at: datetime) -> Heartbeat | None:
        acts = strategy.is_running and strategy.id not in self._paused
        try:
            return Heartbeat(
                tenant_id=strategy.tenant_id,
                agent_id=strategy.name,
                account_id=strategy.account_id,
                kind=KIND,
                at=at,
                sequence=int(at.timestamp() * _MS),
                state=ReportedState.RUNNING if acts else ReportedState.PAUSED,
                version=str(strategy.version),
            )
        except InvalidValue:
            # It was named before its name had to be an agent's.
            return None
