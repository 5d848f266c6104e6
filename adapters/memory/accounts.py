"""Keep accounts and their books in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.account_directory import post
from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Halt, Reply
from domain.accounts.ledger import EntryKind
from domain.kill_switch.latch import Latch, LatchCause, Level, Scope, Target, stronger
from domain.orders.states import OrderState
from ports.accounts import BookCommit, ReportMarks, Stale, StaleCause
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

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        database = await self.link.enter()
        return tuple(
            (symbol, database.symbol_versions.get((tenant_id, symbol), 0)) for symbol in symbols
        )

    async def commit(self, change: BookChange) -> BookCommit | Stale:
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
        return BookCommit()

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key."""
        database = await self.link.enter()
        return database.reply(tenant_id=tenant_id, key=key)

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied."""
        database = await self.link.enter()
        above = frozenset(sequence for name, sequence in database.applied if name == broker)
        return ReportMarks(mark=database.heard.get(broker, 0), above=above)

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
    for symbol, version in fences.symbols or ():
        if database.symbol_versions.get((tenant_id, symbol), 0) != version:
            return StaleCause.SYMBOLS
    if fences.others is not None and _others(database, account) != dict(fences.others):
        return StaleCause.OTHERS
    stored = database.books.get(account.id)
    if stored is None or stored.version != change.expected_version:
        return StaleCause.BOOK
    rules_version = database.rules_versions.get(tenant_id, 0)
    if fences.rules_version not in (None, rules_version):
        return StaleCause.RULES
    if fences.must_be_released and (stopped := _stopped(database, change)) is not None:
        return stopped
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


def _stopped(database: MemoryDatabase, change: BookChange) -> StaleCause | None:
    match _level(database, change):
        case Level.HALTED:
            return StaleCause.HALTED
        case Level.REDUCING if not change.fences.reduces:
            return StaleCause.REDUCING
        case _:
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


# What a fence of the change is about: its other orders only move on.
_COMES_IN = (OrderState.ACCEPTED, OrderState.PENDING_UPDATE)


def _level(database: MemoryDatabase, change: BookChange) -> Level | None:
    """Return how far the orders of a change are stopped, the furthest of them."""
    account = change.book.account
    targets = [
        Target(
            tenant_id=account.tenant_id,
            account_id=account.id,
            broker=account.broker,
            symbol=order.symbol,
            strategy_id=order.strategy_id,
        )
        for order in change.orders
        if order.state in _COMES_IN
    ]
    return stronger(
        [
            latch.level
            for latch in database.latches.values()
            if latch.is_engaged and _stops(latch.scope, account=account, targets=targets)
        ]
    )


def _stops(scope: Scope, *, account: Account, targets: list[Target]) -> bool:
    """Tell whether a latch of the scope stops one of the orders, or all of the account."""
    if scope.holds_accounts:
        return scope.reaches(
            tenant_id=account.tenant_id, account_id=account.id, broker=account.broker
        )
    return any(scope.covers(target) for target in targets)


def _apply(database: MemoryDatabase, change: BookChange) -> None:
    account = change.book.account
    database.books[account.id] = change.book
    for symbol, version in change.fences.symbols or ():
        database.symbol_versions[(account.tenant_id, symbol)] = version + 1
    for order in change.orders:
        database.orders[order.id] = order
        database.client_ids[(account.id, order.client_order_id)] = order.id
    for fill in change.fills:
        database.fills.append(fill)
        database.trades.add((account.id, fill.order_id, fill.trade_id))
    for posted in change.ledger:
        post(database, posted)
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


def _engage(database: MemoryDatabase, change: BookChange, halt: Halt) -> None:
    account = change.book.account
    scope = Scope(tenant_id=account.tenant_id, account_id=account.id)
    for latch in database.latches.values():
        same = latch.scope == scope and latch.cause is LatchCause.RULE
        if latch.is_engaged and same and latch.level is Level.HALTED:
            return
    database.latches[halt.latch_id] = Latch(
        id=halt.latch_id,
        scope=scope,
        cause=LatchCause.RULE,
        reason=halt.reason,
        actor=halt.actor,
        engaged_at=halt.at,
    )
