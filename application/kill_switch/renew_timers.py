"""Keep the venues' dead-man timers from running out while this process sends."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from application.kill_switch.accounts_at import AccountsAt
from ports.broker import DeadManTimer, Refused
from ports.time import Sleeper

# Of a third: what hangs must not hold up the next renewal.
CALL_S = 5.0
AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewTimers:
    """Renews each account's timer at a third of its time, where this process stands for it.

    A venue that cancels stops too when its timer runs out is asked only where cancel_protective
    says that these may go; the others keep what only reduces.
    """

    timers: Mapping[str, DeadManTimer]
    within_s: float
    cancel_protective: bool
    accounts: AccountsAt
    stands_for: Callable[[str], bool]
    sleeper: Sleeper
    on_failure: Callable[[str, str], None]

    async def __call__(self) -> None:
        """Run until cancelled; an orderly end takes the timers off."""
        try:
            while True:
                await self.renew(within_s=self.within_s)
                await self.sleeper.sleep(self.within_s / 3)
        except asyncio.CancelledError:
            await self.renew(within_s=0)
            raise

    async def renew(self, *, within_s: float) -> None:
        """Set every timer once, side by side."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(venue: str, account_id: str) -> None:
            async with slots:
                await self._set(venue, account_id, within_s=within_s)

        await asyncio.gather(
            *(
                one(venue, str(account_id))
                for venue, timer in self.timers.items()
                if self._may_ask(timer) and self.stands_for(venue)
                for account_id in self.accounts.at(venue)
            )
        )

    def _may_ask(self, timer: DeadManTimer) -> bool:
        return self.cancel_protective or timer.dead_man.keeps_reducing

    async def _set(self, venue: str, account_id: str, *, within_s: float) -> None:
        try:
            async with asyncio.timeout(min(CALL_S, self.within_s / 3)):
                answer = await self.timers[venue].keep_alive(
                    account_id=account_id,
                    within_s=within_s,
                    keep_reducing=not self.cancel_protective,
                )
        # Whatever it was: the other accounts are renewed, and this one is tried again.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(venue, str(problem) or type(problem).__name__)
            return
        if isinstance(answer, Refused):
            self.on_failure(venue, answer.reason)
