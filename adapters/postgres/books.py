"""Keep the books of accounts in Postgres; a change is one statement."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg

from adapters.postgres import order_rows, rows
from adapters.postgres.change_rows import alone_rows, shared_rows
from adapters.postgres.committing import Commit, Committer
from adapters.postgres.link.database import Database
from adapters.postgres.link.numbers import exact
from adapters.postgres.recent import RECENT, intakes_of
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import RECENT_KEPT, AccountBook, Channel, TradingDay
from domain.accounts.book_change import BookChange, Reply
from domain.orders.states import IllegalTransition, OrderState
from ports.accounts import BookCommit, ReportMarks, Stale, StaleCause
from ports.storage import ConstraintBroken, StorageCorrupt

_DIGESTS_MAX = 10_000
_STALE = {
    "BL001": StaleCause.RULES,
    "BL002": StaleCause.HALTED,
    "BL007": StaleCause.HEARD,
}
# One statement each, so that mark and reports are those of one moment.
_HEARD = """
SELECT coalesce((SELECT heard FROM broker_reports WHERE broker = $1), 0) AS mark,
    ARRAY(SELECT sequence FROM applied_reports WHERE broker = $1) AS above
"""
_MARK = """
WITH marked AS (
    INSERT INTO broker_reports VALUES ($1, $2) ON CONFLICT (broker) DO UPDATE
    SET heard = greatest(broker_reports.heard, excluded.heard) RETURNING heard
)
DELETE FROM applied_reports a USING marked m WHERE a.broker = $1 AND a.sequence <= m.heard
"""
_TAKEN = {
    "orders_client_id": StaleCause.CLIENT_ID,
    "replies_key": StaleCause.REPLIED,
}
# Two writers that met on a gapless sequence: one of them decided on an old book.
_RACED = {"notices_sequence": StaleCause.BOOK}

ACCOUNT = (
    "a.id, a.tenant_id, a.portfolio_id, a.name, a.broker, a.created_at, a.currency, a.kind,"
    " a.leverage"
)
CLOSED = "('denied', 'rejected', 'canceled', 'expired', 'filled')"


class PostgresAccountBooks:
    """Account books in Postgres (port AccountBooks), on prepared statements."""

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._committer = Committer(database)
        # Digests of rules that are stored, so that they are not sent with every decision.
        self._rules_stored: dict[UUID, set[bytes]] = {}
        # Made when the columns of the table are known.
        self._order_row: order_rows.Maker | None = None

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book as of one version."""
        async with (
            self._database.connection(tenant_id) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            head = await connection.fetchrow(
                f"SELECT {ACCOUNT}, b.version, b.cash, b.day_date, b.opening_equity,"  # noqa: S608 - own names; values are parameters
                " b.peak_equity, b.sequences, b.lap FROM accounts a JOIN books b"
                " ON b.account_id = a.id WHERE a.id = $1 AND a.tenant_id = $2",
                account_id,
                tenant_id,
            )
            if head is None:
                return None
            positions = await connection.fetch(
                "SELECT * FROM positions WHERE account_id = $1 ORDER BY symbol", account_id
            )
            orders = await connection.fetch(
                f"SELECT * FROM orders WHERE account_id = $1 AND state NOT IN {CLOSED} ORDER BY id",  # noqa: S608 - own names; values are parameters
                account_id,
            )
            recent, reducing = [
                await connection.fetch(query, account_id, RECENT_KEPT) for query in RECENT
            ]
        return _book_of(head, positions, orders, recent, reducing)

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the version that is stored now."""
        async with self._database.connection(tenant_id) as connection:
            version = await connection.fetchval(
                "SELECT b.version FROM accounts a JOIN books b ON b.account_id = a.id"
                " WHERE a.id = $1 AND a.tenant_id = $2",
                account_id,
                tenant_id,
            )
        return int(version) if version is not None else None

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the stored versions of all the tenant's books by account."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT a.id, b.version FROM accounts a JOIN books b ON b.account_id = a.id"
                " WHERE a.tenant_id = $1",
                tenant_id,
            )
        return {rows.plain_id(row["id"]): row["version"] for row in found}

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT s.symbol, coalesce(f.version, 0) AS version FROM unnest($2::text[])"
                " AS s(symbol) LEFT JOIN symbol_fences f"
                " ON f.tenant_id = $1 AND f.symbol = s.symbol",
                tenant_id,
                list(symbols),
            )
        return tuple((row["symbol"], row["version"]) for row in found)

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Store the change whole, or say what was stale."""
        tenant_id = change.book.account.tenant_id
        rules = rows.rules_rows(change.decisions, stored=self._rules_stored.get(tenant_id, ()))
        shared = shared_rows(
            change,
            order_row=await self._maker(),
            rules=rules,
            key=self._database.audit_key,
        )
        try:
            said = await self._committer.said(
                Commit(
                    tenant_id=tenant_id,
                    account_id=change.book.account.id,
                    others=change.fences.others,
                    symbols=change.fences.symbols,
                    shared=shared,
                    alone=alone_rows(change),
                )
            )
        except ConstraintBroken as problem:
            cause = _TAKEN.get(problem.constraint or "") or _RACED.get(problem.constraint or "")
            if cause is None:
                raise
            return Stale(cause)
        except asyncpg.PostgresError as problem:
            return _refused(problem)
        if said == "committed":
            self._remember(rules, tenant_id=tenant_id)
            return BookCommit()
        return Stale(StaleCause(said))

    async def _maker(self) -> order_rows.Maker:
        if self._order_row is None:
            async with self._database.connection() as connection:
                found = await connection.fetch(order_rows.COLUMNS)
            columns = [row["attname"] for row in found]
            self._order_row = order_rows.ORDERS.maker(columns)
        return self._order_row

    def _remember(self, rules: list[tuple[bytes, bytes]], *, tenant_id: UUID) -> None:
        if not rules:
            return
        if sum(map(len, self._rules_stored.values())) > _DIGESTS_MAX:
            self._rules_stored.clear()
        stored = self._rules_stored.setdefault(tenant_id, set())
        stored.update(digest for digest, _ in rules)

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT request_hash, status, body FROM used_keys"
                " WHERE tenant_id = $1 AND key = $2",
                tenant_id,
                key,
            )
        if row is None:
            return None
        return Reply(
            key=key,
            request_hash=row["request_hash"],
            status=row["status"],
            body=row["body"],
        )

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied."""
        async with self._database.system.connection() as connection:
            ((mark, above),) = await connection.fetch(_HEARD, broker)
        return ReportMarks(mark=mark, above=frozenset(above))

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Raise the broker's mark, and forget the reports that it covers."""
        async with self._database.system.connection() as connection:
            await connection.execute(_MARK, broker, mark)


def _refused(problem: asyncpg.PostgresError) -> Stale:
    """Turn the function's own refusals into the port's words."""
    cause = _STALE.get(problem.sqlstate or "")
    if cause is not None:
        return Stale(cause)
    if problem.sqlstate == "BL003":
        # The text of the error has the detail on a line of its own.
        before, _, after = str(problem.args[0]).partition(" -> ")
        raise IllegalTransition(
            before=OrderState(before), after=OrderState(after), order=str(problem.detail)
        ) from problem
    raise StorageCorrupt(f"Postgres refused a change of a book: {problem}") from problem


def account_of(row: rows.Row) -> Account:
    """Return the account of a row."""
    return Account(
        id=UUID(int=row["id"].int),
        tenant_id=UUID(int=row["tenant_id"].int),
        portfolio_id=UUID(int=row["portfolio_id"].int),
        name=row["name"],
        broker=row["broker"],
        created_at=row["created_at"],
        currency=row["currency"],
        kind=AccountKind(row["kind"]),
        leverage=exact(row["leverage"]),
    )


def _book_of(
    head: rows.Row,
    positions: Sequence[rows.Row],
    orders: Sequence[rows.Row],
    recent: Sequence[rows.Row],
    reducing: Sequence[rows.Row],
) -> AccountBook:
    day = None
    if head["day_date"] is not None:
        day = TradingDay(date=head["day_date"], opening_equity=exact(head["opening_equity"]))
    held = [rows.position_of(row) for row in positions]
    live = [order_rows.order_of(row) for row in orders]
    return AccountBook(
        account=account_of(head),
        version=head["version"],
        cash={name: Decimal(amount) for name, amount in json.loads(head["cash"]).items()},
        positions={position.symbol: position for position in held},
        orders={order.id: order for order in live},
        day=day,
        peak_equity=exact(head["peak_equity"]),
        recent=intakes_of(recent),
        recent_reducing=intakes_of(reducing),
        sequences={Channel(name): last for name, last in json.loads(head["sequences"]).items()},
        lap=head["lap"],
    )
