"""What AccountBooks promises for changes of many accounts that come at the same time."""

import asyncio
from dataclasses import replace

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.orders.states import IllegalTransition, OrderState
from ports.accounts import BookCommit, Stale, StaleCause
from tests import builders
from tests.contracts.accounts.books import ALONE, DISTURBANCES, FENCES, TAKEN, UNSEEN
from tests.contracts.accounts.picture import HEARD, KEY, REPLY
from tests.contracts.storage import Storage, StorageContract

# Of each kind; more come than any adapter stores in one go.
EACH = 10


async def _before(storage: Storage) -> AccountBook:
    """Store an account where key, client order id and the broker's report are used up."""
    book = await storage.opened(broker=f"broker {builders.new_id()}")
    taken = builders.order(book.account, client_order_id=TAKEN)
    change = builders.accept(taken, on=book)
    return await storage.store(builders.amended(change, replies=(REPLY,), heard=HEARD))


def _change(book: AccountBook, *, cause: StaleCause | None) -> BookChange:
    name = TAKEN if cause is StaleCause.CLIENT_ID else "fresh"
    key = KEY if cause is StaleCause.REPLIED else "fresh"
    order = builders.order(book.account, client_order_id=name)
    fences = ALONE if cause is StaleCause.OTHERS else FENCES
    if cause is StaleCause.SYMBOLS:
        fences = replace(fences, symbols=UNSEEN)
    change = builders.accept(order, on=book, fences=fences)
    heard = HEARD if cause is StaleCause.HEARD else None
    return builders.amended(change, replies=(replace(REPLY, key=key),), heard=heard)


class ManyAccountsContract(StorageContract):
    """The promises of AccountBooks under load."""

    async def test_changes_of_many_accounts_each_meet_their_own_fate(
        self, storage: Storage
    ) -> None:
        causes: list[StaleCause | None] = []
        for cause in (None, *StaleCause):
            causes += [cause] * (EACH if cause is None else 2)
        befores = [await _before(storage) for _ in causes]
        changes = [_change(book, cause=cause) for book, cause in zip(befores, causes, strict=True)]
        for number, (book, cause) in enumerate(zip(befores, causes, strict=True)):
            if cause in DISTURBANCES:
                await DISTURBANCES[cause](storage, book)
            account = book.account
            found = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
            assert found is not None
            befores[number] = found
        told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        for before, change, cause, outcome in zip(befores, changes, causes, told, strict=True):
            assert outcome == (BookCommit() if cause is None else Stale(cause))
            account = before.account
            kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
            assert kept == (change.book if cause is None else before)

    async def test_a_broken_change_harms_no_other(self, storage: Storage) -> None:
        books = [await storage.opened() for _ in range(EACH)]
        changes = [builders.accept(builders.order(book.account), on=book) for book in books]
        broken = changes[EACH // 2]
        pending = replace(broken.orders[0], state=OrderState.PENDING_CANCEL)
        changes[EACH // 2] = replace(broken, orders=(pending,))
        told = await asyncio.gather(
            *(storage.books.commit(change) for change in changes), return_exceptions=True
        )
        for number, (change, outcome) in enumerate(zip(changes, told, strict=True)):
            account = change.book.account
            kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
            if number == EACH // 2:
                assert isinstance(outcome, IllegalTransition)
                assert kept == books[number]
            else:
                assert outcome == BookCommit()
                assert kept == change.book

    async def test_of_changes_of_one_book_at_once_one_is_stored(self, storage: Storage) -> None:
        others = [await storage.opened() for _ in range(EACH)]
        book = await storage.opened()
        rivals = [builders.accept(builders.order(book.account), on=book) for _ in range(EACH)]
        rest = [builders.accept(builders.order(one.account), on=one) for one in others]
        mixed = [change for pair in zip(rivals, rest, strict=True) for change in pair]
        told = await asyncio.gather(*(storage.books.commit(change) for change in mixed))
        assert all(outcome == BookCommit() for outcome in told[1::2])
        won = [change for change, out in zip(rivals, told[::2], strict=True) if out == BookCommit()]
        assert len(won) == 1
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == won[0].book
