"""A field that an order gains is stored and read back, whichever way the order is stored.

In Postgres it takes a column and the file that makes the columns' function anew, which is what a
revision does for it. Whoever lists the fields of an order anywhere loses the new ones.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import pytest_asyncio

from adapters.memory.database import MemoryDatabase
from adapters.postgres import order_rows
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.scripts import script
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences
from domain.orders.moves import Move
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.accounts import BookCommit
from ports.orders import OrderFilter
from tests import builders
from tests.contracts.accounts.taking_in import taken_in
from tests.contracts.storage import Storage, memory_storage
from tests.integration.contracts.test_postgres import postgres_storage

# More orders than a change stores row by row.
MANY = 12


class Urgency(StrEnum):
    """How soon an order should go out."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterOrder(Order):
    """An order of a later version, with three fields more."""

    note: str = ""
    cap: Decimal | None = None
    urgency: Urgency | None = None


COLUMNS = """
ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN cap numeric(38,18),
    ADD COLUMN urgency text"""
MOVES = "SELECT pg_get_functiondef('move_orders'::regproc)"
GAINED: dict[str, Any] = {"note": "two\nlines", "cap": Decimal("1.5"), "urgency": Urgency.HIGH}
CHANGED: dict[str, Any] = {"note": "other", "cap": None, "urgency": Urgency.LOW}


@pytest_asyncio.fixture(params=["memory", "postgres"])
async def storage(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> AsyncIterator[Storage]:
    """Give storage of a version in which an order has the new fields."""
    if request.param == "memory":
        yield memory_storage(MemoryDatabase())
        return
    monkeypatch.setattr(order_rows, "ORDERS", order_rows.OrderRows(LaterOrder))
    database = Database()
    await database.start(url=database_url)
    try:
        async with database.system.transaction() as connection:
            await connection.execute(COLUMNS)
            await connection.execute(script("functions/move_orders"))
        yield postgres_storage(database, other=database)
    finally:
        await database.stop()


def _later(book: AccountBook, **given: Any) -> LaterOrder:
    order = builders.order(book.account)
    own = {field.name: getattr(order, field.name) for field in fields(order)}
    return LaterOrder(**{**own, **GAINED, **given})


def _with(change: BookChange, *orders: LaterOrder) -> BookChange:
    """Return the change with orders of the later version in place of its own."""
    by_id = {order.id: order for order in orders}
    return replace(
        change,
        book=replace(change.book, orders={**change.book.orders, **by_id}),
        orders=tuple(by_id[order.id] for order in change.orders),
    )


def _accepted(book: AccountBook, *, count: int = 1, **given: Any) -> BookChange:
    orders = [_later(book, **given) for _ in range(count)]
    plain = taken_in(book, order=orders[0], reply=None, fences=Fences(rules_version=0))
    if count > 1:
        plain = builders.accept(*orders, on=book)
    return _with(plain, *(replace(one, state=OrderState.ACCEPTED) for one in orders))


async def _kept(storage: Storage, book: AccountBook) -> list[Order]:
    """Return the book's orders as every reader gives them, which must be the same."""
    account = book.account
    kept = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
    assert kept is not None
    wanted = OrderFilter(account_id=account.id, limit=200)
    listed = await storage.archive.list(tenant_id=account.tenant_id, filter=wanted)
    found = [
        await storage.archive.find(tenant_id=account.tenant_id, order_id=order.id)
        for order in listed
    ]
    assert found == listed
    assert sorted(kept.orders) == sorted(order.id for order in listed)
    assert all(kept.orders[order.id] == order for order in listed)
    return list(listed)


@pytest.mark.parametrize("count", [1, MANY])
async def test_it_is_stored_with_a_new_order(storage: Storage, count: int) -> None:
    book = await storage.opened()
    change = _accepted(book, count=count)
    assert await storage.books.commit(change) == BookCommit()
    kept = await _kept(storage, book)
    assert sorted(kept, key=lambda one: one.id) == list(change.orders)
    assert {(one.note, one.cap, one.urgency) for one in kept if isinstance(one, LaterOrder)} == {
        ("two\nlines", Decimal("1.5"), Urgency.HIGH)
    }


async def test_it_is_stored_for_several_accounts_at_once(storage: Storage) -> None:
    home = await storage.home()
    books = [await storage.opened(within=home) for _ in range(MANY)]
    changes = [_accepted(book) for book in books]
    told = await asyncio.gather(*(storage.books.commit(change) for change in changes))
    assert told == [BookCommit()] * MANY
    for change in changes:
        assert await _kept(storage, change.book) == list(change.orders)


@pytest.mark.parametrize("count", [1, MANY])
async def test_it_changes_with_an_order_that_is_stored(storage: Storage, count: int) -> None:
    book = await storage.store(_accepted(await storage.opened(), count=count))
    draft = builders.draft(book)
    for order in book.orders.values():
        draft.put(Move(order=replace(order, **CHANGED), events=()))
    change = draft.done()
    assert await storage.books.commit(change) == BookCommit()
    kept = await _kept(storage, book)
    assert sorted(kept, key=lambda one: one.id) == list(change.orders)
    assert {one.note for one in kept if isinstance(one, LaterOrder)} == {"other"}


async def test_the_last_revision_made_the_function_of_all_columns(database: Database) -> None:
    async with database.system.connection() as connection:
        before = await connection.fetchval(MOVES)
        await connection.execute(script("functions/move_orders"))
        assert await connection.fetchval(MOVES) == before


async def test_it_is_stored_beside_the_tenants_other_accounts(storage: Storage) -> None:
    book = await storage.opened()
    change = _accepted(book)
    change = replace(change, fences=replace(change.fences, others=()))
    assert await storage.books.commit(change) == BookCommit()
    assert await _kept(storage, book) == list(change.orders)
