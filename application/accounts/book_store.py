"""Change an account's book: decide on the latest one, store it, decide again when stale."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from typing import TypeAlias, TypeVar
from uuid import UUID

from application.accounts.lanes import Decide, Lanes, WaitingChange
from application.shared.change import ATTEMPTS_MAX
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.together import book_to_follow, may_share, together
from domain.orders.states import IllegalTransition
from domain.shared.refusals import Absent
from ports.accounts import AccountBooks, BookCommit, Stale, StaleCause
from ports.storage import ConstraintBroken

T = TypeVar("T")

# The books of a tenant's other accounts; None where nothing asks for them.
Others: TypeAlias = tuple[AccountBook, ...] | None

BOOKS_KEPT = 10_000


class AccountNotFound(Absent):
    """There is no such account, or it is another tenant's."""

    def __init__(self, account_id: UUID) -> None:
        super().__init__(f"account {account_id} does not exist")
        self.account_id = account_id


class TooContended(Exception):
    """The account changed under every attempt: nothing was stored, try again later."""


_ELSEWHERE = (StaleCause.OTHERS, StaleCause.SYMBOLS)


def _fenced(decide: Decide[T], seen: tuple[tuple[str, int], ...]) -> Decide[T]:
    """Have what puts orders in these symbols fenced by the versions that were seen of them."""
    if not seen:
        return decide

    def decided(book: AccountBook) -> BookChange | T:
        change = decide(book)
        if not isinstance(change, BookChange) or all(order.is_closed for order in change.orders):
            return change
        return replace(change, fences=replace(change.fences, symbols=seen))

    return decided


class BookStore:
    """Keeps the latest known books, one writer per account in this process at a time.

    What is asked while an account's change is being stored waits, and is then decided in
    turn, each upon the one before, and stored as one change. What keeps the books right is
    the compare-and-swap in storage, which other processes go through too.
    """

    def __init__(self, *, books: AccountBooks) -> None:
        self._books = books
        self._known: OrderedDict[UUID, AccountBook] = OrderedDict()
        # By tenant, of those where a rule counts all accounts.
        self._turns: dict[UUID, asyncio.Lock] = {}
        self._lanes = Lanes(settle=self._settle)

    async def change(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID,
        decide: Decide[T],
    ) -> BookChange | T | Stale:
        """Store what `decide` makes of the latest book and return it.

        decide is pure and may be called several times. Anything but a BookChange is
        returned as it is, nothing stored. A stale fence other than the book's version is
        the caller's to resolve. Raises AccountNotFound, TooContended, storage errors.
        """
        if not self._lanes.enter(account_id):
            # It is decided in another's task, and still is the caller's: its audit entry must
            # say where the caller came from.
            context = copy_context()
            answer: BookChange | T | Stale = await self._lanes.wait(
                account_id,
                WaitingChange(tenant_id=tenant_id, decide=lambda book: context.run(decide, book)),
            )
            return answer
        try:
            return await self._alone(tenant_id, account_id, decide)
        finally:
            self._lanes.leave(account_id)

    async def change_beside(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID,
        counts_all: bool,
        decision: Callable[[Others], Decide[T]],
        symbols: tuple[str, ...] = (),
    ) -> BookChange | T | Stale:
        """Store what is decided on the latest book and, if counts_all, the tenant's others.

        decision is given the other books, and must fence what opens by their versions: two
        accounts that share a limit then never both take what only one may. The changes of
        one tenant go one at a time; what another process or a fill changed meanwhile is read
        again. In these symbols no other order of the tenant is put meanwhile, in whichever account:
        the other books are read for them too. Raises as `change` does.
        """
        if not counts_all and not symbols:
            return await self.change(
                tenant_id=tenant_id, account_id=account_id, decide=decision(None)
            )
        read_versions = self._books.symbol_versions
        async with self._turns.setdefault(tenant_id, asyncio.Lock()):
            for _ in range(ATTEMPTS_MAX):
                # Before the books: what comes to a symbol after this is found out.
                seen = await read_versions(tenant_id=tenant_id, symbols=symbols) if symbols else ()
                others = await self.read_others(tenant_id=tenant_id, account_id=account_id)
                stored = await self.change(
                    tenant_id=tenant_id,
                    account_id=account_id,
                    decide=_fenced(decision(others), seen),
                )
                if not (isinstance(stored, Stale) and stored.cause in _ELSEWHERE):
                    return stored
        raise TooContended(f"other accounts changed under {ATTEMPTS_MAX} attempts")

    async def read_others(self, *, tenant_id: UUID, account_id: UUID) -> tuple[AccountBook, ...]:
        """Return the books of the tenant's accounts but this one, each as stored now."""
        books = await self.read_all(tenant_id=tenant_id)
        return tuple(book for book in books if book.account.id != account_id)

    async def others_for(self, book: AccountBook, *, counts_all: bool) -> Others:
        """Return what to decide on beside a book where nothing is stored."""
        if not counts_all:
            return None
        account = book.account
        return await self.read_others(tenant_id=account.tenant_id, account_id=account.id)

    async def read(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook:
        """Return the book as stored now; raise AccountNotFound."""
        known = self._known.get(account_id)
        if known is not None and known.account.tenant_id == tenant_id:
            # Whether it is the latest costs far less to ask than a book to read.
            version = await self._books.version(tenant_id=tenant_id, account_id=account_id)
            # It may have been stored by us meanwhile: then we know it by now.
            known = self._known.get(account_id)
            if known is not None and version is not None and version <= known.version:
                return known
        return await self._load(tenant_id, account_id)

    async def read_all(self, *, tenant_id: UUID) -> list[AccountBook]:
        """Return the books of all the tenant's accounts, each as stored now."""
        versions = await self._books.versions(tenant_id=tenant_id)
        found: list[AccountBook] = []
        for account_id, version in versions.items():
            known = self._remembered_of(tenant_id, account_id)
            if known is None or known.version < version:
                known = await self._load(tenant_id, account_id)
            found.append(known)
        return found

    def remembered(self, account_id: UUID) -> AccountBook | None:
        """Return the latest book this process knows, without waiting; None when unknown."""
        return self._known.get(account_id)

    async def _alone(
        self, tenant_id: UUID, account_id: UUID, decide: Decide[T]
    ) -> BookChange | T | Stale:
        for _ in range(ATTEMPTS_MAX):
            book = self._remembered_of(tenant_id, account_id)
            fresh = book is None
            if book is None:
                book = await self._load(tenant_id, account_id)
            decided = decide(book)
            if not isinstance(decided, BookChange):
                # A "no" decided on a remembered book must hold on the stored one too.
                if fresh or (await self._newest(tenant_id, account_id)).version == book.version:
                    return decided
                continue
            outcome = await self._commit(decided)
            match outcome:
                case BookCommit():
                    self._keep(decided.book)
                    return decided
                case Stale(StaleCause.BOOK):
                    self._known.pop(account_id, None)
                case Stale():
                    return outcome
        raise TooContended(f"account {account_id} changed under {ATTEMPTS_MAX} attempts")

    async def _settle(self, account_id: UUID, batch: list[WaitingChange]) -> None:
        """Answer all of the batch, its changes stored as one where that is possible."""
        left = batch
        while left:
            shared = await self._share(account_id, left)
            if not shared:
                await self._answer_alone(account_id, left[0])
                shared = 1
            left = left[shared:]

    async def _share(self, account_id: UUID, batch: list[WaitingChange]) -> int:
        """Decide on as many as can be stored as one; return how many were answered."""
        tenant_id = batch[0].tenant_id
        book = self._remembered_of(tenant_id, account_id)
        if book is None or len(batch) == 1:
            return 0
        whole: BookChange | None = None
        decided: list[BookChange | object] = []
        for asked in batch:
            if asked.tenant_id != tenant_id:
                break
            try:
                one = asked.decide(book)
            # It is the caller's; alone it will be raised again, to the caller.
            except Exception:  # noqa: BLE001
                break
            if isinstance(one, BookChange):
                joined = one if whole is None else together(whole, one)
                if joined is None or not may_share(one):
                    break
                whole, book = joined, book_to_follow(one)
            decided.append(one)
        if whole is None or len(decided) < 2:
            return 0
        try:
            outcome = await self._commit(whole)
        except (ConstraintBroken, IllegalTransition):
            # One of them is at fault, and nothing of any is stored.
            return 0
        if not isinstance(outcome, BookCommit):
            if outcome.cause is StaleCause.BOOK:
                self._known.pop(account_id, None)
            return 0
        self._keep(whole.book)
        # A "no" among them was decided on the stored book too: the commit has shown it.
        for asked, one in zip(batch, decided, strict=False):
            asked.answer(one)
        return len(decided)

    async def _answer_alone(self, account_id: UUID, asked: WaitingChange) -> None:
        try:
            asked.answer(await self._alone(asked.tenant_id, account_id, asked.decide))
        # Whatever it is, it belongs to whoever asked.
        except Exception as problem:  # noqa: BLE001
            asked.fail(problem)

    def _remembered_of(self, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        known = self._known.get(account_id)
        return known if known is not None and known.account.tenant_id == tenant_id else None

    async def _newest(self, tenant_id: UUID, account_id: UUID) -> AccountBook:
        book = await self.read(tenant_id=tenant_id, account_id=account_id)
        self._keep(book)
        return book

    async def _load(self, tenant_id: UUID, account_id: UUID) -> AccountBook:
        book = await self._books.load(tenant_id=tenant_id, account_id=account_id)
        if book is None:
            raise AccountNotFound(account_id)
        known = self._known.get(account_id)
        if known is None or known.version <= book.version:
            self._keep(book)
        return book

    async def _commit(self, change: BookChange) -> BookCommit | Stale:
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
