"""Finish what an activation began: cancel until nothing rests, flatten until flat."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from application.kill_switch.deps import KillDesk
from application.orders.cancel import CancelOrders
from application.orders.commands import Asker
from application.orders.flatten import Flatten
from domain.accounts.account import Account
from domain.kill_switch.latch import Latch
from domain.orders.order import Order
from ports.accounts import AccountDirectory
from ports.storage import StorageUnavailable
from ports.streams import Wakeup

RETRY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishKill:
    """Work on engaged latches until their venues say that it is done."""

    desk: KillDesk
    directory: AccountDirectory
    cancel: CancelOrders
    flatten: Flatten
    wakeup: Wakeup
    on_failure: Callable[[Latch, Exception], None]

    async def __call__(self) -> None:
        """Run until cancelled; an unreachable venue leaves the latch unfinished and alarms."""
        while True:
            await self.round()
            await self.wakeup.wait(timeout_s=RETRY_S)

    async def round(self) -> None:
        """Move every unfinished latch one step on."""
        try:
            unfinished = await self.desk.latches.unfinished()
        except StorageUnavailable:
            return
        for latch in unfinished:
            try:
                await self._advance(latch)
            # Whatever it was: what cannot be finished must not keep the others from stopping.
            except Exception as problem:  # noqa: BLE001
                self.on_failure(latch, problem)

    async def _advance(self, latch: Latch) -> None:
        accounts = await self._accounts(latch)
        if latch.canceled_at is None:
            # A rule's halt is acknowledged here: its latch was stored with the denied order.
            if latch.acknowledged_at is None:
                await self.desk.barrier.close(latch.scope)
                latch = replace(latch, acknowledged_at=self.desk.clock.now())
                await self.desk.update(latch, type="kill_switch.acknowledged")
            latch, is_done = await self._all_canceled(latch, accounts=accounts)
            if not is_done:
                return
            latch = replace(latch, canceled_at=self.desk.clock.now())
            await self.desk.update(latch, type="kill_switch.canceled")
        if latch.flatten and latch.flat_at is None and await self._all_flat(accounts):
            latch = replace(latch, flat_at=self.desk.clock.now())
            await self.desk.update(latch, type="kill_switch.flat")

    async def _accounts(self, latch: Latch) -> tuple[Account, ...]:
        every = await self.directory.accounts(tenant_id=latch.scope.tenant_id)
        return tuple(account for account in every if latch.scope.account_id in (None, account.id))

    async def _all_canceled(
        self, latch: Latch, *, accounts: tuple[Account, ...]
    ) -> tuple[Latch, bool]:
        """Return the latch with what was asked for by now, and whether nothing rests any more."""
        asker = Asker(tenant_id=latch.scope.tenant_id, actor=latch.actor)
        asked = 0

        async def canceled(account: Account) -> bool:
            nonlocal asked
            found = await self.cancel.all(
                asker=asker,
                account_ids=[account.id],
                reason=f"kill switch: {latch.reason}",
            )
            asked += len(found.orders)
            return not await self.flatten.resting(account=account, besides=_is_flattening)

        try:
            is_done = await _each(accounts, canceled)
        finally:
            # Those of a round are asked for once, whatever another account met.
            if asked:
                latch = replace(latch, orders_cancelled=latch.orders_cancelled + asked)
                await self.desk.update(latch, type="kill_switch.canceling")
        return latch, is_done

    async def _all_flat(self, accounts: tuple[Account, ...]) -> bool:
        async def flat(account: Account) -> bool:
            return await self.flatten(account=account)

        return await _each(accounts, flat)


async def _each(accounts: tuple[Account, ...], work: Callable[[Account], Awaitable[bool]]) -> bool:
    """Do the work for every account, whatever one of them meets; raise what one met at last."""
    done = True
    met: Exception | None = None
    for account in accounts:
        try:
            done = await work(account) and done
        # The other accounts of a latch must be stopped all the same.
        except Exception as problem:  # noqa: BLE001
            met = problem
    if met is not None:
        raise met
    return done


def _is_flattening(order: Order) -> bool:
    return order.may_pass_halt
