"""The second layer at work: queries that forget whose rows they ask for find nobody else's."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

import pytest

from adapters.postgres.accounts import PostgresAccountDirectory, PostgresLedger
from adapters.postgres.books import PostgresAccountBooks
from adapters.postgres.identity.access import PostgresMembers
from adapters.postgres.identity.personal_tokens import PostgresPersonalTokens
from adapters.postgres.kill_switch import PostgresLatches
from adapters.postgres.link.database import Database
from adapters.postgres.orders import PostgresOrderArchive
from adapters.postgres.streams import PostgresJournal
from adapters.postgres.work import PostgresWorks
from domain.accounts.book import AccountBook
from domain.orders.order import Order
from ports.accounts import BookCommit, Stale
from ports.api_keys import API_KEYS
from ports.orders import OrderFilter
from ports.risk import RULES
from ports.storage import StorageCorrupt
from tests import builders
from tests.contracts.storage import Storage
from tests.contracts.work.works import make_rule, store
from tests.integration.contracts.test_postgres import postgres_storage

# The first layer: what every query of a repository says of the tenant, with a type or without.
_CONDITION = re.compile(r"\b(?:\w+\.)?tenant_id = \$(\d+)(?:::uuid\b)?", re.IGNORECASE)


class _Careless:
    """A connection on which no query says whose rows it wants."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute"):
            return found
        return lambda query, *given: found(_forgotten(query), *given)


def _forgotten(query: str) -> str:
    without, count = _CONDITION.subn(r"$\1::uuid IS NOT NULL", query)
    CarelessDatabase.forgotten += count
    return without


class CarelessDatabase(Database):
    """A database whose repositories have all lost their tenant's condition."""

    forgotten: ClassVar[int] = 0

    @asynccontextmanager
    async def connection(self, tenant_id: UUID | None = None) -> AsyncIterator[Any]:
        async with super().connection(tenant_id) as connection:
            yield _Careless(connection)


@pytest.fixture(params=[True, False], ids=["bound", "unbound"])
async def careless(
    request: pytest.FixtureRequest, database_url: str
) -> AsyncIterator[tuple[CarelessDatabase, bool]]:
    """Give it under the login that policies bind, and under the owner's, whom none does."""
    database = CarelessDatabase()
    bound = bool(request.param)
    given = None if bound else database_url
    await database.start(url=database_url, requests_url=given, bound=bound)
    try:
        yield database, bound
    finally:
        await database.stop()


async def test_queries_that_forget_their_tenant_find_only_its_rows(
    careless: tuple[CarelessDatabase, bool], database: Database
) -> None:
    forgetful, bound = careless
    storage = postgres_storage(database, other=database)
    mine, _ = await _home(storage)
    theirs, order = await _home(storage)
    leaked = [name for name, found in await _looked(forgetful, mine, theirs, order) if found]
    assert (leaked == []) is bound
    if not bound:
        # What would have leaked is nearly everything: the conditions are gone indeed.
        assert set(leaked) >= {
            "account",
            "book",
            "order",
            "orders",
            "ledger",
            "journal",
            "rule",
            "rules",
            "counted",
        }


async def test_a_change_for_anothers_account_stores_nothing(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    mine, _ = await _home(storage)
    theirs, _ = await _home(storage)
    # As if the account had been taken for one of the asker's tenant.
    stolen = replace(theirs.account, tenant_id=mine.account.tenant_id)
    change = builders.accept(builders.order(stolen), on=replace(theirs, account=stolen))
    said = await PostgresAccountBooks(database=database).commit(change)
    assert isinstance(said, Stale)
    version = await storage.books.version(
        tenant_id=theirs.account.tenant_id, account_id=theirs.account.id
    )
    assert version == theirs.version


async def _home(storage: Storage) -> tuple[AccountBook, Order]:
    book = await storage.opened()
    order = builders.order(book.account, client_order_id="mine")
    book = await storage.store(builders.accept(order, on=book))
    # One a home, of its account's id: it can be asked for by that.
    account = book.account
    await store(storage, make_rule(0, id=account.id, tenant_id=account.tenant_id))
    return book, order


async def _looked(
    database: Database, mine: AccountBook, theirs: AccountBook, order: Order
) -> list[tuple[str, bool]]:
    """Ask as one tenant for what is another's; tell what came."""
    tenant_id, account_id = mine.account.tenant_id, theirs.account.id
    archive = PostgresOrderArchive(database=database)
    directory = PostgresAccountDirectory(database=database)
    books = PostgresAccountBooks(database=database)
    journal = PostgresJournal(database=database)
    ours = {mine.account.id, None}
    asked = {"tenant_id": tenant_id, "account_id": account_id}
    listed = await archive.list(tenant_id=tenant_id, filter=OrderFilter())
    accounts = await directory.accounts(tenant_id=tenant_id)
    portfolios = await directory.portfolios(tenant_id=tenant_id)
    latches = await PostgresLatches(database=database).engaged(tenant_id=tenant_id)
    members = await PostgresMembers(database=database).list(tenant_id=tenant_id)
    tokens = await PostgresPersonalTokens(database=database).list(
        tenant_id=tenant_id, member_id=None
    )
    async with PostgresWorks(database=database).look(tenant_id) as look:
        rules = look.records(RULES)
        rule, counted = await rules.get(account_id), await rules.count()
        everyones = await rules.list(limit=9)
        keys = await look.records(API_KEYS).list(limit=9)
    return [
        ("account", await directory.find(**asked) is not None),
        ("accounts", any(one.id not in ours for one in accounts)),
        ("portfolios", any(one.id == theirs.account.portfolio_id for one in portfolios)),
        ("book", await books.load(**asked) is not None),
        ("version", await books.version(**asked) is not None),
        ("versions", account_id in await books.versions(tenant_id=tenant_id)),
        ("order", await archive.find(tenant_id=tenant_id, order_id=order.id) is not None),
        ("orders", any(one.account_id not in ours for one in listed)),
        ("client id", await archive.by_client_id(**asked, client_order_id="mine") is not None),
        ("client ids", bool(await archive.by_client_ids(**asked, client_order_ids=["mine"]))),
        ("events", bool(await archive.events(tenant_id=tenant_id, order_id=order.id))),
        ("decision", await archive.decision(tenant_id=tenant_id, order_id=order.id) is not None),
        ("ledger", bool(await PostgresLedger(database=database).transactions(**asked, limit=9))),
        ("balances", bool(await PostgresLedger(database=database).balances(**asked))),
        (
            "journal",
            bool(await journal.replay(**asked, channel="orders", after_sequence=0, limit=9)),
        ),
        ("sequence", bool(await journal.last_sequence(**asked, channel="orders"))),
        ("latches", any(one.scope.tenant_id != tenant_id for one in latches)),
        ("members", any(one.tenant_id != tenant_id for one in members)),
        ("tokens", any(one.tenant_id != tenant_id for one in tokens)),
        ("keys", any(one.tenant_id != tenant_id for one in keys)),
        ("rule", rule is not None),
        ("rules", any(one.tenant_id != tenant_id for one in everyones)),
        ("counted", counted != 1),
    ]


@pytest.mark.parametrize("count", [1, 12])
async def test_an_order_of_another_tenant_is_refused_by_the_table_itself(
    database: Database, count: int
) -> None:
    storage = postgres_storage(database, other=database)
    mine, theirs = await storage.opened(), await storage.opened()
    change = builders.accept(*(builders.order(mine.account) for _ in range(count)), on=mine)
    *ours, last = change.orders
    foreign = replace(last, tenant_id=theirs.account.tenant_id)
    with pytest.raises(StorageCorrupt, match="row-level security"):
        await storage.books.commit(replace(change, orders=(*ours, foreign)))
    asked = {"tenant_id": mine.account.tenant_id, "account_id": mine.account.id}
    assert await storage.books.load(**asked) == mine


async def test_orders_of_several_tenants_that_come_at_once_are_all_stored(
    database: Database,
) -> None:
    storage = postgres_storage(database, other=database)
    books = [await storage.opened() for _ in range(8)]
    changes = [
        builders.accept(builders.order(book.account), builders.order(book.account), on=book)
        for book in books
    ]
    said = await asyncio.gather(*(storage.books.commit(change) for change in changes))
    assert said == [BookCommit()] * len(books)
    for book, change in zip(books, changes, strict=True):
        asked = {"tenant_id": book.account.tenant_id, "account_id": book.account.id}
        kept = await storage.books.load(**asked)
        assert kept is not None
        assert set(kept.orders) == {order.id for order in change.orders}


async def test_a_change_of_anothers_record_changes_nothing(
    careless: tuple[CarelessDatabase, bool], database: Database
) -> None:
    forgetful, bound = careless
    storage = postgres_storage(database, other=database)
    mine, _ = await _home(storage)
    theirs, _ = await _home(storage)
    async with PostgresWorks(database=forgetful).begin(mine.account.tenant_id) as work:
        removed = await work.records(RULES).remove(theirs.account.id, version=1)
    # Where no policy binds, the query without its condition reaches it.
    assert removed is not bound
