"""Finish what an activation began: cancel until nothing rests, flatten until flat.

Each broker's accounts are worked on in turn, beside those of the other brokers: one that does
not answer holds up its own accounts, and neither another broker's nor another latch's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

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


@dataclass(slots=True)
class _Stop:
    """One latch in work, and how far each broker's accounts are as of their latest look."""

    latch: Latch
    brokers: frozenset[str]
    canceled: set[str] = field(default_factory=set)
    flat: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishKill:
    """Work on engaged latches until their venues say that it is done."""

    desk: KillDesk
    directory: AccountDirectory
    cancel: CancelOrders
    flatten: Flatten
    wakeup: Wakeup
    on_failure: Callable[[Latch, Exception], None]
    _stops: dict[UUID, _Stop] = field(default_factory=dict, init=False)
    # The brokers that are worked at, and those where more has come up meanwhile.
    _busy: set[str] = field(default_factory=set, init=False)
    _missed: set[str] = field(default_factory=set, init=False)

    async def __call__(self) -> None:
        """Run until cancelled; an unreachable venue leaves the latch unfinished and alarms."""
        # What was begun in an earlier run was cancelled with it.
        self._busy.clear()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._begin(group)
                    await self.wakeup.wait(timeout_s=RETRY_S)
        except ExceptionGroup as met:
            raise met.exceptions[0] from met

    async def round(self) -> None:
        """Move every unfinished latch one step on, and return when it is done."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        """Have work begin at every broker that has any and is not worked at."""
        try:
            unfinished = await self.desk.latches.unfinished()
        except StorageUnavailable:
            return
        for gone in self._stops.keys() - {latch.id for latch in unfinished}:
            del self._stops[gone]
        work: dict[str, list[tuple[_Stop, list[Account]]]] = {}
        met = await asyncio.gather(*(self._met(latch) for latch in unfinished))
        for stop, accounts in (one for one in met if one is not None):
            for broker in sorted(stop.brokers):
                at_broker = [account for account in accounts if account.broker == broker]
                work.setdefault(broker, []).append((stop, at_broker))
        self._missed.update(self._busy & work.keys())
        for broker in sorted(work.keys() - self._busy):
            self._busy.add(broker)
            group.create_task(self._work(broker, work[broker]))

    async def _met(self, latch: Latch) -> tuple[_Stop, Sequence[Account]] | None:
        """Return what there is to do of a latch, once no send is on its way any more."""
        try:
            accounts = await self._accounts(latch)
            # A rule's halt is acknowledged here: its latch was stored with the denied order.
            if latch.canceled_at is None and latch.acknowledged_at is None:
                await self.desk.barrier.close(latch.scope)
                latch = replace(latch, acknowledged_at=self.desk.clock.now())
                await self.desk.update(latch, type="kill_switch.acknowledged")
            brokers = frozenset(account.broker for account in accounts)
            stop = self._stops.setdefault(latch.id, _Stop(latch, brokers))
            stop.latch, stop.brokers = _latest(latch, stop.latch), brokers
            if not brokers:
                await self._told_canceled(stop)
                await self._told_flat(stop)
            return stop, accounts
        # Whatever it was: what cannot be finished must not keep the others from stopping.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(latch, problem)
            return None

    async def _accounts(self, latch: Latch) -> Sequence[Account]:
        every = await self.directory.accounts(tenant_id=latch.scope.tenant_id)
        return [account for account in every if latch.scope.account_id in (None, account.id)]

    async def _work(self, broker: str, work: Iterable[tuple[_Stop, list[Account]]]) -> None:
        """Move the latches on at one broker, each as far as it goes now."""
        try:
            for stop, accounts in work:
                try:
                    await self._advance(stop, broker=broker, accounts=accounts)
                # The other latches of the broker must not suffer for it.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(stop.latch, problem)
        finally:
            self._busy.discard(broker)
            if broker in self._missed:
                self._missed.discard(broker)
                self.wakeup.set()

    async def _advance(self, stop: _Stop, *, broker: str, accounts: list[Account]) -> None:
        if stop.latch.canceled_at is None:
            stop.canceled.discard(broker)
            if not await self._all_canceled(stop, accounts=accounts):
                return
            stop.canceled.add(broker)
            await self._told_canceled(stop)
        # Positions here need not wait for what still rests elsewhere.
        if stop.latch.flatten and stop.latch.flat_at is None:
            stop.flat.discard(broker)
            if await _each(accounts, lambda account: self.flatten(account=account)):
                stop.flat.add(broker)
                await self._told_flat(stop)

    async def _all_canceled(self, stop: _Stop, *, accounts: list[Account]) -> bool:
        """Ask for every cancel once more; tell whether nothing rests any more."""
        latch = stop.latch
        asker = Asker(tenant_id=latch.scope.tenant_id, actor=latch.actor)
        asked = 0

        async def canceled(account: Account) -> bool:
            nonlocal asked
            found = await self.cancel.all(
                asker=asker,
                account_ids=[account.id],
                reason=f"kill switch: {latch.reason}",
                closing_too=False,
            )
            asked += len(found.orders)
            return not await self.flatten.resting(account=account, besides=_is_flattening)

        try:
            return await _each(accounts, canceled)
        finally:
            # Those of a round are asked for once, whatever another account met.
            if asked:
                counted = stop.latch.orders_cancelled + asked
                stop.latch = replace(stop.latch, orders_cancelled=counted)
                await self.desk.update(stop.latch, type="kill_switch.canceling")

    async def _told_canceled(self, stop: _Stop) -> None:
        if stop.latch.canceled_at is None and stop.brokers <= stop.canceled:
            at = self.desk.clock.now()
            await self._reach(stop, replace(stop.latch, canceled_at=at), type="canceled")
            # A broker that was flat before has told so already.
            await self._told_flat(stop)

    async def _told_flat(self, stop: _Stop) -> None:
        latch = stop.latch
        if not latch.flatten or latch.canceled_at is None or latch.flat_at is not None:
            return
        if stop.brokers <= stop.flat:
            at = self.desk.clock.now()
            await self._reach(stop, replace(latch, flat_at=at), type="flat")

    async def _reach(self, stop: _Stop, latch: Latch, *, type: str) -> None:
        """Store a stage, once: work at other brokers goes on meanwhile."""
        before, stop.latch = stop.latch, latch
        try:
            await self.desk.update(latch, type=f"kill_switch.{type}")
        except BaseException:
            # It is told again when the next look finds it so.
            stop.latch = before
            raise


def _latest(stored: Latch, known: Latch) -> Latch:
    """Return the latch as stored, with what is being stored right now."""
    return replace(
        stored,
        canceled_at=stored.canceled_at or known.canceled_at,
        flat_at=stored.flat_at or known.flat_at,
        orders_cancelled=max(stored.orders_cancelled, known.orders_cancelled),
    )


async def _each(accounts: Iterable[Account], work: Callable[[Account], Awaitable[bool]]) -> bool:
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
