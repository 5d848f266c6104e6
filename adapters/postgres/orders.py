"""Read orders back from Postgres, and find the dispatcher's work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from adapters.postgres import order_rows, rows
from adapters.postgres.link.database import Database
from adapters.postgres.link.gathered import SharedLookups
from adapters.postgres.rows import among
from domain.accounts.decision import Decision
from domain.orders.order import Fill, Order
from domain.orders.states import OrderState
from domain.shared.notices import Notice
from ports.orders import BusyAccount, OpenWork, OrderFilter, OrderPeriod, Unsent


class PostgresOrderArchive:
    """Every order in Postgres, with its history (port OrderArchive)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._decisions = SharedLookups(self._latest_decisions)

    async def find(self, *, tenant_id: UUID, order_id: UUID) -> Order | None:
        """Return the order, None for another tenant's or no order."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM orders WHERE id = $1 AND tenant_id = $2", order_id, tenant_id
            )
        return order_rows.order_of(row) if row is not None else None

    async def list(self, *, tenant_id: UUID, filter: OrderFilter) -> Sequence[Order]:
        """Return matching orders, newest first."""
        states = sorted(filter.states) if filter.states is not None else None
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM orders WHERE tenant_id = $1"
                " AND ($2::uuid IS NULL OR account_id = $2)"
                " AND ($3::text IS NULL OR symbol = $3)"
                " AND ($4::text[] IS NULL OR state = ANY($4))"
                " AND ($5::text IS NULL OR strategy_id = $5)"
                " AND ($6::text IS NULL OR client_order_id = $6)"
                " AND ($7::uuid IS NULL OR id < $7)"
                " AND ($8::uuid[] IS NULL OR account_id = ANY($8))"
                " ORDER BY id DESC LIMIT $9",
                tenant_id,
                filter.account_id,
                filter.symbol,
                states,
                filter.strategy_id,
                filter.client_order_id,
                filter.after,
                among(filter.accounts),
                filter.limit,
            )
        return [order_rows.order_of(row) for row in found]

    async def events(self, *, tenant_id: UUID, order_id: UUID) -> Sequence[Notice]:
        """Return the order's notices, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM notices WHERE channel = 'orders' AND subject = $1"
                " AND tenant_id = $2 ORDER BY sequence",
                str(order_id),
                tenant_id,
            )
        return [rows.notice_of(row) for row in found]

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
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM fills WHERE tenant_id = $1"
                " AND ($2::uuid IS NULL OR account_id = $2)"
                " AND ($3::uuid IS NULL OR order_id = $3)"
                " AND ($4::uuid IS NULL OR id < $4)"
                " AND ($5::uuid[] IS NULL OR account_id = ANY($5))"
                " ORDER BY id DESC LIMIT $6",
                tenant_id,
                account_id,
                order_id,
                after,
                among(accounts),
                limit,
            )
        return [rows.fill_of(row) for row in found]

    async def has_trade(
        self, *, tenant_id: UUID, account_id: UUID, order_id: UUID, trade_id: str
    ) -> bool:
        """Tell whether an execution was already booked."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetchval(
                "SELECT 1 FROM fills WHERE account_id = $1 AND order_id = $2 AND trade_id = $3"
                " AND tenant_id = $4",
                account_id,
                order_id,
                trade_id,
                tenant_id,
            )
        return found is not None

    async def decision(self, *, tenant_id: UUID, order_id: UUID) -> Decision | None:
        """Return the latest decision on the order."""
        return await self._decisions.get(tenant_id=tenant_id, key=order_id)

    async def _latest_decisions(
        self, tenant_id: UUID, order_ids: Sequence[UUID]
    ) -> Mapping[UUID, Decision]:
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT d.*, r.record AS rules_record FROM unnest($1::uuid[]) AS asked"
                " JOIN orders o ON o.id = asked AND o.tenant_id = $2"
                " CROSS JOIN LATERAL (SELECT * FROM decisions WHERE order_id = o.id"
                " ORDER BY id DESC LIMIT 1) d"
                " LEFT JOIN decision_rules r ON r.tenant_id = d.tenant_id AND r.digest = d.rules",
                order_ids,
                tenant_id,
            )
        decisions = [rows.decision_of(row) for row in found]
        return {decision.order_id: decision for decision in decisions}

    async def by_client_id(
        self, *, tenant_id: UUID, account_id: UUID, client_order_id: str
    ) -> Order | None:
        """Return the account's order with that client order id."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM orders WHERE account_id = $1 AND client_order_id = $2"
                " AND tenant_id = $3",
                account_id,
                client_order_id,
                tenant_id,
            )
        return order_rows.order_of(row) if row is not None else None

    async def by_client_ids(
        self, *, tenant_id: UUID, account_id: UUID, client_order_ids: Collection[str]
    ) -> Mapping[str, Order]:
        """Return the account's orders with one of these client order ids."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM orders WHERE account_id = $1 AND client_order_id = ANY ($2)"
                " AND tenant_id = $3",
                account_id,
                list(client_order_ids),
                tenant_id,
            )
        return {row["client_order_id"]: order_rows.order_of(row) for row in found}

    async def count_taken(self, *, tenant_id: UUID, period: OrderPeriod, most: int) -> int:
        """Return how many orders were taken in then, at most one more than `most`."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetchval(
                f"SELECT count(*) FROM (SELECT 1 FROM orders {_TAKEN} LIMIT $6) AS taken",  # noqa: S608 - own text; values are parameters
                *_period(tenant_id, period),
                most + 1,
            )
        return int(found)

    async def taken(
        self, *, tenant_id: UUID, period: OrderPeriod, limit: int, after: UUID | None = None
    ) -> Sequence[tuple[Order, Decision | None]]:
        """Return orders taken in then, oldest first, with their latest decision."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"SELECT * FROM orders {_TAKEN} AND ($6::uuid IS NULL OR id > $6)"  # noqa: S608 - own text; values are parameters
                " ORDER BY id LIMIT $7",
                *_period(tenant_id, period),
                after,
                limit,
            )
        orders = [order_rows.order_of(row) for row in found]
        decisions = await self._latest_decisions(tenant_id, [one.id for one in orders])
        return [(one, decisions.get(one.id)) for one in orders]


_TAKEN = (
    "WHERE tenant_id = $1 AND accepted_at >= $2 AND accepted_at < $3"
    " AND ($4::uuid IS NULL OR account_id = $4)"
    " AND ($5::uuid[] IS NULL OR account_id = ANY($5))"
)


def _period(tenant_id: UUID, period: OrderPeriod) -> tuple[object, ...]:
    accounts = among(period.accounts)
    return tenant_id, period.since, period.until, period.account_id, accounts


class PostgresOrderWork:
    """What waits for the dispatcher, from Postgres (port OrderWork)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def busy(
        self, *, limit: int, besides: frozenset[UUID] = frozenset(), broker: str | None = None
    ) -> Sequence[BusyAccount]:
        """Return accounts with something to send, whose oldest is oldest first, but for some."""
        async with self._database.system.connection() as connection:
            # The condition in brackets is that of the partial index orders_to_send.
            found = await connection.fetch(
                "SELECT o.tenant_id, o.account_id, a.broker"
                " FROM orders o JOIN accounts a ON a.id = o.account_id"
                " WHERE ((o.state = 'accepted' AND NOT o.waiting)"
                " OR (o.state IN ('pending_cancel', 'pending_update') AND NOT o.request_sent))"
                " AND o.account_id <> ALL ($2::uuid[])"
                " AND ($3::text IS NULL OR a.broker = $3)"
                " GROUP BY o.tenant_id, o.account_id, a.broker"
                " ORDER BY min(o.accepted_at), o.account_id LIMIT $1",
                limit,
                list(besides),
                broker,
            )
        return [
            BusyAccount(
                tenant_id=rows.plain_id(row["tenant_id"]),
                account_id=rows.plain_id(row["account_id"]),
                broker=row["broker"],
            )
            for row in found
        ]

    async def unsent(
        self, *, seen: UUID | None, opened_at: datetime | None = None
    ) -> Sequence[Unsent]:
        """Return what waits to be sent, by account; seen is the newest order seen before."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                "SELECT o.tenant_id, o.account_id, a.broker, count(*) AS orders,"
                " count(*) FILTER (WHERE o.id <= $1) AS of_before,"
                " min(o.accepted_at) AS oldest_at,"
                " (array_agg(o.id ORDER BY o.id DESC))[1] AS newest"
                " FROM orders o JOIN accounts a ON a.id = o.account_id"
                " WHERE o.state = 'accepted' AND NOT o.waiting AND (o.limit_price IS NOT NULL"
                " OR $2::timestamptz IS NULL OR o.market_at >= $2)"
                " GROUP BY o.tenant_id, o.account_id, a.broker ORDER BY o.account_id",
                seen,
                opened_at,
            )
        return [
            Unsent(
                tenant_id=rows.plain_id(row["tenant_id"]),
                account_id=rows.plain_id(row["account_id"]),
                broker=row["broker"],
                orders=row["orders"],
                of_before=row["of_before"],
                oldest_at=row["oldest_at"],
                newest=rows.plain_id(row["newest"]),
            )
            for row in found
        ]

    async def in_doubt(
        self, *, limit: int, after: UUID | None, sent_by: datetime, broker: str | None = None
    ) -> Sequence[OpenWork]:
        """Return orders to read back, oldest first, those behind `after` when given."""
        async with self._database.system.connection() as connection:
            # The first condition is that of the partial index orders_in_doubt.
            found = await connection.fetch(
                "SELECT o.id, o.tenant_id, o.account_id, o.state, a.broker"
                " FROM orders o JOIN accounts a ON a.id = o.account_id"
                " WHERE o.state IN ('submitted', 'unknown')"
                " AND (o.state = 'unknown' OR coalesce(o.sent_at, o.updated_at) <= $2)"
                " AND ($3::uuid IS NULL OR o.id > $3)"
                " AND ($4::text IS NULL OR a.broker = $4)"
                " ORDER BY o.id LIMIT $1",
                limit,
                sent_by,
                after,
                broker,
            )
        return [_work_of(row) for row in found]


def _work_of(row: rows.Row) -> OpenWork:
    return OpenWork(
        tenant_id=UUID(int=row["tenant_id"].int),
        account_id=UUID(int=row["account_id"].int),
        order_id=UUID(int=row["id"].int),
        state=OrderState(row["state"]),
        broker=row["broker"],
    )
