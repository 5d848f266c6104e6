"""Act on a stop that was heard without storage: hold sends at once, cancel at the venues."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.cancel_resting import AccountOrders, CancelResting, VenueProgress
from application.kill_switch.held_stops import HeldStops
from domain.kill_switch.latch import Latch, Level, Target
from ports.stops import RestingOrder, StopFiles, StopNotKept
from ports.streams import Wakeup


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStop:
    """Hold a stop in this process; its cancels run behind, by `run`, until storage has it."""

    stops: HeldStops
    files: StopFiles
    accounts: AccountsAt
    cancel: CancelResting
    wakeup: Wakeup
    # Storage's own word, where it has one at once: what it has stored is its to enforce, and may
    # have been released since.
    is_stored: Callable[[Latch], Awaitable[bool]]
    # Told when the latch could not be kept on the volume: the halt stands all the same.
    on_problem: Callable[[Latch, Exception], None]
    # Held and looked at: their cancels may begin.
    _taken: set[UUID] = field(default_factory=set, init=False)
    _progress: dict[UUID, dict[str, VenueProgress]] = field(default_factory=dict, init=False)

    async def __call__(self, latch: Latch) -> None:
        """Return once no send of this process begins any more and the latch is kept."""
        self.stops.hold(latch)
        if await self.is_stored(latch):
            self.stops.let_go(latch.id)
            return
        self._taken.add(latch.id)
        self.wakeup.set()
        try:
            await self.files.keep(latch)
        except StopNotKept as problem:
            self.on_problem(latch, problem)

    async def run(self) -> None:
        """Cancel what held stops cover, venue by venue side by side, until cancelled."""
        self._progress.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                held = {one.id: one for one in self.stops.latches if one.id in self._taken}
                self._taken.intersection_update(held)
                for gone in self._progress.keys() - held.keys():
                    del self._progress[gone]
                for latch_id in held.keys() - self._progress.keys():
                    self._begin(held[latch_id], group=group)
                await self.wakeup.wait(timeout_s=1.0)

    def progress(self, latch_id: UUID) -> dict[str, VenueProgress]:
        """Return how far the cancels of a held stop are, by venue."""
        return dict(self._progress.get(latch_id, {}))

    def _begin(self, latch: Latch, *, group: asyncio.TaskGroup) -> None:
        progress = self._progress[latch.id] = {}
        for venue in self.cancel.venues:
            covered = [
                AccountOrders(
                    account_id=str(account_id),
                    wanted=self._wanted(
                        latch, tenant_id=tenant_id, account_id=account_id, broker=venue
                    ),
                    whole=latch.level is Level.HALTED and latch.scope.holds_accounts,
                )
                for account_id, tenant_id in self.accounts.at(venue).items()
                if latch.scope.reaches(tenant_id=tenant_id, account_id=account_id, broker=venue)
            ]
            if not covered:
                continue
            progress[venue] = VenueProgress()
            group.create_task(
                self.cancel.at(
                    venue,
                    accounts=covered,
                    progress=progress[venue],
                    # What storage has is finished by whoever finishes latches.
                    go_on=lambda: self.stops.holds(latch.id),
                )
            )

    def _wanted(
        self, latch: Latch, *, tenant_id: UUID, account_id: UUID, broker: str
    ) -> Callable[[RestingOrder], bool]:
        def wanted(order: RestingOrder) -> bool:
            if latch.level is Level.REDUCING and order.reduce_only:
                return False
            target = Target(
                tenant_id=tenant_id,
                account_id=account_id,
                broker=broker,
                symbol=order.symbol,
                # A venue knows no strategy: one order too many goes, and none too few.
                strategy_id=latch.scope.strategy_id,
            )
            return latch.scope.covers(target)

        return wanted
