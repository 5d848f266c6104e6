"""Take back at one broker what a latch stops, until its venue shows nothing of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from application.kill_switch.deps import KillContext
from application.orders.cancel import CancelOrders
from application.orders.commands import Asker
from application.orders.timeouts import in_time
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.kill_switch.latch import Latch, Level
from domain.kill_switch.stopped import stopped_orders
from domain.kill_switch.venue import LatchVenue
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.broker import Broker, Refused, VenueOrder

# What one request has cancelled is not asked for one by one before its reports had this long.
REPORTS_S = 2.0
# An account whose orders our books still show is read no more often than this.
READ_EVERY_S = 1.0
_MILLI = Decimal("0.001")


@dataclass(slots=True, kw_only=True)
class VenueWork:
    """One broker's accounts under a latch, and how far it has come there."""

    latch: Latch
    venue: LatchVenue
    accounts: Sequence[Account] = ()
    # How many orders were asked to be cancelled and not counted yet.
    asked: int = 0
    # How many our books still show, and since when it is as many.
    left: int | None = None
    left_since_s: float = 0.0
    stored: LatchVenue | None = None
    # When all were cancelled by one request, and when each account was read last.
    all_asked_s: float | None = None
    all_failed: bool = False
    read_s: dict[UUID, float] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How far orders are taken back: what closes all of it leaves none to rest."""
        return Level.HALTED if self.latch.flatten else self.latch.level

    def stopped(self, book: AccountBook) -> frozenset[UUID]:
        """Return the orders of a book that are to be taken back."""
        return stopped_orders(book, scope=self.latch.scope, level=self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAtVenue:
    """Cancel by one request where the venue offers it, else order by order; then read it back."""

    context: KillContext
    cancel: CancelOrders

    async def __call__(self, work: VenueWork) -> bool:
        """Ask once more; tell whether nothing rests any more, by the venue and by our books."""
        broker = self.cancel.context.broker(work.venue.broker)
        if work.venue.dispatched_at is None:
            work.venue = replace(work.venue, dispatched_at=self.context.clock.now())
        by_one = await self._cancel_by_one(work, broker=broker)
        looks = await asyncio.gather(
            *(
                self._account(work, account, broker=broker, by_one=by_one)
                for account in work.accounts
            ),
            return_exceptions=True,
        )
        there, left = False, 0
        for look in looks:
            if isinstance(look, BaseException):
                work.venue = replace(work.venue, problem=str(look)[:500])
                raise look
            there, left = there or look[0], left + look[1]
        if left != work.left:
            work.left, work.left_since_s = left, self.context.clock.monotonic()
        now = self.context.clock.now()
        venue = replace(work.venue, problem="", acknowledged_at=work.venue.acknowledged_at or now)
        if not there:
            venue = replace(venue, broker_confirmed_at=venue.broker_confirmed_at or now)
        if not (there or left):
            venue = replace(venue, canceled_at=venue.canceled_at or now)
        work.venue = venue
        return not (there or left)

    async def _cancel_by_one(self, work: VenueWork, *, broker: Broker) -> bool:
        """Cancel all by one request where that takes no more than is stopped.

        Tell whether it was, now or so lately that its reports may be on their way.
        """
        scope, now_s = work.latch.scope, self.context.clock.monotonic()
        if not broker.traits.cancel_all or work.level is not Level.HALTED or scope.strategy_id:
            return False
        if work.all_failed:
            return False
        if work.all_asked_s is not None:
            return now_s - work.all_asked_s < REPORTS_S
        books = await asyncio.gather(*(self._book(account) for account in work.accounts))
        if any(order.may_pass_halt for book in books for order in book.orders.values()):
            # What closes positions for another latch must not go with them.
            return False
        resting = [
            order
            for book in books
            for order in book.orders.values()
            if order.id in work.stopped(book) and _rests(order)
        ]
        if not resting:
            return False
        accounts = [str(account.id) for account in work.accounts]
        try:
            answer = await in_time(broker.cancel_all(account_ids=accounts, symbol=scope.symbol))
        # Whatever it was: each order is asked for by itself.
        except Exception as problem:  # noqa: BLE001
            answer = Refused(str(problem) or type(problem).__name__)
        if isinstance(answer, Refused):
            # Order by order it may go all the same, and every look would wait for this again.
            work.all_failed = True
            return False
        work.all_asked_s = self.context.clock.monotonic()
        work.venue = replace(work.venue, acknowledged_at=self.context.clock.now())
        work.asked += len(resting)
        # Its reading confirms it, however lately it was read.
        work.read_s.clear()
        return True

    async def _account(
        self, work: VenueWork, account: Account, *, broker: Broker, by_one: bool
    ) -> tuple[bool, int]:
        """Take back an account's orders; tell whether any is left there, and how many with us."""
        latch = work.latch

        def among(book: AccountBook) -> frozenset[UUID]:
            stopped = work.stopped(book)
            if not by_one:
                return stopped
            # What the one request ended is told by its own reports.
            return frozenset(one for one in stopped if not _rests(book.orders[one]))

        found = await self.cancel.all(
            asker=Asker(tenant_id=account.tenant_id, actor=latch.actor),
            account_ids=[account.id],
            reason=f"kill switch: {latch.reason}",
            closing_too=False,
            among=among,
        )
        work.asked += len(found.orders)
        began = self.context.clock.monotonic()
        rests = _left(work, book=await self._book(account))
        if rests and began - work.read_s.get(account.id, began - REPORTS_S) < READ_EVERY_S:
            # Cancels go out within what the venue takes a second: they need it more.
            return True, rests
        work.read_s[account.id] = began
        held = await broker.open_orders(account_id=str(account.id))
        took = Decimal(self.context.clock.monotonic() - began) * 1000
        work.venue = replace(work.venue, round_trip_ms=took.quantize(_MILLI))
        book = await self._book(account)
        stopped = work.stopped(book)
        ours = {order.client_order_id: order for order in book.orders.values()}
        return (
            any(
                _counts(one, work=work, ours=ours.get(one.client_order_id), stopped=stopped)
                for one in held
            ),
            _left(work, book=book),
        )

    async def _book(self, account: Account) -> AccountBook:
        return await self.cancel.context.book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )


def _left(work: VenueWork, *, book: AccountBook) -> int:
    """Return how many orders of a book are still to be taken back; parked ones are a person's."""
    return sum(book.orders[one].state is not OrderState.PARKED for one in work.stopped(book))


def _rests(order: Order) -> bool:
    return order.is_at_venue


def _counts(
    held: VenueOrder, *, work: VenueWork, ours: Order | None, stopped: frozenset[UUID]
) -> bool:
    """Tell whether an order that the venue shows is one that should be gone."""
    if ours is not None:
        return ours.id in stopped
    # Nobody here knows what it is for: it counts, but for what another strategy may have sent.
    scope = work.latch.scope
    return scope.strategy_id is None and scope.symbol in (None, held.terms.symbol)
