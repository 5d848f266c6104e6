"""What every adapter of ReplayLaps promises: a lap begins whole, or nothing changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from domain.accounts.book import AccountBook
from domain.accounts.positions import Position
from domain.kill_switch.latch import Scope
from ports.accounts import BookCommit, Stale, StaleCause
from ports.market import BusyAccount, LapBegun, LapOver, LapRefused, ReplayPlace
from tests import builders
from tests.contracts.storage import Storage, StorageContract

ENDED = datetime(2013, 2, 28, 21, tzinfo=UTC)
SPLIT_ON = date(2013, 2, 4)


async def _begin(
    storage: Storage,
    *,
    lap: int = 1,
    at: datetime | None = ENDED,
    brokers: Sequence[str] = ("paper",),
) -> LapBegun | LapRefused | LapOver:
    return await storage.laps.begin(
        after=ReplayPlace(lap=lap, at=at),
        brokers=brokers,
        audit=builders.audit(tenant_id=builders.new_id(), action="market.replay.start_over"),
    )


async def _loaded(storage: Storage, book: AccountBook) -> AccountBook:
    account = book.account
    found = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
    assert found is not None
    return found


async def _bought(storage: Storage, book: AccountBook) -> AccountBook:
    change = builders.draft(book)
    change.set_position(Position(symbol="AAPL", quantity=Decimal(10), cost=Decimal(1000)))
    return await storage.store(change.done())


async def _sold(storage: Storage, book: AccountBook) -> AccountBook:
    (held,) = book.positions.values()
    change = builders.draft(book)
    change.set_position(
        replace(
            held, quantity=Decimal(0), cost=Decimal(0), split_on=SPLIT_ON, split_from=Decimal(5)
        )
    )
    return await storage.store(change.done())


class ReplayLapsContract(StorageContract):
    """The promises of ReplayLaps."""

    async def test_books_that_are_done_and_the_cursor_are_of_the_new_lap(
        self, storage: Storage
    ) -> None:
        await storage.cursor.save(ENDED)
        before = await _sold(storage, await _bought(storage, await storage.opened()))
        elsewhere = await storage.opened(broker="another")
        assert await _begin(storage) == LapBegun(2)
        assert await storage.cursor.load() == ReplayPlace(lap=2, at=None)
        after = await _loaded(storage, before)
        assert (after.lap, after.version, after.day) == (2, before.version + 1, None)
        assert (after.cash, after.peak_equity) == (before.cash, before.peak_equity)
        (held,) = after.positions.values()
        assert held.split_on is None
        assert held.split_from == 0
        assert held.realised_pnl == before.positions[held.symbol].realised_pnl
        assert (await _loaded(storage, elsewhere)).lap == 1

    async def test_every_broker_that_is_named_is_of_the_new_lap(self, storage: Storage) -> None:
        await storage.cursor.save(ENDED)
        first, second = await storage.opened(), await storage.opened(broker="second")
        assert await _begin(storage, brokers=["paper", "second"]) == LapBegun(2)
        assert [(await _loaded(storage, one)).lap for one in (first, second)] == [2, 2]

    async def test_the_next_lap_is_counted_on(self, storage: Storage) -> None:
        for lap in (1, 2):
            await storage.cursor.save(ENDED)
            assert await _begin(storage, lap=lap) == LapBegun(lap + 1)
        assert (await storage.cursor.load()).lap == 3

    async def test_the_entry_is_stored_with_it_and_not_without(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        entry = builders.audit(tenant_id=tenant_id, action="market.replay.start_over")
        place = ReplayPlace(at=ENDED)
        over = await storage.laps.begin(after=place, brokers=["paper"], audit=entry)
        assert over == LapOver()
        assert list(await storage.audits(tenant_id)) == []
        await storage.cursor.save(ENDED)
        await storage.laps.begin(after=place, brokers=["paper"], audit=entry)
        assert list(await storage.audits(tenant_id)) == [entry]

    async def test_an_account_that_is_not_done_keeps_all_as_they_are(
        self, storage: Storage
    ) -> None:
        await storage.cursor.save(ENDED)
        done = await storage.opened()
        holds = await _bought(storage, await storage.opened())
        waits = await storage.opened()
        waits = await storage.store(
            builders.accept(builders.order(waits.account), builders.order(waits.account), on=waits)
        )
        stops = await storage.opened()
        scope = Scope(tenant_id=stops.account.tenant_id)
        await storage.latches.engage(
            latch=builders.latch(scope=scope, flatten=True, canceled_at=builders.AT),
            audit=builders.audit(tenant_id=scope.tenant_id),
            notice=builders.notice(tenant_id=scope.tenant_id, sequence=1),
        )
        reasons = {
            holds.account.id: f"holds {next(iter(holds.positions))}",
            waits.account.id: "has 2 orders not closed",
            stops.account.id: "has a stop that is not finished",
        }
        tenants = {one.account.id: one.account.tenant_id for one in (holds, waits, stops)}
        assert await _begin(storage) == LapRefused(
            tuple(
                BusyAccount(tenant_id=tenants[one], account_id=one, reason=reasons[one])
                for one in sorted(reasons)
            )
        )
        assert await storage.cursor.load() == ReplayPlace(at=ENDED)
        for book in (done, holds, waits, stops):
            after = await _loaded(storage, book)
            assert (after.lap, after.version, after.day) == (1, book.version, book.day)

    async def test_a_lap_begins_only_where_the_replay_stands(self, storage: Storage) -> None:
        book = await storage.opened()
        assert await _begin(storage) == LapOver()
        await storage.cursor.save(builders.MARKET_AT)
        assert await _begin(storage) == LapOver()
        await storage.cursor.save(ENDED)
        assert await _begin(storage, lap=2) == LapOver()
        assert await _begin(storage) == LapBegun(2)
        # Asked for once more, by whoever saw the end too.
        assert await _begin(storage) == LapOver()
        assert await _begin(storage, lap=2, at=None) == LapOver()
        assert (await _loaded(storage, book)).lap == 2

    async def test_of_two_at_once_one_begins_it(self, storage: Storage) -> None:
        await storage.cursor.save(ENDED)
        await storage.opened()
        outcomes = await asyncio.gather(*(_begin(storage) for _ in range(4)))
        assert sorted(map(str, outcomes)) == sorted(map(str, [LapBegun(2), *[LapOver()] * 3]))

    async def test_what_was_decided_on_a_book_of_before_is_stale(self, storage: Storage) -> None:
        await storage.cursor.save(ENDED)
        book = await storage.opened()
        change = builders.accept(builders.order(book.account), on=book)
        assert await _begin(storage) == LapBegun(2)
        assert await storage.books.commit(change) == Stale(StaleCause.BOOK)

    async def test_an_order_that_comes_meanwhile_is_found_or_stale(self, storage: Storage) -> None:
        await storage.cursor.save(ENDED)
        books = [await storage.opened() for _ in range(8)]
        changes = [builders.accept(builders.order(one.account), on=one) for one in books]
        begun, *stored = await asyncio.gather(
            _begin(storage), *(storage.books.commit(one) for one in changes)
        )
        laps = {(await _loaded(storage, one)).lap for one in books}
        if begun == LapBegun(2):
            assert (set(stored), laps) == ({Stale(StaleCause.BOOK)}, {2})
        else:
            assert isinstance(begun, LapRefused)
            assert (set(stored), laps) == ({BookCommit()}, {1})

    async def test_a_book_keeps_its_lap_through_changes(self, storage: Storage) -> None:
        await storage.cursor.save(ENDED)
        book = await storage.opened()
        await _begin(storage)
        changed = await storage.store(builders.touch(await _loaded(storage, book)))
        assert (changed.lap, (await _loaded(storage, book)).lap) == (2, 2)

    async def test_an_account_opened_by_who_is_behind_begins_in_the_lap_without_a_day(
        self, storage: Storage
    ) -> None:
        await storage.cursor.save(ENDED)
        await _begin(storage)
        late = await _loaded(storage, await storage.opened())
        assert (late.lap, late.day) == (2, None)
        assert late.cash == builders.book().cash
        home = late.account
        account = builders.account(tenant_id=home.tenant_id, portfolio_id=home.portfolio_id)
        await storage.directory.open(book=builders.book(account, lap=2), funding=None)
        abreast = await storage.books.load(tenant_id=account.tenant_id, account_id=account.id)
        assert abreast is not None
        assert (abreast.lap, abreast.day) == (2, builders.DAY)
