"""What every adapter of Journal promises: nothing missed, nothing out of turn."""

import asyncio

from domain.accounts.book import AccountBook, Channel
from domain.kill_switch.latch import Scope
from domain.shared.notices import Notice
from ports.streams import PublishedNotice
from tests import builders
from tests.contracts.storage import Storage, StorageContract

WRITERS = 8
WRITES = 12


async def _read_all(storage: Storage, *, limit: int, cursor: str = "") -> list[PublishedNotice]:
    found: list[PublishedNotice] = []
    while page := await storage.journal.after(cursor=cursor, limit=limit):
        assert len(page) <= limit
        found += page
        cursor = page[-1].cursor
    return found


async def _tell(storage: Storage, book: AccountBook, *, times: int) -> AccountBook:
    for _ in range(times):
        book = await storage.store(builders.accept(builders.order(book.account), on=book))
    return book


class JournalContract(StorageContract):
    """The promises of Journal."""

    async def test_it_is_empty_at_first(self, storage: Storage) -> None:
        book = await storage.opened()
        account = book.account
        assert list(await storage.journal.after(cursor="", limit=10)) == []
        last = await storage.journal.last_sequence(
            tenant_id=account.tenant_id, account_id=account.id, channel="orders"
        )
        assert last == 0

    async def test_reading_on_brings_each_notice_once_in_commit_order(
        self, storage: Storage
    ) -> None:
        book, other = await storage.opened(), await storage.opened()
        book = await _tell(storage, book, times=3)
        other = await _tell(storage, other, times=2)
        book = await _tell(storage, book, times=2)
        whole = await _read_all(storage, limit=100)
        owners = [one.notice.account_id for one in whole]
        assert owners == [book.account.id] * 3 + [other.account.id] * 2 + [book.account.id] * 2
        for limit in (1, 2, 3):
            assert await _read_all(storage, limit=limit) == whole
        # Any place resumes right behind itself.
        for index, one in enumerate(whole):
            rest = await storage.journal.after(cursor=one.cursor, limit=100)
            assert list(rest) == whole[index + 1 :]

    async def test_the_end_resumes_with_what_comes_later(self, storage: Storage) -> None:
        book = await _tell(storage, await storage.opened(), times=2)
        first = await _read_all(storage, limit=10)
        assert list(await storage.journal.after(cursor=first[-1].cursor, limit=10)) == []
        await _tell(storage, book, times=1)
        (later,) = await storage.journal.after(cursor=first[-1].cursor, limit=10)
        assert later.notice.sequence == 3

    async def test_a_notice_is_read_back_as_it_was_written(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        told = builders.notice(
            tenant_id=tenant_id, sequence=1, body={"reason": 'a "word" \u20ac \\', "empty": ""}
        )
        await storage.latches.engage(
            latch=builders.latch(scope=Scope(tenant_id=tenant_id)),
            audit=builders.audit(tenant_id=tenant_id),
            notice=told,
        )
        (published,) = await storage.journal.after(cursor="", limit=10)
        assert published.notice == told

    async def test_a_channel_is_replayed_from_a_sequence_on(self, storage: Storage) -> None:
        home = await storage.home()
        book = await _tell(storage, await storage.opened(within=home), times=5)
        await _tell(storage, await storage.opened(within=home), times=2)

        async def replayed(after: int, limit: int) -> list[int]:
            told = await storage.journal.replay(
                tenant_id=home.tenant_id,
                account_id=book.account.id,
                channel=Channel.ORDERS,
                after_sequence=after,
                limit=limit,
            )
            assert {one.account_id for one in told} <= {book.account.id}
            return [one.sequence for one in told]

        assert await replayed(0, 100) == [1, 2, 3, 4, 5]
        assert await replayed(2, 2) == [3, 4]
        assert await replayed(5, 100) == []
        last = await storage.journal.last_sequence(
            tenant_id=home.tenant_id, account_id=book.account.id, channel=Channel.ORDERS
        )
        assert last == 5

    async def test_any_notice_is_a_place_to_resume_behind(self, storage: Storage) -> None:
        book, other = await storage.opened(), await storage.opened()
        await _tell(storage, book, times=3)
        await _tell(storage, other, times=2)
        whole = await _read_all(storage, limit=10)

        async def cursor_of(notice: Notice, *, sequence: int) -> str | None:
            return await storage.journal.cursor_of(
                tenant_id=notice.tenant_id,
                account_id=notice.account_id,
                channel=notice.channel,
                sequence=sequence,
            )

        for one in whole:
            found = await cursor_of(one.notice, sequence=one.notice.sequence)
            assert found == one.cursor
        assert await cursor_of(whole[0].notice, sequence=99) is None
        stranger = builders.notice(tenant_id=builders.new_id(), sequence=1)
        assert await cursor_of(stranger, sequence=1) is None

    async def test_channels_tenants_and_accounts_do_not_mix(self, storage: Storage) -> None:
        book = await _tell(storage, await storage.opened(), times=1)
        account = book.account
        stranger = (await storage.home()).tenant_id
        await storage.latches.engage(
            latch=builders.latch(scope=Scope(tenant_id=account.tenant_id)),
            audit=builders.audit(tenant_id=account.tenant_id),
            notice=builders.notice(tenant_id=account.tenant_id, sequence=1),
        )
        mixes = (
            (stranger, account.id, "orders"),
            (account.tenant_id, None, "orders"),
            (account.tenant_id, account.id, "kill_switch"),
            (account.tenant_id, builders.new_id(), "orders"),
            (account.tenant_id, account.id, "fills"),
        )
        journal = storage.journal
        for tenant_id, account_id, channel in mixes:
            told = await journal.replay(
                tenant_id=tenant_id,
                account_id=account_id,
                channel=channel,
                after_sequence=0,
                limit=10,
            )
            assert list(told) == []
            last = await journal.last_sequence(
                tenant_id=tenant_id, account_id=account_id, channel=channel
            )
            assert last == 0
        last = await journal.last_sequence(
            tenant_id=account.tenant_id, account_id=None, channel="kill_switch"
        )
        assert last == 1

    async def test_each_reader_keeps_its_own_place(self, storage: Storage) -> None:
        assert await storage.journal.load_cursor(reader="relay") == ""
        await storage.journal.save_cursor(reader="relay", cursor="12-3")
        await storage.journal.save_cursor(reader="other", cursor="1-1")
        await storage.journal.save_cursor(reader="relay", cursor="14-0")
        assert await storage.journal.load_cursor(reader="relay") == "14-0"
        assert await storage.journal.load_cursor(reader="other") == "1-1"

    async def test_a_reader_beside_many_writers_misses_nothing(self, storage: Storage) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(WRITERS)]
        read: list[Notice] = []
        cursor = ""
        writing = asyncio.gather(*(_tell(storage, book, times=WRITES) for book in books))
        while len(read) < WRITERS * WRITES:
            page = await storage.journal.after(cursor=cursor, limit=7)
            read += [one.notice for one in page]
            cursor = page[-1].cursor if page else cursor
            await asyncio.sleep(0)
        await writing
        assert list(await storage.journal.after(cursor=cursor, limit=7)) == []
        for book in books:
            told = [one.sequence for one in read if one.account_id == book.account.id]
            assert told == list(range(1, WRITES + 1))
