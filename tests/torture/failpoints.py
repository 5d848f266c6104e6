"""Die at a named place: ports wrapped so that the process kills itself there, power-cut like.

The product knows nothing of this: the wrappers go around its ports, in a process that the
torture starts. A name is the place, "before" or "after" the effect of the call.
"""

import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from domain.kill_switch.latch import Scope, Target
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms
from ports.accounts import AccountBooks, BookCommit, ReportMarks, Stale
from ports.broker import (
    Acknowledged,
    Broker,
    BrokerTraits,
    Refused,
    Report,
    UnreadableReport,
    VenueOrder,
    VenuePosition,
    free_to_leave,
)
from ports.kill_switch import KillBarrier, Passage
from ports.orders import BusyAccount, OpenWork, OrderWork, Unsent
from tests.torture.failpoint_names import KAFKA_NAMES, NAMES


@dataclass(slots=True)
class Fuse:
    """Kills this process when the named place is reached for the given time."""

    name: str
    count: int = 1
    _left: int = field(init=False)

    def __post_init__(self) -> None:
        if self.name not in NAMES + KAFKA_NAMES or self.count < 1:
            raise ValueError(f"{self.name}:{self.count} names no failpoint; see NAMES")
        self._left = self.count

    @classmethod
    def parse(cls, text: str) -> "Fuse":
        """Read name:count."""
        name, _, count = text.partition(":")
        return cls(name, int(count or "1"))

    def at(self, name: str) -> None:
        """Pass a place, or die at it."""
        if name == self.name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def changes_of(change: BookChange) -> tuple[str, ...]:
    """Name what a change of a book does to its orders."""
    named = ["filled"] if change.fills else []
    for order in change.orders:
        name = _change_of(order)
        if name is not None and name not in named:
            named.append(name)
    return tuple(named)


def _change_of(order: Order) -> str | None:
    match order.state:
        case OrderState.SUBMITTED:
            return "intent"
        case OrderState.WORKING:
            return "acknowledged"
        case OrderState.PENDING_CANCEL:
            return "cancel_sent" if order.request_sent else "cancel_asked"
        case OrderState.PENDING_UPDATE:
            return "replace_sent" if order.request_sent else "replace_asked"
        case OrderState.CANCELED | OrderState.REJECTED | OrderState.EXPIRED:
            return "closed"
        case OrderState.ACCEPTED | OrderState.DENIED | OrderState.UNKNOWN | OrderState.PARKED:
            return order.state.value
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalBooks:
    """Account books that die before or after a commit."""

    inner: AccountBooks
    fuse: Fuse

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book as of one version."""
        return await self.inner.load(tenant_id=tenant_id, account_id=account_id)

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the version that is stored now."""
        return await self.inner.version(tenant_id=tenant_id, account_id=account_id)

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the stored versions of all the tenant's books."""
        return await self.inner.versions(tenant_id=tenant_id)

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        return await self.inner.symbol_versions(tenant_id=tenant_id, symbols=symbols)

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Store all of the change, or nothing."""
        named = changes_of(change)
        for name in named:
            self.fuse.at(f"commit.{name}.before")
        said = await self.inner.commit(change)
        if isinstance(said, BookCommit):
            for name in named:
                self.fuse.at(f"commit.{name}.after")
        return said

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        return await self.inner.reply(tenant_id=tenant_id, key=key)

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied."""
        return await self.inner.heard(broker=broker)

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Store that all reports up to the mark were applied."""
        self.fuse.at("reports.marked.before")
        await self.inner.mark_heard(broker=broker, mark=mark)
        self.fuse.at("reports.marked.after")


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalBroker:
    """A broker that dies around the socket."""

    inner: Broker
    fuse: Fuse

    @property
    def traits(self) -> BrokerTraits:
        """What may be relied on."""
        return self.inner.traits

    async def submit(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
        urgent: bool = False,
    ) -> Acknowledged | Refused:
        """Send one order, once."""
        self.fuse.at("submit.before")
        answer = await self.inner.submit(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
            written=self._after(written, "submit.written"),
            leaving=leaving,
            urgent=urgent,
        )
        self.fuse.at("submit.answered")
        return answer

    async def cancel(self, *, account_id: str, client_order_id: str) -> Acknowledged | Refused:
        """Ask for a cancel."""
        self.fuse.at("cancel.before")
        answer = await self.inner.cancel(account_id=account_id, client_order_id=client_order_id)
        self.fuse.at("cancel.answered")
        return answer

    async def replace(
        self,
        *,
        account_id: str,
        client_order_id: str,
        terms: OrderTerms,
        protective_limit: Decimal | None = None,
        written: Callable[[], None],
        leaving: Callable[[], None] = free_to_leave,
    ) -> Acknowledged | Refused:
        """Ask for new terms."""
        self.fuse.at("replace.before")
        answer = await self.inner.replace(
            account_id=account_id,
            client_order_id=client_order_id,
            terms=terms,
            protective_limit=protective_limit,
            written=self._after(written, "replace.written"),
            leaving=leaving,
        )
        self.fuse.at("replace.answered")
        return answer

    async def find(self, *, account_id: str, client_order_id: str) -> VenueOrder | None:
        """Return the order by client order id."""
        self.fuse.at("find.before")
        found = await self.inner.find(account_id=account_id, client_order_id=client_order_id)
        self.fuse.at("find.answered")
        return found

    async def open_orders(self, *, account_id: str) -> Sequence[VenueOrder]:
        """Return every order of the account that can still fill."""
        found = await self.inner.open_orders(account_id=account_id)
        self.fuse.at("open_orders.answered")
        return found

    async def cancel_all(
        self, *, account_ids: Sequence[str], symbol: str | None = None
    ) -> Acknowledged | Refused:
        """Ask for a cancel of every order of the accounts."""
        self.fuse.at("cancel_all.asked")
        answer = await self.inner.cancel_all(account_ids=account_ids, symbol=symbol)
        self.fuse.at("cancel_all.answered")
        return answer

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]:
        """Return what the account holds."""
        found = await self.inner.positions(account_id=account_id)
        self.fuse.at("positions.answered")
        return found

    async def reports(self, *, after: int) -> AsyncIterator[Report | UnreadableReport]:
        """Yield reports with a sequence above `after`, then new ones as they come."""
        async for report in self.inner.reports(after=after):
            self.fuse.at("report.received")
            yield report

    def _after(self, written: Callable[[], None], name: str) -> Callable[[], None]:
        def told() -> None:
            self.fuse.at(name)
            written()

        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalWork:
    """Dispatcher's work that dies once it was found."""

    inner: OrderWork
    fuse: Fuse

    async def busy(
        self, *, limit: int, besides: frozenset[UUID] = frozenset(), broker: str | None = None
    ) -> Sequence[BusyAccount]:
        """Return accounts with something to send, whose oldest is oldest first, but for some."""
        found = await self.inner.busy(limit=limit, besides=besides, broker=broker)
        if found:
            self.fuse.at("work.found")
        return found

    async def unsent(
        self, *, seen: UUID | None, opened_at: datetime | None = None
    ) -> Sequence[Unsent]:
        """Return what waits to be sent, by account."""
        return await self.inner.unsent(seen=seen, opened_at=opened_at)

    async def in_doubt(
        self, *, limit: int, after: UUID | None, sent_by: datetime, broker: str | None = None
    ) -> Sequence[OpenWork]:
        """Return orders to read back, oldest first."""
        return await self.inner.in_doubt(limit=limit, after=after, sent_by=sent_by, broker=broker)


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalBarrier:
    """A kill barrier that dies with a send inside, or around its closing."""

    inner: KillBarrier
    fuse: Fuse

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send and leave after the socket write."""
        return self._sending(target)

    @asynccontextmanager
    async def _sending(self, target: Target) -> AsyncIterator[Passage]:
        async with self.inner.sending(target) as passage:
            self.fuse.at("barrier.entered")
            yield passage
        self.fuse.at("barrier.left")

    async def close(self, scope: Scope) -> None:
        """Return once no earlier send is inside."""
        self.fuse.at("barrier.closing")
        await self.inner.close(scope)
        self.fuse.at("barrier.closed")
