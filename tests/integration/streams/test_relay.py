"""The relay over a real Postgres misses nothing, however many write and whoever dies."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from adapters.memory.streams import MemoryWakeup
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_next
from adapters.system.time import SystemSleeper
from application.streams.relay import Relay
from domain.accounts.book import AccountBook
from domain.shared.notices import Notice
from ports.streams import StreamUnavailable, Subscriber
from tests import builders
from tests.contracts.storage import Storage
from tests.integration.contracts.test_postgres import postgres_storage

WRITERS = 8
ORDERS = 60


class Recorder:
    """A stream that keeps what it was given, and refuses every fifth batch after taking it."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._batches = 0

    async def publish(self, notices: Sequence[Notice]) -> None:
        self.notices += notices
        self._batches += 1
        await asyncio.sleep(0)
        if self._batches % 5 == 0:
            raise StreamUnavailable("taken, or not: who knows")

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        raise AssertionError("the relay only publishes")


async def _write(storage: Storage, book: AccountBook) -> None:
    for _ in range(ORDERS):
        book = await storage.store(builders.accept(builders.order(book.account), on=book))


async def _write_all(storage: Storage, books: list[AccountBook]) -> None:
    await asyncio.gather(*(_write(storage, book) for book in books))


def _relay(storage: Storage, heard: Recorder, *, reader: str | None = "kafka") -> Relay:
    return Relay(
        journal=storage.journal,
        stream=heard,
        wakeup=MemoryWakeup(),
        sleeper=SystemSleeper(),
        reader=reader,
    )


async def test_no_event_is_missed_or_out_of_turn_under_eight_writers(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    books = [await storage.opened() for _ in range(WRITERS)]
    heard = Recorder()
    writing = asyncio.ensure_future(_write_all(storage, books))
    # Each life of the relay is cut short somewhere; the next one goes on from its cursor.
    while not writing.done():
        life = asyncio.create_task(_relay(storage, heard)())
        await asyncio.wait({life, writing}, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
        life.cancel()
        await asyncio.wait({life})
    await writing
    last = _relay(storage, heard)
    await last.resume()
    for _ in range(5):
        try:
            while await last.drain():
                pass
            break
        except StreamUnavailable:
            continue
    first_times: dict[UUID | None, list[int]] = defaultdict(list)
    for notice in heard.notices:
        told = first_times[notice.account_id]
        if notice.channel == "orders" and notice.sequence not in told:
            told.append(notice.sequence)
    assert {book.account.id for book in books} == set(first_times)
    assert all(told == list(range(1, ORDERS + 1)) for told in first_times.values())


async def test_a_relay_without_a_name_begins_with_what_is_new(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    book = await storage.opened()
    await _write(storage, book)
    heard = Recorder()
    relay = _relay(storage, heard, reader=None)
    await relay.resume()
    assert await relay.drain() == 0
    other = await storage.opened()
    await storage.store(builders.accept(builders.order(other.account), on=other))
    assert await relay.drain() == 1
    assert [notice.account_id for notice in heard.notices] == [other.account.id]
    assert await storage.journal.load_cursor(reader="kafka") == ""


async def test_a_tenants_notices_keep_their_order_when_an_older_transaction_tells_later(
    database: Database,
) -> None:
    storage = postgres_storage(database, other=database)
    tenant_id = (await storage.home()).tenant_id
    begun = await storage.journal.end()
    notices = [builders.notice(tenant_id=tenant_id, sequence=number) for number in (1, 2, 3)]
    async with database.transaction(tenant_id) as older:
        # It has written something, and so has its number among the transactions.
        await older.execute("SELECT pg_current_xact_id()")
        async with database.transaction(tenant_id) as younger:
            await add_next(younger, notices[:1])
        assert not await storage.journal.after(cursor=begun, limit=9)
        await add_next(older, notices[1:2])
    async with database.transaction(tenant_id) as last:
        await add_next(last, notices[2:])
    found = await storage.journal.after(cursor=begun, limit=9)
    assert [one.notice for one in found] == notices
    # Each is a place to resume behind.
    for index, one in enumerate(found):
        rest = await storage.journal.after(cursor=one.cursor, limit=9)
        assert list(rest) == found[index + 1 :]
