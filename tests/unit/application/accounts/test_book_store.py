"""A change is decided on the latest book and stored once, or told why not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink
from application.accounts.book_store import (
    AccountNotFound,
    BookStore,
    Others,
    TooContended,
)
from application.shared.change import ATTEMPTS_MAX
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences, Reply
from ports.accounts import BookCommit, Stale, StaleCause
from ports.storage import ConstraintBroken, StorageUnavailable
from tests import builders

AT_ONCE = 32


@dataclass(slots=True)
class Bench:
    """A book store over memory, and a second one as another process would have it."""

    book: AccountBook = field(default_factory=builders.book)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    failing: list[Exception] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)
    book_store: BookStore = field(init=False)
    other: BookStore = field(init=False)

    def __post_init__(self) -> None:
        self.database.books[self.book.account.id] = self.book
        link = MemoryLink(self.database, pause=self._pause)
        self.book_store = BookStore(books=MemoryAccountBooks(link))
        self.other = BookStore(books=MemoryAccountBooks(link))

    async def _pause(self) -> None:
        await asyncio.sleep(0)
        if self.failing:
            raise self.failing.pop()

    async def change(
        self,
        decide: Callable[[AccountBook], BookChange | str],
        *,
        book_store: BookStore | None = None,
        tenant_id: UUID | None = None,
    ) -> BookChange | str | Stale:
        account = self.book.account

        def noted(book: AccountBook) -> BookChange | str:
            self.decided.append(book.version)
            return decide(book)

        return await (book_store or self.book_store).change(
            tenant_id=tenant_id or account.tenant_id, account_id=account.id, decide=noted
        )

    def stored(self) -> AccountBook:
        return self.database.books[self.book.account.id]


async def test_a_change_is_stored_and_the_next_is_decided_on_it() -> None:
    bench = Bench()
    first = await bench.change(builders.touch)
    assert isinstance(first, BookChange)
    assert bench.stored() == first.book
    await bench.change(builders.touch)
    assert bench.decided == [0, 1]
    assert bench.book_store.remembered(bench.book.account.id) == bench.stored()


async def test_a_change_decided_on_an_old_book_is_decided_again() -> None:
    bench = Bench()
    await bench.change(builders.touch)
    await bench.change(builders.touch, book_store=bench.other)
    bench.decided.clear()
    done = await bench.change(lambda book: builders.deposit(5, on=book))
    assert isinstance(done, BookChange)
    assert bench.decided == [1, 2]
    assert (done.book.version, done.book.settled_cash) == (3, Decimal(100_005))


async def test_a_no_on_a_remembered_book_is_asked_again_of_the_stored_one() -> None:
    bench = Bench()
    await bench.change(builders.touch)
    await bench.change(lambda book: builders.deposit(5, on=book), book_store=bench.other)
    bench.decided.clear()

    def enough(book: AccountBook) -> str:
        return "enough" if book.settled_cash > 100_000 else "too little"

    assert await bench.change(enough) == "enough"
    assert bench.decided == [1, 2]
    assert bench.stored().version == 2


async def test_a_no_on_the_stored_book_is_told_without_another_look() -> None:
    bench = Bench()
    assert await bench.change(lambda _: "no") == "no"
    assert bench.decided == [0]


async def test_a_no_may_become_a_yes_on_the_stored_book() -> None:
    bench = Bench()
    await bench.change(builders.touch)
    await bench.change(builders.touch, book_store=bench.other)
    done = await bench.change(lambda book: builders.touch(book) if book.version > 1 else "no")
    assert isinstance(done, BookChange)
    assert bench.stored().version == 3


@pytest.mark.parametrize("cause", [StaleCause.RULES, StaleCause.REPLIED])
async def test_a_fence_that_went_stale_is_the_callers_to_resolve(cause: StaleCause) -> None:
    bench = Bench()
    account = bench.book.account
    reply = Reply(key="k", request_hash=b"", status=201, body=b"")
    bench.database.replies[(account.tenant_id, "k")] = reply

    def decide(book: AccountBook) -> BookChange:
        if cause is StaleCause.REPLIED:
            return builders.amended(builders.touch(book), replies=(reply,))
        return builders.draft(book, fences=Fences(rules_version=7)).done()

    assert await bench.change(decide) == Stale(cause)
    assert bench.decided == [0]


async def test_an_account_that_is_not_ours_is_not_found_even_when_it_is_remembered() -> None:
    bench = Bench()
    await bench.change(builders.touch)
    with pytest.raises(AccountNotFound):
        await bench.change(builders.touch, tenant_id=builders.new_id())
    with pytest.raises(AccountNotFound):
        await bench.book_store.read(tenant_id=bench.book.account.tenant_id, account_id=UUID(int=1))
    assert bench.stored().version == 1


async def test_an_account_that_changes_under_every_attempt_is_given_up() -> None:
    bench = Bench()

    def overtaken(book: AccountBook) -> BookChange:
        bench.database.books[book.account.id] = builders.touch(book).book
        return builders.touch(book)

    account_id = bench.book.account.id
    said = f"^account {account_id} changed under {ATTEMPTS_MAX} attempts$"
    with pytest.raises(TooContended, match=said):
        await bench.change(overtaken)
    assert len(bench.decided) == ATTEMPTS_MAX


@pytest.mark.parametrize("changes", [ATTEMPTS_MAX - 1, 10_000])
async def test_others_that_change_are_read_again_so_many_times(changes: int) -> None:
    bench = Bench()
    tenant_id, account_id = bench.book.account.tenant_id, bench.book.account.id
    other = builders.book(builders.account(tenant_id=tenant_id))
    bench.database.books[other.account.id] = other
    seen: list[int] = []

    def decision(others: Others) -> Callable[[AccountBook], BookChange]:
        assert others is not None
        (counted,) = others
        seen.append(counted.version)
        if len(seen) <= changes:
            bench.database.books[other.account.id] = builders.touch(counted).book
        fences = Fences(others=((other.account.id, counted.version),))
        return lambda book: builders.draft(book, fences=fences).done()

    change = bench.book_store.change_beside(
        tenant_id=tenant_id, account_id=account_id, counts_all=True, decision=decision
    )
    if changes < ATTEMPTS_MAX:
        assert isinstance(await change, BookChange)
    else:
        with pytest.raises(TooContended, match=f"other accounts changed under {ATTEMPTS_MAX}"):
            await change
    assert seen == list(range(ATTEMPTS_MAX))


async def test_two_processes_with_many_tasks_each_lose_no_change() -> None:
    bench = Bench()
    book_stores = [bench.book_store, bench.other] * (AT_ONCE // 2)
    done = await asyncio.gather(
        *(
            bench.change(lambda book: builders.deposit(1, on=book), book_store=one)
            for one in book_stores
        )
    )
    assert all(isinstance(one, BookChange) for one in done)
    assert bench.stored().version == AT_ONCE
    assert bench.stored().settled_cash == 100_000 + AT_ONCE


async def test_one_process_alone_decides_each_change_once() -> None:
    bench = Bench()
    await asyncio.gather(
        *(bench.change(lambda book: builders.deposit(1, on=book)) for _ in range(AT_ONCE))
    )
    # Changes of cash go one by one: those that were tried together are decided again.
    assert sorted(set(bench.decided)) == list(range(AT_ONCE))
    assert bench.stored().settled_cash == 100_000 + AT_ONCE


@pytest.mark.parametrize("problem", [StorageUnavailable("gone"), ConstraintBroken("twice")])
async def test_after_a_commit_of_unknown_outcome_the_book_is_read_again(
    problem: Exception,
) -> None:
    bench = Bench()
    await bench.change(builders.touch)

    def fails(book: AccountBook) -> BookChange:
        bench.failing.append(problem)
        return builders.touch(book)

    with pytest.raises(type(problem)):
        await bench.change(fails)
    assert bench.book_store.remembered(bench.book.account.id) is None
    done = await bench.change(builders.touch)
    assert isinstance(done, BookChange)


async def test_the_table_of_lanes_is_empty_when_nobody_is_at_work() -> None:
    bench = Bench()
    lanes = bench.book_store._lanes._waiting
    tasks = [asyncio.create_task(_swallowed(bench, _order)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    assert len(lanes) == 1
    for task in tasks[::3]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert (lanes, bench.book_store._lanes._tasks) == ({}, set())
    assert len(bench.stored().orders) == AT_ONCE - len(tasks[::3])

    def broken(book: AccountBook) -> BookChange:
        raise ZeroDivisionError(book.version)

    with pytest.raises(ZeroDivisionError):
        await bench.change(broken)
    assert lanes == {}


def _order(book: AccountBook) -> BookChange:
    return builders.accept(builders.order(book.account), on=book)


async def _swallowed(bench: Bench, decide: Callable[[AccountBook], BookChange]) -> None:
    await bench.change(decide)


async def test_a_cancelled_change_leaves_the_next_one_to_the_truth() -> None:
    bench = Bench()
    await bench.change(builders.touch)
    task = asyncio.create_task(_swallowed(bench, builders.touch))
    for _ in range(2):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    version = bench.stored().version
    done = await bench.change(builders.touch)
    assert isinstance(done, BookChange)
    assert done.book.version == version + 1
    said = await MemoryAccountBooks(MemoryLink(bench.database)).commit(
        builders.touch(bench.stored())
    )
    assert said == BookCommit()


async def test_all_books_of_a_tenant_are_read_as_they_are_stored() -> None:
    bench = Bench()
    tenant_id = bench.book.account.tenant_id
    other = builders.book(builders.account(tenant_id=tenant_id))
    strangers = builders.book()
    for one in (other, strangers):
        bench.database.books[one.account.id] = one
    await bench.change(builders.touch)
    await bench.change(builders.touch, book_store=bench.other)
    # The one is known in an older version, the other not at all.
    assert await bench.book_store.read_all(tenant_id=tenant_id) == [bench.stored(), other]
    assert bench.stored().version == 2
    assert await bench.book_store.read_all(tenant_id=builders.new_id()) == []


async def test_what_is_known_is_not_read_again_while_it_is_the_latest() -> None:
    bench = Bench()
    tenant_id = bench.book.account.tenant_id
    done = await bench.change(builders.touch)
    assert isinstance(done, BookChange)
    (same,) = await bench.book_store.read_all(tenant_id=tenant_id)
    assert same is done.book
    one = {"tenant_id": tenant_id, "account_id": bench.book.account.id}
    assert await bench.book_store.read(**one) is done.book
    await bench.change(builders.touch, book_store=bench.other)
    assert await bench.book_store.read(**one) == bench.stored()
    assert bench.stored().version == 2
