"""What the core needs to read orders back and to find work for the dispatcher."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.accounts.decision import Decision
from domain.orders.order import Fill, Order
from domain.orders.states import OrderState
from domain.shared.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list; None leaves a field open. `after` pages: older than that id.

    accounts are those that whoever asks may see.
    """

    account_id: UUID | None = None
    accounts: frozenset[UUID] | None = None
    symbol: str | None = None
    states: frozenset[OrderState] | None = None
    strategy_id: str | None = None
    client_order_id: str | None = None
    after: UUID | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPeriod:
    """When orders were taken in, from since on and before until, and of which accounts."""

    since: datetime
    until: datetime
    account_id: UUID | None = None
    accounts: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """One order that the dispatcher has something to do for."""

    tenant_id: UUID
    account_id: UUID
    order_id: UUID
    state: OrderState
    # Which broker the account is at.
    broker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyAccount:
    """One account with orders that the dispatcher has something to do for."""

    tenant_id: UUID
    account_id: UUID
    # Which broker the account is at.
    broker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """The orders of one account that were taken in and wait to be sent.

    newest is the last of them, and of_before how many of them were there already when `newest`
    was what whoever asks now saw last.
    """

    tenant_id: UUID
    account_id: UUID
    broker: str
    orders: int
    of_before: int
    oldest_at: datetime
    newest: UUID


class OrderArchive(Protocol):
    """Every order ever taken in, with its history."""

    async def find(self, *, tenant_id: UUID, order_id: UUID) -> Order | None:
        """Return the order, None for another tenant's or no order."""
        ...

    async def list(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Order]:
        """Return orders, newest first."""
        ...

    async def events(self, *, tenant_id: UUID, order_id: UUID) -> Sequence[Notice]:
        """Return the order's notices, oldest first."""
        ...

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
        """Return fills, newest first; with accounts, of these only."""
        ...

    async def has_trade(
        self, *, tenant_id: UUID, account_id: UUID, order_id: UUID, trade_id: str
    ) -> bool:
        """Tell whether an execution was already booked."""
        ...

    async def decision(self, *, tenant_id: UUID, order_id: UUID) -> Decision | None:
        """Return what the gate decided on the order."""
        ...

    async def by_client_id(
        self, *, tenant_id: UUID, account_id: UUID, client_order_id: str
    ) -> Order | None:
        """Return the account's order with that client order id, closed ones included."""
        ...

    async def by_client_ids(
        self, *, tenant_id: UUID, account_id: UUID, client_order_ids: Collection[str]
    ) -> Mapping[str, Order]:
        """Return those of the account's orders that have one of these client order ids, by it."""
        ...

    async def count_taken(self, *, tenant_id: UUID, period: OrderPeriod, most: int) -> int:
        """Return how many orders were taken in then; beyond `most` nobody counts on."""
        ...

    async def taken(
        self, *, tenant_id: UUID, period: OrderPeriod, limit: int, after: UUID | None = None
    ) -> Sequence[tuple[Order, Decision | None]]:
        """Return orders taken in then, oldest first, behind `after`, with their latest decision."""
        ...


class OrderWork(Protocol):
    """What waits to be sent or asked, over all tenants."""

    async def busy(
        self, *, limit: int, besides: frozenset[UUID] = frozenset(), broker: str | None = None
    ) -> Sequence[BusyAccount]:
        """Return accounts with something to send, whose oldest is oldest first, but for some.

        That is: orders accepted and not waiting; pending_cancel or pending_update whose
        request was not sent. broker: of one broker only.
        """
        ...

    async def unsent(
        self, *, seen: UUID | None, opened_at: datetime | None = None
    ) -> Sequence[Unsent]:
        """Return what waits to be sent, by account; seen is the newest order seen before.

        Only orders that are accepted and wait for no other count, and none at the market's
        price that came in before the market opened at opened_at: these wait for its prices.
        """
        ...

    async def in_doubt(
        self, *, limit: int, after: UUID | None, sent_by: datetime, broker: str | None = None
    ) -> Sequence[OpenWork]:
        """Return orders to read back, oldest first, those behind `after` when given.

        That is: unknown ones, and submitted ones that were sent at sent_by or before; of one
        broker only where one is given.
        """
        ...
