"""Keep portfolios and accounts in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.ledger import LedgerTransaction
from domain.audit.entry import AuditEntry
from ports.storage import ConstraintBroken


@dataclass(frozen=True, slots=True)
class MemoryAccountDirectory:
    """The list of accounts in memory."""

    link: MemoryLink

    async def open(
        self,
        *,
        book: AccountBook,
        funding: LedgerTransaction | None,
        audit: AuditEntry | None = None,
    ) -> None:
        """Store a new account with its first book and deposit."""
        database = await self.link.enter()
        if book.account.id in database.books:
            raise ConstraintBroken(f"account {book.account.id} exists already")
        if book.lap != database.lap:
            # The replay has started over meanwhile: the next session opens its day.
            book = replace(book, lap=database.lap, day=None)
        database.books[book.account.id] = book
        if funding is not None:
            post(database, funding)
        if audit is not None:
            database.audit.append(audit)

    async def add_portfolio(self, portfolio: Portfolio, *, audit: AuditEntry | None = None) -> None:
        """Store a new portfolio."""
        database = await self.link.enter()
        database.portfolios[portfolio.id] = portfolio
        if audit is not None:
            database.audit.append(audit)

    async def portfolios(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Portfolio]:
        """Return the tenant's portfolios, oldest first."""
        database = await self.link.enter()
        held = {
            book.account.portfolio_id
            for book in database.books.values()
            if among is None or book.account.id in among
        }
        return [
            found
            for found in database.portfolios.values()
            if found.tenant_id == tenant_id and (among is None or found.id in held)
        ]

    async def find(self, *, tenant_id: UUID, account_id: UUID) -> Account | None:
        """Return the account, None for another tenant's or no account."""
        database = await self.link.enter()
        book = database.books.get(account_id)
        found = book is not None and book.account.tenant_id == tenant_id
        return book.account if book is not None and found else None

    async def accounts(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Account]:
        """Return the tenant's accounts, oldest first."""
        database = await self.link.enter()
        return [
            book.account
            for book in database.books.values()
            if book.account.tenant_id == tenant_id and (among is None or book.account.id in among)
        ]

    async def at_broker(self, *, broker: str) -> Sequence[Account]:
        """Return all accounts held at a broker, oldest first."""
        database = await self.link.enter()
        return [book.account for book in database.books.values() if book.account.broker == broker]


def post(database: MemoryDatabase, posted: LedgerTransaction) -> None:
    database.ledger.append(posted)
    database.references.add((posted.account_id, posted.kind, posted.reference))
