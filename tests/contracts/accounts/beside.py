"""What AccountBooks promises for orders that are decided on beside the tenant's other books."""

import asyncio
from dataclasses import replace

import pytest

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences
from ports.accounts import BookCommit, Stale, StaleCause
from tests import builders
from tests.contracts.storage import Storage, StorageContract

AT_ONCE = 64


def _accepting(book: AccountBook, *others: AccountBook) -> BookChange:
    """Accept an order that was decided on beside these books."""
    versions = tuple((other.account.id, other.version) for other in others)
    fences = Fences(rules_version=0, must_be_released=True, others=versions)
    return builders.accept(builders.order(book.account), on=book, fences=fences)


class OtherBooksContract(StorageContract):
    """The promises of AccountBooks to what counts all accounts of a tenant."""

    async def test_it_holds_while_the_others_are_as_they_were(self, storage: Storage) -> None:
        home = await storage.home()
        book, other = await storage.opened(within=home), await storage.opened(within=home)
        # Another tenant's accounts are none of them.
        await storage.opened()
        book = await storage.store(_accepting(book, other))
        other = await storage.store(_accepting(other, book))
        assert (book.version, other.version) == (1, 1)

    @pytest.mark.parametrize("seen", ["older", "newer", "missing", "elsewhere"])
    async def test_it_is_stale_when_the_others_are_not_those_that_were_counted(
        self, storage: Storage, seen: str
    ) -> None:
        home = await storage.home()
        book, other = await storage.opened(within=home), await storage.opened(within=home)
        before = await storage.store(builders.touch(other))
        change = {
            "older": _accepting(book, other),
            "newer": _accepting(book, replace(before, version=before.version + 1)),
            "missing": _accepting(book),
            "elsewhere": _accepting(book, before, await storage.opened()),
        }[seen]
        assert await storage.books.commit(change) == Stale(StaleCause.OTHERS)
        tenant_id, account_id = home.tenant_id, book.account.id
        assert await storage.books.load(tenant_id=tenant_id, account_id=account_id) == book
        assert await storage.books.commit(_accepting(book, before)) == BookCommit()

    async def test_of_all_accounts_at_once_only_one_is_decided_on_the_same_others(
        self, storage: Storage
    ) -> None:
        """Whoever comes second was counted without the first, whichever account it is in."""
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(8)]
        changes = [
            _accepting(book, *(other for other in books if other is not book))
            for book in books
            for _ in range(AT_ONCE // len(books))
        ]
        told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        assert told.count(BookCommit()) == 1
        assert set(told) <= {BookCommit(), Stale(StaleCause.OTHERS), Stale(StaleCause.BOOK)}
        versions = await storage.books.versions(tenant_id=home.tenant_id)
        assert sorted(versions.values()) == [0] * 7 + [1]

    async def test_what_counts_no_others_goes_on_beside_it(self, storage: Storage) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(8)]
        first, *rest = books
        plain = [builders.accept(builders.order(book.account), on=book) for book in rest]
        told = await asyncio.gather(
            storage.books.commit(_accepting(first, *rest)),
            *(storage.books.commit(change) for change in plain),
        )
        assert told[0] in (BookCommit(), Stale(StaleCause.OTHERS))
        assert list(told[1:]) == [BookCommit()] * len(rest)


def _put(book: AccountBook, *seen: tuple[str, int]) -> BookChange:
    """Accept an order that was decided on when the symbols had these versions."""
    fences = Fences(rules_version=0, must_be_released=True, symbols=seen)
    return builders.accept(builders.order(book.account), on=book, fences=fences)


class SymbolFencesContract(StorageContract):
    """The promises of AccountBooks to what must not meet another order of the tenant."""

    async def test_each_fenced_change_raises_its_symbols_and_no_other(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        book, stranger = await storage.opened(within=home), await storage.opened()
        read = storage.books.symbol_versions
        book = await storage.store(_put(book, ("AAPL", 0), ("MSFT", 0)))
        book = await storage.store(_put(book, ("MSFT", 1)))
        await storage.store(builders.accept(builders.order(book.account), on=book))
        names = ("AAPL", "MSFT", "XOM")
        seen = await read(tenant_id=home.tenant_id, symbols=names)
        assert sorted(seen) == [("AAPL", 1), ("MSFT", 2), ("XOM", 0)]
        none = await read(tenant_id=stranger.account.tenant_id, symbols=names)
        assert {version for _, version in none} == {0}

    @pytest.mark.parametrize("version", [0, 2])
    async def test_it_is_stale_when_another_order_came_to_the_symbol(
        self, storage: Storage, version: int
    ) -> None:
        home = await storage.home()
        book, other = await storage.opened(within=home), await storage.opened(within=home)
        await storage.store(_put(other, ("AAPL", 0)))
        stale = await storage.books.commit(_put(book, ("AAPL", version), ("MSFT", 0)))
        assert stale == Stale(StaleCause.SYMBOLS)
        tenant_id, account_id = home.tenant_id, book.account.id
        assert await storage.books.load(tenant_id=tenant_id, account_id=account_id) == book
        assert await storage.books.commit(_put(book, ("AAPL", 1), ("MSFT", 0))) == BookCommit()

    async def test_what_is_not_stored_raises_nothing(self, storage: Storage) -> None:
        home = await storage.home()
        book = await storage.opened(within=home)
        await storage.store(builders.touch(book))
        assert await storage.books.commit(_put(book, ("AAPL", 0))) == Stale(StaleCause.BOOK)
        seen = await storage.books.symbol_versions(tenant_id=home.tenant_id, symbols=("AAPL",))
        assert seen == (("AAPL", 0),)

    async def test_of_all_accounts_at_once_only_one_is_the_next_in_a_symbol(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(8)]
        told = await asyncio.gather(
            *(storage.books.commit(_put(book, ("AAPL", 0))) for book in books)
        )
        assert told.count(BookCommit()) == 1
        assert told.count(Stale(StaleCause.SYMBOLS)) == 7

    async def test_symbols_in_any_order_and_others_besides_hold_up_nobody_for_ever(
        self, storage: Storage
    ) -> None:
        """Each takes the symbols in one order, and them before any book: nobody waits in a ring."""
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(8)]
        changes: list[BookChange] = []
        for number, book in enumerate(books):
            names = ("AAPL", "MSFT") if number % 2 else ("MSFT", "AAPL")
            change = _put(book, *((name, 0) for name in names))
            if number % 3 == 0:
                others = tuple((one.account.id, 0) for one in books if one is not book)
                change = replace(change, fences=replace(change.fences, others=others))
            changes.append(change)
        async with asyncio.timeout(30):
            told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
        assert told.count(BookCommit()) == 1
        assert set(told) == {BookCommit(), Stale(StaleCause.SYMBOLS)}
