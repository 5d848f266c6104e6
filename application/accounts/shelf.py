"""Change an account's book: decide on the latest one, store it, decide again when stale."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from domain.accounts.book import AccountBook
from domain.accounts.change import BookChange
from ports.accounts import AccountBooks, Committed, Stale, StaleCause

T = TypeVar("T")

BOOKS_KEPT = 10_000
ATTEMPTS_MAX = 64


class AccountNotFound(Exception):
    """There is no such account, or it is another tenant's."""

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"account {account_id} does not exist")
        self.account_id = account_id


class TooContended(Exception):
    """The account changed under every attempt: nothing was stored, try again later."""


class BookShelf:
    """Keeps the latest known books, one writer per account in this process at a time.

    The lock only saves needless conflicts between our own tasks; what keeps the books
    right is the compare-and-swap in storage, which other processes go through too.
    """

    def __init__(self, *, books: AccountBooks) -> None:
        self._books = books
        self._known: OrderedDict[UUID, AccountBook] = OrderedDict()
        self._locks: dict[UUID, _CountedLock] = {}

    async def change(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID,
        decide: Callable[[AccountBook], BookChange | T],
    ) -> BookChange | T | Stale:
        """Store what `decide` makes of the latest book and return it.

        decide is pure and may be called several times. Anything but a BookChange is
        returned as it is, nothing stored. A stale fence other than the book's version is
        the caller's to resolve. Raises AccountNotFound, TooContended, storage errors.
        """
        async with self._alone(account_id):
            for _ in range(ATTEMPTS_MAX):
                known = self._known.get(account_id)
                if known is None or known.account.tenant_id != tenant_id:
                    known, fresh = None, True
                    book = await self._load(tenant_id, account_id)
                else:
                    book, fresh = known, False
                decided = decide(book)
                if not isinstance(decided, BookChange):
                    if fresh:
                        return decided
                    # A "no" decided on a remembered book must hold on the stored one too.
                    latest = await self._load(tenant_id, account_id)
                    if latest.version == book.version:
                        return decided
                    continue
                outcome = await self._commit(decided)
                match outcome:
                    case Committed():
                        self._keep(decided.book)
                        return decided
                    case Stale(StaleCause.BOOK):
                        self._known.pop(account_id, None)
                    case Stale():
                        return outcome
        raise TooContended(f"account {account_id} changed under {ATTEMPTS_MAX} attempts")

    async def read(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook:
        """Return the book as stored now; raise AccountNotFound."""
        book = await self._books.load(tenant_id=tenant_id, account_id=account_id)
        if book is None:
            raise AccountNotFound(account_id)
        return book

    def remembered(self, account_id: UUID) -> AccountBook | None:
        """Return the latest book this process knows, without waiting; None when unknown."""
        return self._known.get(account_id)

    async def _load(self, tenant_id: UUID, account_id: UUID) -> AccountBook:
        book = await self.read(tenant_id=tenant_id, account_id=account_id)
        self._keep(book)
        return book

    async def _commit(self, change: BookChange) -> Committed | Stale:
        account_id = change.book.account.id
        try:
            return await self._books.commit(change)
        except BaseException:
            # Whether it was stored is unknown: the remembered book can no longer be trusted.
            self._known.pop(account_id, None)
            raise

    def _keep(self, book: AccountBook) -> None:
        self._known[book.account.id] = book
        self._known.move_to_end(book.account.id)
        while len(self._known) > BOOKS_KEPT:
            self._known.popitem(last=False)

    def _alone(self, account_id: UUID) -> "_CountedLock":
        lock = self._locks.get(account_id)
        if lock is None:
            lock = self._locks[account_id] = _CountedLock(self._locks, account_id)
        return lock


class _CountedLock:
    """A lock that leaves its table when nobody holds or awaits it."""

    __slots__ = ("_key", "_lock", "_table", "_users")

    def __init__(self, table: dict[UUID, "_CountedLock"], key: UUID) -> None:
        self._table = table
        self._key = key
        self._lock = asyncio.Lock()
        self._users = 0

    async def __aenter__(self) -> None:
        self._users += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._users -= 1
        if not self._users:
            self._table.pop(self._key, None)
