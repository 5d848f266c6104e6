"""Keep the dispatcher going: accounts side by side, each account's orders in turn."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.orders.deps import OrderDesk
from application.orders.dispatch import Dispatch
from application.orders.resolve_unknown import ResolveUnknown
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.leases import Lease
from ports.orders import OpenWork, OrderWork
from ports.storage import StorageUnavailable
from ports.streams import Wakeup

BATCH = 500
POLL_S = 1.0
# A send that has no answer after this is read back; a live one has settled long before.
IN_FLIGHT_S = 5.0
READ_BACK_EVERY_S = 0.5


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
    accounts_at_once: int = 32
    _finishing: bool = field(default=False, init=False)

    async def __call__(self) -> None:
        """Run until cancelled or finished; a failure of one order never stops the others."""
        while not self._finishing:
            if self.is_open() and self.lease.is_held():
                await self.round()
            await self.wakeup.wait(timeout_s=POLL_S)

    def finish(self) -> None:
        """End after the sends in hand; what was not begun stays for the next start."""
        self._finishing = True
        self.wakeup.set()

    async def round(self) -> None:
        """Do everything that waits now, once."""
        try:
            pending = await self.work.pending(limit=BATCH)
        except StorageUnavailable:
            return
        by_account: dict[UUID, list[OpenWork]] = {}
        for one in pending:
            by_account.setdefault(one.account_id, []).append(one)
        places = asyncio.Semaphore(self.accounts_at_once)
        async with asyncio.TaskGroup() as group:
            for several in by_account.values():
                group.create_task(self._account(several, places))

    async def _account(self, several: list[OpenWork], places: asyncio.Semaphore) -> None:
        async with places:
            for one in several:
                if self._finishing:
                    return
                try:
                    await self._one(one)
                # Whatever went wrong, the order stays as stored and the next round meets
                # it again; the other orders must not suffer for it.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(one, problem)

    async def _one(self, one: OpenWork) -> None:
        if one.state in (OrderState.SUBMITTED, OrderState.UNKNOWN):
            await self._read_back(one)
        else:
            await self.dispatch(one)

    async def _read_back(self, one: OpenWork) -> None:
        order = await self.desk.archive.find(tenant_id=one.tenant_id, order_id=one.order_id)
        if order is None or not self._is_due(order):
            return
        book = await self.desk.shelf.read(tenant_id=one.tenant_id, account_id=one.account_id)
        broker = self.desk.brokers[book.account.broker]
        try:
            await self.resolve(tenant_id=one.tenant_id, order_id=one.order_id, broker=broker)
        except (BrokerUnsure, BrokerUnavailable):
            # A read that failed proves nothing: the order stays in doubt, and is not parked.
            return

    def _is_due(self, order: Order) -> bool:
        if order.state is not OrderState.SUBMITTED or order.sent_at is None:
            return True
        # Within this process the sender may still be waiting for the answer.
        return self.desk.clock.now() >= order.sent_at + timedelta(seconds=IN_FLIGHT_S)
