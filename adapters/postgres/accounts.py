"""List accounts and read their ledger back from Postgres."""

import json
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.states import record_state
from adapters.postgres.books import ACCOUNT, account_of
from adapters.postgres.link.database import Database
from adapters.postgres.link.numbers import exact
from adapters.postgres.notices import add_audit
from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.ledger import EntryKind, LedgerAccount, LedgerTransaction, Posting
from domain.audit.entry import AuditEntry
from domain.shared.values import plain

# Where the replay has started over meanwhile, the next session opens the day. It waits for
# whoever lets it start over (PostgresReplayLaps), and sees the lap that was begun.
_OPEN = """
INSERT INTO books (account_id, version, cash, day_date, opening_equity, peak_equity, sequences, lap)
SELECT $1::uuid, $2::bigint, $3::jsonb, CASE WHEN r.lap = $8 THEN $4::date END,
    CASE WHEN r.lap = $8 THEN $5::numeric END, $6::numeric, $7::jsonb, r.lap
FROM (
    SELECT coalesce((SELECT lap FROM replay_cursors WHERE name = 'replay'), 1) AS lap
) r
"""


class PostgresAccountDirectory:
    """The list of accounts in Postgres (port AccountDirectory)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def open(
        self,
        *,
        book: AccountBook,
        funding: LedgerTransaction | None,
        audit: AuditEntry | None = None,
    ) -> None:
        """Store a new account with its first book and deposit, all or nothing."""
        account, day = book.account, book.day
        async with self._database.transaction(account.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO accounts VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                account.id,
                account.tenant_id,
                account.portfolio_id,
                account.name,
                account.broker,
                account.created_at,
                account.currency,
                account.kind,
                account.leverage,
            )
            await record_state(connection, "account", tenant_id=account.tenant_id, id=account.id)
            await connection.execute(
                _OPEN,
                account.id,
                book.version,
                json.dumps({name: plain(amount) for name, amount in book.cash.items()}),
                day.date if day is not None else None,
                day.opening_equity if day is not None else None,
                book.peak_equity,
                json.dumps({name.value: last for name, last in book.sequences.items()}),
                book.lap,
            )
            if funding is not None:
                await connection.execute(
                    "INSERT INTO ledger VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    *rows.ledger_row(funding),
                )
                await connection.execute(
                    "INSERT INTO postings SELECT * FROM unnest($1::posting_input[])",
                    rows.posting_rows(funding),
                )
            if audit is not None:
                await add_audit(connection, audit)

    async def add_portfolio(self, portfolio: Portfolio, *, audit: AuditEntry | None = None) -> None:
        """Store a new portfolio."""
        async with self._database.transaction(portfolio.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO portfolios VALUES ($1, $2, $3, $4)",
                portfolio.id,
                portfolio.tenant_id,
                portfolio.name,
                portfolio.created_at,
            )
            if audit is not None:
                await add_audit(connection, audit)

    async def portfolios(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Portfolio]:
        """Return the tenant's portfolios, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT * FROM portfolios WHERE tenant_id = $1 AND ($2::uuid[] IS NULL"
                " OR id IN (SELECT portfolio_id FROM accounts WHERE id = ANY($2))) ORDER BY id",
                tenant_id,
                rows.among(among),
            )
        return [
            Portfolio(
                id=UUID(int=row["id"].int),
                tenant_id=tenant_id,
                name=row["name"],
                created_at=row["created_at"],
            )
            for row in found
        ]

    async def find(self, *, tenant_id: UUID, account_id: UUID) -> Account | None:
        """Return the account, None for another tenant's or no account."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                f"SELECT {ACCOUNT} FROM accounts a WHERE a.id = $1 AND a.tenant_id = $2",  # noqa: S608 - own names; values are parameters
                account_id,
                tenant_id,
            )
        return account_of(row) if row is not None else None

    async def accounts(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Account]:
        """Return the tenant's accounts, oldest first."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"SELECT {ACCOUNT} FROM accounts a WHERE a.tenant_id = $1"  # noqa: S608 - own names; values are parameters
                " AND ($2::uuid[] IS NULL OR a.id = ANY($2)) ORDER BY a.id",
                tenant_id,
                rows.among(among),
            )
        return [account_of(row) for row in found]

    async def at_broker(self, *, broker: str) -> Sequence[Account]:
        """Return all accounts held at a broker, oldest first."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(
                f"SELECT {ACCOUNT} FROM accounts a WHERE a.broker = $1 ORDER BY a.id",  # noqa: S608 - own names; values are parameters
                broker,
            )
        return [account_of(row) for row in found]


class PostgresLedger:
    """The ledger in Postgres, read back (port Ledger)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def transactions(
        self, *, tenant_id: UUID, account_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[LedgerTransaction]:
        """Return transactions, newest first, older than `after`."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT l.*, array_agg((p.ledger, p.asset, p.amount) ORDER BY p.line) AS lines"
                " FROM ledger l JOIN postings p ON p.transaction_id = l.id"
                " WHERE l.tenant_id = $1 AND l.account_id = $2 AND ($3::uuid IS NULL OR l.id < $3)"
                " GROUP BY l.id ORDER BY l.id DESC LIMIT $4",
                tenant_id,
                account_id,
                after,
                limit,
            )
        return [_transaction_of(row) for row in found]

    async def by_reference(
        self, *, tenant_id: UUID, account_id: UUID, kind: EntryKind, reference: str
    ) -> LedgerTransaction | None:
        """Return the account's transaction of a kind and reference."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT l.*, array_agg((p.ledger, p.asset, p.amount) ORDER BY p.line) AS lines"
                " FROM ledger l JOIN postings p ON p.transaction_id = l.id"
                " WHERE l.tenant_id = $1 AND l.account_id = $2 AND l.kind = $3"
                " AND l.reference = $4 GROUP BY l.id",
                tenant_id,
                account_id,
                kind,
                reference,
            )
        return _transaction_of(row) if row is not None else None

    async def balances(self, *, tenant_id: UUID, account_id: UUID) -> dict[str, Decimal]:
        """Return the sum of holding postings per asset."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                "SELECT p.asset, sum(p.amount) AS amount FROM postings p"
                " JOIN ledger l ON l.id = p.transaction_id"
                " WHERE l.tenant_id = $1 AND l.account_id = $2 AND p.ledger = 'holding'"
                " GROUP BY p.asset ORDER BY p.asset",
                tenant_id,
                account_id,
            )
        return {row["asset"]: exact(row["amount"]) for row in found}


def _transaction_of(row: rows.Row) -> LedgerTransaction:
    return LedgerTransaction(
        id=UUID(int=row["id"].int),
        tenant_id=UUID(int=row["tenant_id"].int),
        account_id=UUID(int=row["account_id"].int),
        kind=EntryKind(row["kind"]),
        postings=tuple(
            Posting(ledger=LedgerAccount(ledger), asset=asset, amount=exact(amount))
            for ledger, asset, amount in row["lines"]
        ),
        at=row["at"],
        market_at=row["market_at"],
        reference=row["reference"],
    )
