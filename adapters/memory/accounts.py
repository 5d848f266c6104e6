"""Keep accounts and their books in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange, Halt, Reply
from domain.accounts.ledger import EntryKind, LedgerTransaction
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch, LatchCause, Scope
from ports.accounts import Committed, HeardReports, Stale, StaleCause
from ports.storage import ConstraintBroken


@dataclass(frozen=True, slots=True)
class MemoryAccountBooks:
    """Account books in memory: a commit is one step that nothing can interleave."""

    link: MemoryLink

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book, None for another tenant's or no account."""
        database = await self.link.enter()
        book = database.books.get(account_id)
        return book if book is not None and book.account.tenant_id == tenant_id else None

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the book's version, None for another tenant's or no account."""
        book = await self.load(tenant_id=tenant_id, account_id=account_id)
        return book.version if book is not None else None

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the versions of all the tenant's books by account."""
        database = await self.link.enter()
        return {
            account_id: book.version
            for account_id, book in database.books.items()
            if book.account.tenant_id == tenant_id
        }

    async def commit(self, change: BookChange) -> Committed | Stale:
        """Store the change whole, or say what was stale."""
        database = await self.link.enter()
        cause = _stale(database, change)
        if cause is not None:
            return Stale(cause)
        for order_id in change.new_orders & database.orders.keys():
            raise ConstraintBroken(f"order {order_id} is stored already")
        database.check_moves(change.orders)
        _check_unique(database, change)
        _apply(database, change)
        # The effect is durable; the process may still die before it learns of it.
        await self.link.pause()
        return Committed()

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        database = await self.link.enter()
        return database.reply(tenant_id=tenant_id, key=key)

    async def heard(self, *, broker: str) -> HeardReports:
        """Return which reports of the broker were applied."""
        database = await self.link.enter()
        above = frozenset(sequence for name, sequence in database.applied if name == broker)
        return HeardReports(mark=database.heard.get(broker, 0), above=above)

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Raise the broker's mark, and forget the reports that it covers."""
        database = await self.link.enter()
        if mark > database.heard.get(broker, 0):
            database.heard[broker] = mark
            for one in [one for one in database.applied if one[0] == broker and one[1] <= mark]:
                del database.applied[one]
        await self.link.pause()


def _stale(database: MemoryDatabase, change: BookChange) -> StaleCause | None:
    account = change.book.account
    tenant_id, fences = account.tenant_id, change.fences
    # A key that has its answer is told first: the repeat must get the first answer even
    # when the world has moved on since.
    keys = {(tenant_id, reply.key) for reply in change.replies}
    used = not (keys.isdisjoint(database.replies) and keys.isdisjoint(database.claimed))
    if used or len(keys) < len(change.replies):
        return StaleCause.REPLIED
    if fences.others is not None and _others(database, account) != dict(fences.others):
        return StaleCause.OTHERS
    stored = database.books.get(account.id)
    if stored is None or stored.version != change.expected_version:
        return StaleCause.BOOK
    rules_version = database.rules_versions.get(tenant_id, 0)
    if fences.rules_version not in (None, rules_version):
        return StaleCause.RULES
    if fences.must_be_released and _is_halted(database, account):
        return StaleCause.HALTED
    heard, broker = change.heard, account.broker
    if heard is not None and (
        heard <= database.heard.get(broker, 0) or (broker, heard) in database.applied
    ):
        return StaleCause.HEARD
    within: dict[str, UUID] = {}
    for order in change.orders:
        taken = database.client_ids.get((account.id, order.client_order_id))
        taken = taken or within.setdefault(order.client_order_id, order.id)
        if taken != order.id:
            return StaleCause.CLIENT_ID
    return None


def _others(database: MemoryDatabase, account: Account) -> dict[UUID, int]:
    return {
        account_id: book.version
        for account_id, book in database.books.items()
        if book.account.tenant_id == account.tenant_id and account_id != account.id
    }


def _check_unique(database: MemoryDatabase, change: BookChange) -> None:
    trades: set[tuple[UUID, UUID, str]] = set()
    for fill in change.fills:
        trade = (fill.account_id, fill.order_id, fill.trade_id)
        if trade in database.trades or trade in trades:
            raise ConstraintBroken(f"trade {fill.trade_id} is booked already")
        trades.add(trade)
    references: set[tuple[UUID, EntryKind, str]] = set()
    for posted in change.ledger:
        reference = (posted.account_id, posted.kind, posted.reference)
        if reference in database.references or reference in references:
            raise ConstraintBroken(f"{posted.kind} {posted.reference} is posted already")
        references.add(reference)


def _is_halted(database: MemoryDatabase, account: Account) -> bool:
    return any(
        latch.is_engaged and latch.scope.covers(tenant_id=account.tenant_id, account_id=account.id)
        for latch in database.latches.values()
    )


def _apply(database: MemoryDatabase, change: BookChange) -> None:
    account = change.book.account
    database.books[account.id] = change.book
    for order in change.orders:
        database.orders[order.id] = order
        database.client_ids[(account.id, order.client_order_id)] = order.id
    for fill in change.fills:
        database.fills.append(fill)
        database.trades.add((account.id, fill.order_id, fill.trade_id))
    for posted in change.ledger:
        _post(database, posted)
    for decision in change.decisions:
        database.decisions.setdefault(decision.order_id, []).append(decision)
    database.audit.extend(change.audit)
    database.notices.extend(change.notices)
    for reply in change.replies:
        database.replies[(account.tenant_id, reply.key)] = reply
    if change.halt is not None:
        _engage(database, change, change.halt)
    if change.heard is not None:
        database.applied[(account.broker, change.heard)] = account.id


def _post(database: MemoryDatabase, posted: LedgerTransaction) -> None:
    database.ledger.append(posted)
    database.references.add((posted.account_id, posted.kind, posted.reference))


def _engage(database: MemoryDatabase, change: BookChange, halt: Halt) -> None:
    account = change.book.account
    scope = Scope(tenant_id=account.tenant_id, account_id=account.id)
    for latch in database.latches.values():
        if latch.is_engaged and latch.scope == scope and latch.cause is LatchCause.RULE:
            return
    database.latches[halt.latch_id] = Latch(
        id=halt.latch_id,
        scope=scope,
        cause=LatchCause.RULE,
        reason=halt.reason,
        actor=halt.actor,
        engaged_at=halt.at,
    )


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
            _post(database, funding)
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
