"""Read orders back from memory, and find the dispatcher's work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.book import AccountBook
from domain.accounts.decision import Decision
from domain.orders.order import Fill, Order
from domain.orders.states import OrderState
from domain.shared.notices import Notice
from ports.orders import BusyAccount, OpenWork, OrderFilter, OrderPeriod, Unsent


@dataclass(frozen=True, slots=True)
class MemoryOrderArchive:
    """Every order in memory, with its history."""

    link: MemoryLink

    async def find(self, *, tenant_id: UUID, order_id: UUID) -> Order | None:
        """Return the order, None for another tenant's or no order."""
        database = await self.link.enter()
        order = database.orders.get(order_id)
        return order if order is not None and order.tenant_id == tenant_id else None

    async def list(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Order]:
        """Return matching orders, newest first."""
        database = await self.link.enter()
        found = [
            order
            for order in database.orders.values()
            if order.tenant_id == tenant_id and _matches(order, filter)
        ]
        found.sort(key=lambda order: order.id, reverse=True)
        return found[: filter.limit]

    async def events(self, *, tenant_id: UUID, order_id: UUID) -> Sequence[Notice]:
        """Return the order's notices, oldest first."""
        database = await self.link.enter()
        return [
            notice
            for notice in database.notices
            if notice.tenant_id == tenant_id
            and notice.channel == "orders"
            and notice.subject == str(order_id)
        ]

    async def fills(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None = None,
        order_id: UUID | None = None,
        accounts: frozenset[UUID] | None = None,
        limit: int = 50,
        after: UUID | None = None,
    ) -> Sequence[Fill]:
        """Return fills, newest first."""
        database = await self.link.enter()
        found = [
            fill
            for fill in database.fills
            if fill.tenant_id == tenant_id
            and account_id in (None, fill.account_id)
            and order_id in (None, fill.order_id)
            and (accounts is None or fill.account_id in accounts)
            and (after is None or fill.id < after)
        ]
        # By id, not as stored: of two accounts' fills the older may be stored later.
        found.sort(key=lambda fill: fill.id, reverse=True)
        return found[:limit]

    async def has_trade(
        self, *, tenant_id: UUID, account_id: UUID, order_id: UUID, trade_id: str
    ) -> bool:
        """Tell whether an execution was already booked."""
        database = await self.link.enter()
        order = database.orders.get(order_id)
        ours = order is not None and order.tenant_id == tenant_id
        return ours and (account_id, order_id, trade_id) in database.trades

    async def decision(self, *, tenant_id: UUID, order_id: UUID) -> Decision | None:
        """Return the latest decision on the order."""
        database = await self.link.enter()
        order = database.orders.get(order_id)
        if order is None or order.tenant_id != tenant_id:
            return None
        made = database.decisions.get(order_id)
        return made[-1] if made else None

    async def by_client_id(
        self, *, tenant_id: UUID, account_id: UUID, client_order_id: str
    ) -> Order | None:
        """Return the account's order with that client order id."""
        database = await self.link.enter()
        order_id = database.client_ids.get((account_id, client_order_id))
        order = database.orders.get(order_id) if order_id is not None else None
        return order if order is not None and order.tenant_id == tenant_id else None

    async def by_client_ids(
        self, *, tenant_id: UUID, account_id: UUID, client_order_ids: Collection[str]
    ) -> Mapping[str, Order]:
        """Return the account's orders with one of these client order ids."""
        found: dict[str, Order] = {}
        for one in client_order_ids:
            order = await self.by_client_id(
                tenant_id=tenant_id, account_id=account_id, client_order_id=one
            )
            if order is not None:
                found[one] = order
        return found

    async def count_taken(self, *, tenant_id: UUID, period: OrderPeriod, most: int) -> int:
        """Return how many orders were taken in then, at most one more than `most`."""
        database = await self.link.enter()
        return min(len(_taken(database, tenant_id, period)), most + 1)

    async def taken(
        self, *, tenant_id: UUID, period: OrderPeriod, limit: int, after: UUID | None = None
    ) -> Sequence[tuple[Order, Decision | None]]:
        """Return orders taken in then, oldest first, with their latest decision."""
        database = await self.link.enter()
        found = [
            one for one in _taken(database, tenant_id, period) if after is None or one.id > after
        ]
        found.sort(key=lambda one: one.id)
        made = database.decisions
        return [(one, made[one.id][-1] if made.get(one.id) else None) for one in found[:limit]]


def _taken(database: MemoryDatabase, tenant_id: UUID, period: OrderPeriod) -> list[Order]:
    return [
        one
        for one in database.orders.values()
        if one.tenant_id == tenant_id
        and period.since <= one.accepted_at < period.until
        and period.account_id in (None, one.account_id)
        and (period.accounts is None or one.account_id in period.accounts)
    ]


def _matches(order: Order, filter: OrderFilter) -> bool:
    return (
        filter.account_id in (None, order.account_id)
        and (filter.accounts is None or order.account_id in filter.accounts)
        and filter.symbol in (None, order.symbol)
        and (filter.states is None or order.state in filter.states)
        and filter.strategy_id in (None, order.strategy_id)
        and filter.client_order_id in (None, order.client_order_id)
        and (filter.after is None or order.id < filter.after)
    )


@dataclass(frozen=True, slots=True)
class MemoryOrderWork:
    """What waits for the dispatcher, from memory."""

    link: MemoryLink

    async def busy(
        self, *, limit: int, besides: frozenset[UUID] = frozenset(), broker: str | None = None
    ) -> Sequence[BusyAccount]:
        """Return accounts with something to send, whose oldest is oldest first, but for some."""
        database = await self.link.enter()
        oldest: list[tuple[datetime, UUID, BusyAccount]] = []
        for book in database.books.values():
            account = book.account
            waits = [one.accepted_at for one in book.orders.values() if one.is_to_send]
            if waits and account.id not in besides and broker in (None, account.broker):
                busy = BusyAccount(
                    tenant_id=account.tenant_id, account_id=account.id, broker=account.broker
                )
                oldest.append((min(waits), account.id, busy))
        return [busy for _, _, busy in sorted(oldest, key=lambda one: one[:2])[:limit]]

    async def unsent(
        self, *, seen: UUID | None, opened_at: datetime | None = None
    ) -> Sequence[Unsent]:
        """Return what waits to be sent, by account; seen is the newest order seen before."""
        database = await self.link.enter()
        found = []
        for account_id in sorted(database.books):
            book = database.books[account_id]
            unsent = [
                one
                for one in book.orders.values()
                if one.is_unsent
                and (
                    one.terms.limit_price is not None
                    or opened_at is None
                    or one.market_at >= opened_at
                )
            ]
            if unsent:
                found.append(
                    Unsent(
                        tenant_id=book.account.tenant_id,
                        account_id=account_id,
                        broker=book.account.broker,
                        orders=len(unsent),
                        of_before=sum(seen is not None and one.id <= seen for one in unsent),
                        oldest_at=min(one.accepted_at for one in unsent),
                        newest=max(one.id for one in unsent),
                    )
                )
        return found

    async def in_doubt(
        self, *, limit: int, after: UUID | None, sent_by: datetime, broker: str | None = None
    ) -> Sequence[OpenWork]:
        """Return orders to read back, oldest first, those behind `after` when given."""
        database = await self.link.enter()
        return _oldest(
            (
                (book, order)
                for book in database.books.values()
                for order in book.orders.values()
                if (after is None or order.id > after)
                and broker in (None, book.account.broker)
                and _is_in_doubt(order, sent_by=sent_by)
            ),
            limit=limit,
        )


def _oldest(found: Iterable[tuple[AccountBook, Order]], *, limit: int) -> Sequence[OpenWork]:
    return [
        OpenWork(
            tenant_id=order.tenant_id,
            account_id=order.account_id,
            order_id=order.id,
            state=order.state,
            broker=book.account.broker,
        )
        for book, order in sorted(found, key=lambda one: one[1].id)[:limit]
    ]


def _is_in_doubt(order: Order, *, sent_by: datetime) -> bool:
    if order.state is OrderState.SUBMITTED:
        return (order.sent_at or order.updated_at) <= sent_by
    return order.state is OrderState.UNKNOWN
