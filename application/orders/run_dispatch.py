"""Keep the dispatcher going: accounts side by side, each account's orders in turn.

Each account has a lane of its own, and each broker a number of lanes: a call that hangs
holds up its own account only, and a broker that hangs holds up no other broker. What is in
doubt is read back in lanes apart from those that send.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.orders.deps import OrderDesk
from application.orders.dispatch import Dispatch
from application.orders.lanes import Lanes
from application.orders.resolve_unknown import Resolution, ResolveUnknown
from application.orders.send_again import SendAgain
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.leases import Lease
from ports.orders import OpenWork, OrderWork
from ports.storage import StorageUnavailable
from ports.streams import Wakeup

BATCH = 500
POLL_S = 1.0
# A send that has no answer after this is read back; a live one has settled long before.
IN_FLIGHT_S = 5.0
# So often at most so many orders in doubt are read back, each in its turn.
READ_BACK_EVERY_S = 0.5
READ_BACK = 100


@dataclass(slots=True, kw_only=True)
class RunDispatch:
    """Find work, do it, read back what is in doubt; until cancelled."""

    desk: OrderDesk
    work: OrderWork
    dispatch: Dispatch
    resolve: ResolveUnknown
    wakeup: Wakeup
    lease: Lease
    # Whether the start-up reconciliation has passed: nothing is sent before.
    is_open: Callable[[], bool]
    on_failure: Callable[[OpenWork, Exception], None]
    # At each broker.
    accounts_at_once: int = 32
    _send_again: SendAgain = field(init=False)
    _sending: Lanes = field(init=False)
    _reading: Lanes = field(init=False)
    _read_at_s: float | None = field(default=None, init=False)
    _read_up_to: UUID | None = field(default=None, init=False)
    _finishing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._send_again = SendAgain(dispatch=self.dispatch)
        self._open_lanes()

    def _open_lanes(self) -> None:
        self._sending = Lanes(per_broker=self.accounts_at_once)
        self._reading = Lanes(per_broker=self.accounts_at_once)

    async def __call__(self) -> None:
        """Run until cancelled or finished; a failure of one order never stops the others."""
        # Whoever was cancelled before it began has left its lane taken.
        self._open_lanes()
        met: Exception | None = None
        async with asyncio.TaskGroup() as group:
            while not self._finishing and met is None:
                try:
                    if self.is_open() and self.lease.is_held():
                        await self._begin(group)
                    await self.wakeup.wait(timeout_s=POLL_S)
                # Told once the sends in hand have ended: none of them is cut short for it.
                except Exception as problem:  # noqa: BLE001
                    met = problem
        if met is not None:
            raise met

    def finish(self) -> None:
        """End after the sends in hand; what was not begun stays for the next start."""
        self._finishing = True
        self.wakeup.set()

    async def round(self) -> None:
        """Do everything that waits now, once, and return when it is done."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        """Give a lane to all that waits and can have one now."""
        try:
            await self._begin_sending(group)
            await self._begin_reading(group)
        except StorageUnavailable:
            return

    async def _begin_sending(self, group: asyncio.TaskGroup) -> None:
        lanes = self._sending
        found = await self.work.pending(limit=BATCH)
        while found:
            self._take(group, lanes=lanes, found=found, do=self.dispatch)
            if len(found) < BATCH:
                return
            # More waits than was read: whoever's lane ends looks again. And one account's
            # thousand orders must not keep the others' from being seen.
            lanes.want_more()
            found = await self.work.pending(
                limit=BATCH, besides=lanes.accounts(), besides_brokers=lanes.full_brokers()
            )

    async def _begin_reading(self, group: asyncio.TaskGroup) -> None:
        now_s = self.desk.clock.monotonic()
        if self._read_at_s is not None and now_s < self._read_at_s + READ_BACK_EVERY_S:
            return
        self._read_at_s = now_s
        # Within this process a sender may still be waiting for the answer.
        sent_by = self.desk.clock.now() - timedelta(seconds=IN_FLIGHT_S)
        found = await self.work.in_doubt(limit=READ_BACK, after=self._read_up_to, sent_by=sent_by)
        # Page by page, and from the start again: what stays in doubt starves nobody.
        self._read_up_to = found[-1].order_id if len(found) == READ_BACK else None
        self._take(group, lanes=self._reading, found=found, do=self._read_back)

    def _take(
        self,
        group: asyncio.TaskGroup,
        *,
        lanes: Lanes,
        found: Sequence[OpenWork],
        do: Callable[[OpenWork], Awaitable[object]],
    ) -> None:
        """Begin a lane for each account that can have one."""
        by_account: dict[UUID, list[OpenWork]] = {}
        for one in found:
            by_account.setdefault(one.account_id, []).append(one)
        for several in by_account.values():
            if lanes.enter(several[0]):
                group.create_task(self._lane(several, lanes=lanes, do=do))

    async def _lane(
        self,
        several: list[OpenWork],
        *,
        lanes: Lanes,
        do: Callable[[OpenWork], Awaitable[object]],
    ) -> None:
        try:
            for one in several:
                if self._finishing:
                    return
                try:
                    await do(one)
                # Whatever went wrong, the order stays as stored and the next round meets
                # it again; the other orders must not suffer for it.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(one, problem)
        finally:
            if lanes.leave(several[0]):
                self.wakeup.set()

    async def _read_back(self, one: OpenWork) -> None:
        broker = self.desk.brokers[one.broker]
        try:
            resolved = await self.resolve(
                tenant_id=one.tenant_id, order_id=one.order_id, broker=broker
            )
            if resolved is Resolution.UNHEARD:
                await self._send_again(one)
        except (BrokerUnsure, BrokerUnavailable):
            # A read that failed proves nothing: the order stays in doubt, and is not parked.
            return
