"""Finish what an activation began: cancel until nothing rests, flatten until flat.

All accounts of a latch are worked on side by side, and so are latches and brokers: one venue
that does not answer holds up its own accounts only, and what it takes is its own round trips.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.kill_switch.accounts_within import accounts_within
from application.kill_switch.cancel_at_venue import CancelAtVenue, VenueWork
from application.kill_switch.deps import KillContext
from application.orders.cancel import CancelOrders
from application.orders.deps import UNKNOWN_BROKER
from application.orders.flatten import Flatten
from application.orders.remote_checks import every
from domain.accounts.account import Account
from domain.kill_switch.latch import Latch
from domain.kill_switch.venue import LatchVenue
from ports.accounts import AccountDirectory
from ports.broker import BrokerUnavailable
from ports.storage import StorageUnavailable
from ports.streams import Wakeup

# A venue is looked at so soon after it was asked, then twice as long after, up to the last.
FIRST_LOOK_S = 0.05
RETRY_S = 1.0
# A venue that answers and takes nothing back for so long is told of as one that does not answer.
STUCK_S = 10.0


class StillOpen(Exception):
    """A venue answers, and what a stop takes back rests there all the same."""


@dataclass(slots=True)
class _Stop:
    """One latch in work, and how far each broker's accounts are as of their latest look."""

    latch: Latch
    accounts: Sequence[Account] = ()
    canceled: set[str] = field(default_factory=set)
    flat: set[str] = field(default_factory=set)
    work: dict[str, VenueWork] = field(default_factory=dict)

    def at(self, broker: str) -> VenueWork:
        """Return what is worked on at a broker, as of now."""
        work = self.work.get(broker)
        if work is None:
            venue = LatchVenue(
                latch_id=self.latch.id, tenant_id=self.latch.scope.tenant_id, broker=broker
            )
            work = self.work[broker] = VenueWork(latch=self.latch, venue=venue)
        work.latch = self.latch
        work.accounts = [account for account in self.accounts if account.broker == broker]
        return work

    @property
    def brokers(self) -> frozenset[str]:
        """Where there are accounts of it."""
        return frozenset(account.broker for account in self.accounts)


async def _nobody(latch: Latch, broker: str, problem: Exception | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishKill:
    """Work on engaged latches until their venues say that it is done."""

    context: KillContext
    directory: AccountDirectory
    cancel: CancelOrders
    flatten: Flatten
    wakeup: Wakeup
    on_failure: Callable[[Latch, Exception], None]
    # Whether a broker is ours to work at; others tell by what is stored how far theirs are.
    mine: Callable[[str], bool] = every
    # Hears of each venue's look: what kept it from being worked at, None where nothing did.
    escalate: Callable[[Latch, str, Exception | None], Awaitable[None]] = _nobody
    _stops: dict[UUID, _Stop] = field(default_factory=dict, init=False)
    # What is worked at of which latch, and where more has come up meanwhile.
    _busy: set[tuple[UUID, str]] = field(default_factory=set, init=False)

    async def __call__(self) -> None:
        """Run until cancelled; an unreachable venue leaves the latch unfinished and alarms."""
        # What was begun in an earlier run was cancelled with it.
        self._busy.clear()
        pause_s, known = FIRST_LOOK_S, set(self._stops)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._begin(group)
                    if self._stops.keys() - known:
                        pause_s = FIRST_LOOK_S
                    known = set(self._stops)
                    await self.wakeup.wait(timeout_s=pause_s if known else RETRY_S)
                    pause_s = min(2 * pause_s, RETRY_S)
        except ExceptionGroup as met:
            raise met.exceptions[0] from met

    async def round(self) -> None:
        """Move every unfinished latch one step on, and return when it is done."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        """Have work begin on every latch at every broker where it is not worked on."""
        try:
            unfinished = await self.context.latches.unfinished()
        except StorageUnavailable:
            return
        for gone in self._stops.keys() - {latch.id for latch in unfinished}:
            del self._stops[gone]
        met = await asyncio.gather(*(self._met(latch) for latch in unfinished))
        for stop in (one for one in met if one is not None):
            for broker in sorted(filter(self.mine, stop.brokers)):
                if (stop.latch.id, broker) not in self._busy:
                    self._busy.add((stop.latch.id, broker))
                    group.create_task(self._work(stop, broker))

    async def _met(self, latch: Latch) -> _Stop | None:
        """Return what there is to do of a latch, once no send is on its way any more."""
        try:
            accounts = await accounts_within(
                latch.scope, directory=self.directory, brokers=self._brokers
            )
            # A rule's halt is acknowledged here: its latch was stored with the denied order.
            if latch.canceled_at is None and latch.acknowledged_at is None:
                await self.context.barrier.close(latch.scope)
                latch = replace(latch, acknowledged_at=self.context.clock.now())
                await self.context.update(latch, type="kill_switch.acknowledged")
            stop = self._stops.setdefault(latch.id, _Stop(latch))
            stop.latch, stop.accounts = _latest(latch, stop.latch), accounts
            if not stop.brokers:
                await self._told_canceled(stop)
                await self._told_flat(stop)
            return stop
        # Whatever it was: what cannot be finished must not keep the others from stopping.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(latch, problem)
            return None

    @property
    def _brokers(self) -> Mapping[str, object]:
        return self.cancel.context.brokers

    async def _work(self, stop: _Stop, broker: str) -> None:
        """Move a latch on at one broker, as far as it goes now."""
        met: Exception | None = None
        try:
            await self._advance(stop, broker=broker)
            met = self._stuck(stop, broker=broker)
        # The other latches and brokers must not suffer for it.
        except Exception as problem:  # noqa: BLE001
            met = problem
            self.on_failure(stop.latch, problem)
        finally:
            self._busy.discard((stop.latch.id, broker))
        try:
            await self.escalate(stop.latch, broker, met)
        # It is tried again with the next look.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(stop.latch, problem)

    async def _advance(self, stop: _Stop, *, broker: str) -> None:
        if broker not in self._brokers:
            raise BrokerUnavailable(UNKNOWN_BROKER.format(broker))
        work = stop.at(broker)
        if stop.latch.canceled_at is None:
            stop.canceled.discard(broker)
            if not await self._all_canceled(stop, work):
                return
            stop.canceled.add(broker)
            await self._told_canceled(stop)
        # Positions here need not wait for what still rests elsewhere.
        if stop.latch.flatten and stop.latch.flat_at is None:
            stop.flat.discard(broker)
            symbol = stop.latch.scope.symbol
            if await each(work.accounts, lambda one: self.flatten(account=one, symbol=symbol)):
                stop.flat.add(broker)
                work.venue = replace(work.venue, flat_at=self.context.clock.now())
                await self._reached(work)
                await self._told_flat(stop)

    def _stuck(self, stop: _Stop, *, broker: str) -> StillOpen | None:
        """Return what is to be told of a venue that answers and does not go on, None of others."""
        work = stop.work.get(broker)
        if work is None or work.left is None or broker in stop.canceled:
            return None
        if self.context.clock.monotonic() - work.left_since_s < STUCK_S:
            return None
        return StillOpen(
            f"it answers, and for {STUCK_S:g} s nothing more was taken back;"
            f" still open in our books: {work.left}"
        )

    async def _all_canceled(self, stop: _Stop, work: VenueWork) -> bool:
        """Ask for every cancel once more; tell whether nothing rests any more."""
        cancel = CancelAtVenue(context=self.context, cancel=self.cancel)
        try:
            return await cancel(work)
        finally:
            # Those of a round are asked for once, whatever another account met.
            asked, work.asked = work.asked, 0
            await self._reached(work)
            if asked:
                counted = stop.latch.orders_cancelled + asked
                stop.latch = replace(stop.latch, orders_cancelled=counted)
                await self.context.update(stop.latch, type="kill_switch.canceling")

    async def _reached(self, work: VenueWork) -> None:
        """Store how far the venue is, where that is further than before."""
        if work.venue != work.stored:
            await self.context.latches.reach(work.venue)
            work.stored = work.venue

    async def _elsewhere(self, stop: _Stop) -> Mapping[str, LatchVenue]:
        """Return how far the brokers are that others work at."""
        if all(map(self.mine, stop.brokers)):
            return {}
        scope = stop.latch.scope
        found = await self.context.latches.venues(
            tenant_id=scope.tenant_id, latch_ids=[stop.latch.id]
        )
        return {one.broker: one for one in found if not self.mine(one.broker)}

    async def _told_canceled(self, stop: _Stop) -> None:
        others = await self._elsewhere(stop)
        there = {name for name, one in others.items() if one.canceled_at is not None}
        if stop.latch.canceled_at is None and stop.brokers <= stop.canceled | there:
            at = self.context.clock.now()
            await self._reach(stop, replace(stop.latch, canceled_at=at), type="canceled")
            # A broker that was flat before has told so already.
            await self._told_flat(stop)

    async def _told_flat(self, stop: _Stop) -> None:
        latch = stop.latch
        if not latch.flatten or latch.canceled_at is None or latch.flat_at is not None:
            return
        others = await self._elsewhere(stop)
        there = {name for name, one in others.items() if one.flat_at is not None}
        if stop.brokers <= stop.flat | there:
            at = self.context.clock.now()
            await self._reach(stop, replace(latch, flat_at=at), type="flat")

    async def _reach(self, stop: _Stop, latch: Latch, *, type: str) -> None:
        """Store a stage, once: work at other brokers goes on meanwhile."""
        before, stop.latch = stop.latch, latch
        try:
            await self.context.update(latch, type=f"kill_switch.{type}")
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


async def each(accounts: Iterable[Account], work: Callable[[Account], Awaitable[bool]]) -> bool:
    """Do the work for every account at once; raise at last what one of them met."""
    done = await asyncio.gather(*(work(one) for one in accounts), return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return all(done)
