"""Keep the dispatcher going: accounts side by side, and in each what depends on nothing else.

What of an account may go out together is chosen from its book. Each account, and each broker,
has so much room, and what leads out has room of its own: a call that hangs holds up its own
account only, a broker that hangs no other broker, and neither a cancel. What is in doubt is
read back in lanes apart from all that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.accounts.book_store import AccountNotFound
from application.orders.choose_sends import Pool, Send, choose_sends
from application.orders.deps import OrderContext
from application.orders.dispatch import Dispatch, SendOutcome
from application.orders.in_flight import InFlight, SendLimits
from application.orders.lanes import Lanes
from application.orders.pace import Pace
from application.orders.resolve_unknown import Resolution, ResolveUnknown
from application.orders.send_again import SendAgain
from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.broker import BrokerTraits, BrokerUnavailable, BrokerUnsure, Dedup
from ports.leases import Lease
from ports.orders import BusyAccount, OpenWork, OrderWork
from ports.storage import StorageUnavailable
from ports.streams import Wakeup

BATCH = 500
POLL_S = 1.0
# After a look for work the next one waits so long: what comes meanwhile goes out together.
LOOK_EVERY_S = 0.003
# An order that nothing could be done for is looked at again after this.
REST_S = 1.0
# A send that has no answer after this is read back; a live one has settled long before.
IN_FLIGHT_S = 5.0
# Of an account's orders at a broker that would take a second send for a second order: whatever
# is on its way when the process ends is in doubt there, and may have to be settled by a person.
UNSAFE_AT_ONCE = 8
# So often at most so many orders in doubt are read back, each in its turn.
READ_BACK_EVERY_S = 0.5
READ_BACK = 100


@dataclass(slots=True, kw_only=True)
class RunDispatch:
    """Find work, do it, read back what is in doubt; until cancelled."""

    context: OrderContext
    work: OrderWork
    dispatch: Dispatch
    resolve: ResolveUnknown
    wakeup: Wakeup
    lease: Lease
    # Whether the start-up reconciliation has passed: nothing is sent before.
    is_open: Callable[[], bool]
    on_failure: Callable[[OpenWork, Exception], None]
    room: SendLimits = field(default_factory=SendLimits)
    # The broker whose orders these are, None for every one's.
    broker: str | None = None
    _send_again: SendAgain = field(init=False)
    _in_flight: InFlight = field(init=False)
    _paces: dict[str, Pace] = field(default_factory=dict, init=False)
    _cancels: dict[str, Pace] = field(default_factory=dict, init=False)
    _reading: Lanes = field(init=False)
    _read_at_s: float | None = field(default=None, init=False)
    _read_up_to: UUID | None = field(default=None, init=False)
    _finishing: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._send_again = SendAgain(dispatch=self.dispatch)
        self._open_lanes()

    def _open_lanes(self) -> None:
        self._in_flight = InFlight(self.room)
        self._reading = Lanes(per_broker=self.room.accounts)

    async def __call__(self) -> None:
        """Run until cancelled or finished; a failure of one order never stops the others."""
        # Whoever was cancelled before it began has left its room taken.
        self._open_lanes()
        met: Exception | None = None
        async with asyncio.TaskGroup() as group:
            while not self._finishing and met is None:
                try:
                    if self.is_open() and self.lease.is_held():
                        await self._begin(group)
                    await asyncio.sleep(LOOK_EVERY_S)
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
        begun = 1
        while begun:
            async with asyncio.TaskGroup() as group:
                begun = await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> int:
        """Begin all that waits and has room now; return how much of it is to be sent."""
        try:
            begun = await self._begin_sending(group)
            await self._begin_reading(group)
        except StorageUnavailable:
            return 0
        return begun

    async def _begin_sending(self, group: asyncio.TaskGroup) -> int:
        begun = 0
        seen: set[UUID] = set()
        while True:
            found = await self.work.busy(limit=BATCH, besides=frozenset(seen), broker=self.broker)
            for account in found:
                begun += await self._begin_account(group, account)
            if len(found) < BATCH:
                return begun
            # Those that were seen must not keep the others from being seen.
            seen.update(account.account_id for account in found)

    async def _begin_account(self, group: asyncio.TaskGroup, account: BusyAccount) -> int:
        book_store = self.context.book_store
        known = book_store.remembered(account.account_id)
        chosen = self._chosen(known, account=account) if known is not None else []
        if not chosen:
            # What another process has taken in is not known here yet.
            try:
                book = await book_store.read(
                    tenant_id=account.tenant_id, account_id=account.account_id
                )
            except AccountNotFound:
                return 0
            chosen = self._chosen(book, account=account) if book is not known else []
        self._in_flight.take(account, chosen)
        for send in chosen:
            group.create_task(self._go(account, send))
        return len(chosen)

    def _chosen(self, book: AccountBook, *, account: BusyAccount) -> list[Send]:
        """Choose what of the account begins now, and count it against the broker's pace."""
        if book.account.tenant_id != account.tenant_id:
            return []
        now_s = self.context.clock.monotonic()
        broker = self.context.brokers.get(account.broker)
        # Of one that is not known here each order fails by itself.
        traits = broker.traits if broker is not None else None
        room = dict(self._in_flight.left(account, most=_most_at_once(traits)))
        pace = self._paces.get(account.broker)
        if pace is None:
            per_s = traits.sends_per_s if traits is not None else None
            pace = self._paces[account.broker] = Pace(per_s)
        room[Pool.OPENING] = pace.room(now_s=now_s, wanted=room[Pool.OPENING])
        chosen = choose_sends(
            book,
            on_their_way=self._in_flight.of(account.account_id),
            besides={*self._in_flight.resting(now_s=now_s), *self.dispatch.again.held()},
            room=room,
        )
        pace.spend(sum(send.pool is Pool.OPENING for send in chosen))
        return self._paced(chosen, broker=account.broker, traits=traits)

    def _paced(self, chosen: list[Send], *, broker: str, traits: BrokerTraits | None) -> list[Send]:
        """Leave for later the cancels that the broker takes no more of now; exits go always."""
        pace = self._cancels.get(broker)
        if pace is None:
            per_s = traits.cancels_per_s if traits is not None else None
            pace = self._cancels[broker] = Pace(per_s)
        asked = [send for send in chosen if send.order.state is OrderState.PENDING_CANCEL]
        room = pace.room(now_s=self.context.clock.monotonic(), wanted=len(asked))
        pace.spend(room)
        late = {send.order.id for send in asked[room:]}
        return [send for send in chosen if send.order.id not in late]

    async def _go(self, account: BusyAccount, send: Send) -> None:
        order = send.order
        work = OpenWork(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            order_id=order.id,
            state=order.state,
            broker=account.broker,
        )
        sent = SendOutcome.NOTHING
        try:
            if not self._finishing:
                sent = await self.dispatch(work)
        # Whatever went wrong, the order stays as stored and a later round meets it again; the
        # other orders must not suffer for it.
        except Exception as problem:  # noqa: BLE001
            self.on_failure(work, problem)
        finally:
            if sent is SendOutcome.NOTHING and self._is_as_before(order):
                self._in_flight.rest(order.id, until_s=self.context.clock.monotonic() + REST_S)
            self._in_flight.leave(account, send)
            self.wakeup.set()

    def _is_as_before(self, order: Order) -> bool:
        book = self.context.book_store.remembered(order.account_id)
        return book is None or book.orders.get(order.id) == order

    async def _begin_reading(self, group: asyncio.TaskGroup) -> None:
        now_s = self.context.clock.monotonic()
        if self._read_at_s is not None and now_s < self._read_at_s + READ_BACK_EVERY_S:
            return
        self._read_at_s = now_s
        # Within this process a sender may still be waiting for the answer.
        sent_by = self.context.clock.now() - timedelta(seconds=IN_FLIGHT_S)
        found = await self.work.in_doubt(
            limit=READ_BACK, after=self._read_up_to, sent_by=sent_by, broker=self.broker
        )
        # Page by page, and from the start again: what stays in doubt starves nobody.
        self._read_up_to = found[-1].order_id if len(found) == READ_BACK else None
        self._take(group, found=found)

    def _take(self, group: asyncio.TaskGroup, *, found: Sequence[OpenWork]) -> None:
        """Begin a lane for each account that can have one."""
        by_account: dict[UUID, list[OpenWork]] = {}
        for one in found:
            by_account.setdefault(one.account_id, []).append(one)
        for several in by_account.values():
            if self._reading.enter(several[0]):
                group.create_task(self._lane(several, do=self._read_back))

    async def _lane(
        self, several: list[OpenWork], *, do: Callable[[OpenWork], Awaitable[object]]
    ) -> None:
        try:
            for one in several:
                if self._finishing:
                    return
                try:
                    await do(one)
                # It stays in doubt, and the others must not suffer for it.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(one, problem)
        finally:
            if self._reading.leave(several[0]):
                self.wakeup.set()

    async def _read_back(self, one: OpenWork) -> None:
        try:
            broker = self.context.broker(one.broker)
            resolved = await self.resolve(
                tenant_id=one.tenant_id, order_id=one.order_id, broker=broker
            )
            if resolved is Resolution.UNHEARD:
                await self._send_again(one)
        except (BrokerUnsure, BrokerUnavailable):
            # A read that failed proves nothing: the order stays in doubt, and is not parked.
            return


def _most_at_once(traits: BrokerTraits | None) -> int | None:
    safe = traits is not None and traits.dedup is Dedup.FULL
    return None if safe else UNSAFE_AT_ONCE
