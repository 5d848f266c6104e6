"""How changes that come at the same time share statements, and whom a slow one keeps waiting."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from adapters.postgres.link.database import Database
from domain.accounts.book_change import BookChange, Fences
from ports.accounts import BookCommit, Stale, StaleCause
from tests import builders
from tests.contracts.storage import Storage
from tests.integration.contracts.test_postgres import postgres_storage

COUNT = 40
# As many as one statement takes.
TOGETHER = 16
HOLD = "SELECT 1 FROM books WHERE account_id = $1 FOR UPDATE"
# A fence that nothing passes, where the fences are.
PLANTED = """
CREATE OR REPLACE FUNCTION broken_fences(
    p_tenant uuid, p_account uuid, p_rules_version bigint, p_must_be_released boolean,
    p_orders orders[]
) RETURNS TABLE (cause text) LANGUAGE sql STABLE AS $$ SELECT 'halted' $$"""
# Rows of one statement have one transaction.
STORED_BY = "SELECT xmin::text FROM books WHERE account_id = ANY($1)"


async def _changes(storage: Storage, count: int) -> list[BookChange]:
    home = await storage.home()
    books = [await storage.opened(within=home) for _ in range(count)]
    return [builders.accept(builders.order(book.account), on=book) for book in books]


async def test_those_who_come_together_share_statements_of_a_bounded_size(
    database: Database,
) -> None:
    storage = postgres_storage(database, other=database)
    changes = await _changes(storage, COUNT)
    told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
    assert told == [BookCommit()] * COUNT
    async with database.system.connection() as connection:
        rows = await connection.fetch(STORED_BY, [change.book.account.id for change in changes])
    sizes = Counter(row["xmin"] for row in rows)
    assert sum(sizes.values()) == COUNT
    assert 1 < max(sizes.values()) <= TOGETHER


async def test_a_book_that_another_holds_keeps_nobody_waiting_who_shares_its_statement(
    database: Database,
) -> None:
    storage = postgres_storage(database, other=database)
    changes = await _changes(storage, TOGETHER)
    held, stale = changes[3], changes[5]
    await storage.store(builders.touch(replace(stale.book, version=0)))
    rest = [change for change in changes if change not in (held, stale)]
    async with database.system.transaction() as connection:
        await connection.fetch(HOLD, held.book.account.id)
        tasks = [asyncio.create_task(storage.books.commit(change)) for change in changes]
        told = dict(zip((change.book.account.id for change in changes), tasks, strict=True))
        async with asyncio.timeout(5):
            outcomes = [await told[change.book.account.id] for change in rest]
            assert await told[stale.book.account.id] == Stale(StaleCause.BOOK)
        assert outcomes == [BookCommit()] * len(rest)
        assert not told[held.book.account.id].done()
    assert await told[held.book.account.id] == BookCommit()


@pytest.mark.parametrize(
    "way", ["alone", "several", "large", "beside", "symbols", "symbols beside"]
)
async def test_whichever_way_a_change_is_stored_one_function_has_the_fences(
    database: Database, way: str
) -> None:
    storage = postgres_storage(database, other=database)
    async with database.system.connection() as connection:
        await connection.execute(PLANTED)
    home = await storage.home()
    books = [await storage.opened(within=home) for _ in range(TOGETHER if way == "several" else 1)]
    count = TOGETHER if way == "large" else 1
    changes = [
        builders.accept(*(builders.order(book.account) for _ in range(count)), on=book)
        for book in books
    ]
    if way not in ("alone", "several", "large"):
        others = () if "beside" in way else None
        symbols = (("AAPL", 0),) if "symbols" in way else None
        changes = [replace(changes[0], fences=Fences(others=others, symbols=symbols))]
    told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
    assert told == [Stale(StaleCause.HALTED)] * len(changes)
    for book in books:
        account = book.account
        kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert kept == book


async def test_few_that_wait_behind_a_lock_are_stored_beside_it(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    stuck, *few = await _changes(storage, 1 + 3)
    async with database.system.transaction() as connection:
        await connection.fetch(HOLD, stuck.book.account.id)
        first = asyncio.create_task(storage.books.commit(stuck))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(storage.books.commit(change)) for change in few]
        async with asyncio.timeout(5):
            assert await asyncio.gather(*rest) == [BookCommit()] * len(few)
        assert not first.done()
    assert await first == BookCommit()


async def test_many_that_wait_behind_a_lock_are_all_stored_beside_it(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    stuck, *many = await _changes(storage, 1 + COUNT)
    async with database.system.transaction() as connection:
        await connection.fetch(HOLD, stuck.book.account.id)
        first = asyncio.create_task(storage.books.commit(stuck))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(storage.books.commit(change)) for change in many]
        async with asyncio.timeout(5):
            assert await asyncio.gather(*rest) == [BookCommit()] * COUNT
        assert not first.done()
    assert await first == BookCommit()
