"""Stop what is traded at a broker whose link has been lost: only what reduces goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.activate import Activate
from domain.kill_switch.link_loss import LinkLoss
from ports.time import Clock, Sleeper

LOST_S = 30.0
LOOK_S = 1.0
# Two looks: longer than that a look takes only where this process stood still.
_STEP_S_MAX = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchLinks:
    """Latches each tenant at a broker that has answered nothing for 30 s, once for each loss.

    A process that stands by counts too, so that one that takes over need not begin anew; the
    latch is engaged by whoever sends to the broker, and one that is engaged already is as good.
    What was sent before may rest there and fill unseen, so that a person looks before new
    positions are opened: an answer of the broker's ends the count and never the latch.
    """

    # By broker: when it last answered anything, by the monotonic clock, None before the first.
    answered: Mapping[str, Callable[[], float | None]]
    stands_for: Callable[[str], bool]
    accounts: AccountsAt
    activate: Activate
    clock: Clock
    sleeper: Sleeper
    on_lost: Callable[[str, str], None]
    on_failure: Callable[[str, Exception], None]
    _losses: dict[str, LinkLoss] = field(default_factory=dict, init=False)
    _told: dict[str, set[UUID]] = field(default_factory=dict, init=False)

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            await self.look()
            await self.sleeper.sleep(LOOK_S)

    async def look(self) -> None:
        """Look at every link once."""
        now_s = self.clock.monotonic()
        for broker, answered in self.answered.items():
            loss = self._losses.get(broker)
            if loss is None:
                loss = self._losses[broker] = LinkLoss(lost_after_s=LOST_S, step_s_max=_STEP_S_MAX)
            if not loss.look(answered_at_s=answered(), now_s=now_s):
                self._told.pop(broker, None)
            elif self.stands_for(broker):
                await self._stop(broker, lost_s=loss.lost_s)

    async def _stop(self, broker: str, *, lost_s: float) -> None:
        """Latch each tenant there that was not yet; one that fails is tried with the next look."""
        told = self._told.setdefault(broker, set())
        since = (self.clock.now() - timedelta(seconds=lost_s)).isoformat(timespec="seconds")
        reason = f"the link to {broker} has been lost since {since}"
        for tenant_id in sorted(set(self.accounts.at(broker).values()) - told):
            try:
                await self.activate.halt_by_link(tenant_id=tenant_id, broker=broker, reason=reason)
            # Whatever it was: the other tenants must be stopped all the same.
            except Exception as problem:  # noqa: BLE001
                self.on_failure(broker, problem)
                continue
            told.add(tenant_id)
            self.on_lost(broker, reason)
