"""What every adapter of OrderArchive promises."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.book import AccountBook
from domain.accounts.decision import Common, Decision
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.orders import OrderFilter, OrderPeriod
from tests import builders
from tests.contracts.storage import Storage, StorageContract


async def _taken(storage: Storage, book: AccountBook, **given: object) -> AccountBook:
    """Take one order in and return the book after it."""
    return await storage.store(builders.accept(builders.order(book.account, **given), on=book))


async def _filled(storage: Storage, book: AccountBook, *, trades: int) -> tuple[AccountBook, Order]:
    """Take an order in that fills one unit at a time."""
    order = builders.order(book.account)
    book = await storage.store(builders.accept(order, on=book))
    book = await storage.store(
        builders.advance(book.orders[order.id], OrderState.SUBMITTED, on=book)
    )
    for index in range(trades):
        now = book.orders[order.id]
        done = builders.execution(now, quantity=1, trade_id=f"t-{index}")
        book = await storage.store(builders.book_fill(now, done, on=book))
    return book, book.orders[order.id]


class OrderArchiveContract(StorageContract):
    """The promises of OrderArchive."""

    async def test_an_order_is_found_whatever_its_state(self, storage: Storage) -> None:
        book = await storage.opened()
        order = builders.order(book.account)
        tenant_id = book.account.tenant_id
        find = storage.archive.find
        assert await find(tenant_id=tenant_id, order_id=order.id) is None
        book = await storage.store(builders.accept(order, on=book))
        assert await find(tenant_id=tenant_id, order_id=order.id) == book.orders[order.id]
        change = builders.advance(book.orders[order.id], OrderState.CANCELED, on=book)
        await storage.store(change)
        assert await find(tenant_id=tenant_id, order_id=order.id) == change.orders[0]

    async def test_another_tenant_finds_nothing(self, storage: Storage) -> None:
        book, order = await _filled(storage, await storage.opened(), trades=1)
        made = builders.draft(book)
        made.decide(Decision(id=builders.new_id(), order_id=order.id, approved=True, record=b"{}"))
        await storage.store(made.done())
        archive = storage.archive
        ours, theirs = book.account.tenant_id, (await storage.home()).tenant_id
        for tenant_id, seen in ((ours, True), (theirs, False)):
            asked = {"tenant_id": tenant_id, "order_id": order.id}
            assert (await archive.find(**asked) is not None) is seen
            assert bool(await archive.events(**asked)) is seen
            by_order = await archive.fills(tenant_id=tenant_id, order_id=order.id)
            assert bool(by_order) is seen
            assert (await archive.decision(**asked) is not None) is seen
            within = OrderFilter(account_id=book.account.id)
            assert bool(await archive.list(tenant_id=tenant_id, filter=within)) is seen
            fills = await archive.fills(tenant_id=tenant_id, account_id=book.account.id)
            assert bool(fills) is seen

    async def test_what_was_taken_in_comes_oldest_first_with_its_latest_decision(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        tenant_id, archive = book.account.tenant_id, storage.archive
        at = [builders.AT + timedelta(seconds=second) for second in range(4)]
        orders = [builders.order(book.account, accepted_at=moment) for moment in at[:3]]
        for order in orders:
            book = await storage.store(builders.accept(order, on=book))
        last = b"{}"
        for approved in (False, True):
            made = builders.draft(book)
            made.decide(
                Decision(
                    id=builders.new_id(), order_id=orders[1].id, approved=approved, record=last
                )
            )
            book = await storage.store(made.done())
        whole = OrderPeriod(since=at[0], until=at[3])

        async def taken(period: OrderPeriod, **paged: Any) -> list[UUID]:
            asked: dict[str, Any] = {"limit": 10, **paged}
            found = await archive.taken(tenant_id=tenant_id, period=period, **asked)
            return [one.id for one, _ in found]

        ids = [one.id for one in orders]
        assert await taken(whole) == ids
        assert await taken(whole, limit=2) == ids[:2]
        assert await taken(whole, after=ids[1]) == ids[2:]
        assert await taken(OrderPeriod(since=at[1], until=at[2])) == [ids[1]]
        assert await taken(replace(whole, account_id=book.account.id)) == ids
        assert await taken(replace(whole, account_id=builders.new_id())) == []
        assert await taken(replace(whole, accounts=frozenset({book.account.id}))) == ids
        assert await taken(replace(whole, accounts=frozenset())) == []
        found = await archive.taken(tenant_id=tenant_id, period=whole, limit=10)
        decisions = [one for _, one in found]
        assert decisions[0] is None
        assert decisions[1] is not None
        assert decisions[1].approved
        count = archive.count_taken
        assert await count(tenant_id=tenant_id, period=whole, most=10) == 3
        assert await count(tenant_id=tenant_id, period=whole, most=1) == 2
        theirs = (await storage.home()).tenant_id
        assert theirs != tenant_id
        assert await count(tenant_id=theirs, period=whole, most=10) == 0
        assert list(await archive.taken(tenant_id=theirs, period=whole, limit=10)) == []

    async def test_orders_come_newest_first_and_page_by_id(self, storage: Storage) -> None:
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in range(2)]
        # Made in one order and stored in another: what counts is the order's own age.
        orders = [builders.order(books[index % 2].account) for index in range(7)]
        for order in (*orders[1::2], *orders[::2]):
            index = 0 if order.account_id == books[0].account.id else 1
            books[index] = await storage.store(builders.accept(order, on=books[index]))
        paged: list[Order] = []
        after = None
        while page := await storage.archive.list(
            tenant_id=home.tenant_id, filter=OrderFilter(limit=3, after=after)
        ):
            assert len(page) <= 3
            paged += page
            after = page[-1].id
        assert [one.id for one in paged] == [one.id for one in reversed(orders)]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            (OrderFilter(), [3, 2, 1, 0]),
            (OrderFilter(symbol="MSFT"), [1]),
            (OrderFilter(strategy_id="ema"), [3, 2]),
            (OrderFilter(client_order_id="mine"), [2]),
            (OrderFilter(states=frozenset({OrderState.CANCELED})), [3]),
            (
                OrderFilter(states=frozenset({OrderState.CANCELED, OrderState.ACCEPTED})),
                [3, 2, 1, 0],
            ),
            (OrderFilter(states=frozenset()), []),
            (OrderFilter(strategy_id="ema", states=frozenset({OrderState.ACCEPTED})), [2]),
            (OrderFilter(symbol="aapl"), []),
            (OrderFilter(limit=2), [3, 2]),
        ],
    )
    async def test_a_filter_leaves_only_what_matches(
        self, storage: Storage, asked: OrderFilter, found: Sequence[int]
    ) -> None:
        book = await storage.opened()
        orders = [
            builders.order(book.account),
            builders.order(book.account, terms=builders.terms(symbol="MSFT")),
            builders.order(book.account, strategy_id="ema", client_order_id="mine"),
            builders.order(book.account, strategy_id="ema"),
        ]
        book = await storage.store(builders.accept(*orders, on=book))
        last = book.orders[orders[3].id]
        await storage.store(builders.advance(last, OrderState.CANCELED, on=book))
        listed = await storage.archive.list(tenant_id=book.account.tenant_id, filter=asked)
        assert [orders.index(_plain(one, orders)) for one in listed] == found

    async def test_a_filter_on_an_account_leaves_out_the_others(self, storage: Storage) -> None:
        home = await storage.home()
        one, other = await storage.opened(within=home), await storage.opened(within=home)
        one = await _taken(storage, one)
        await _taken(storage, other)
        listed = await storage.archive.list(
            tenant_id=home.tenant_id, filter=OrderFilter(account_id=one.account.id)
        )
        assert list(listed) == list(one.orders.values())

    async def test_events_are_the_orders_own_oldest_first(self, storage: Storage) -> None:
        book = await storage.opened()
        order = builders.order(book.account)
        book = await storage.store(builders.accept(order, on=book))
        book = await _taken(storage, book)
        for state in (OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.PARKED):
            book = await storage.store(builders.advance(book.orders[order.id], state, on=book))
        events = await storage.archive.events(tenant_id=book.account.tenant_id, order_id=order.id)
        assert [one.type for one in events] == [
            "order.accepted",
            "order.submitted",
            "order.unknown",
            "order.parked",
        ]
        assert {one.subject for one in events} == {str(order.id)}
        assert [one.sequence for one in events] == [1, 3, 4, 5]
        assert events[0].body["client_order_id"] == order.client_order_id

    async def test_orders_and_fills_among_some_accounts_are_theirs_and_fill_pages(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        book, order = await _filled(storage, await storage.opened(within=home), trades=3)
        await _filled(storage, await storage.opened(within=home), trades=3)
        some = frozenset({book.account.id, builders.new_id()})
        asked: dict[str, Any] = {"tenant_id": home.tenant_id, "limit": 3}
        fills = await storage.archive.fills(**asked, accounts=some)
        # The others are newer, and take no place of the page.
        assert [fill.account_id for fill in fills] == [book.account.id] * 3
        listed = await storage.archive.list(
            tenant_id=home.tenant_id, filter=OrderFilter(accounts=some, limit=1)
        )
        assert [one.id for one in listed] == [order.id]
        assert list(await storage.archive.fills(**asked, accounts=frozenset())) == []
        nothing = OrderFilter(accounts=frozenset(), account_id=book.account.id)
        assert list(await storage.archive.list(tenant_id=home.tenant_id, filter=nothing)) == []

    async def test_fills_come_newest_first_and_page_by_id(self, storage: Storage) -> None:
        home = await storage.home()
        book, order = await _filled(storage, await storage.opened(within=home), trades=5)
        other, _ = await _filled(storage, await storage.opened(within=home), trades=2)
        every = await storage.archive.fills(tenant_id=home.tenant_id)
        assert len(every) == 7
        assert [one.id for one in every] == sorted((one.id for one in every), reverse=True)
        asked: dict[str, Any] = {"tenant_id": home.tenant_id, "account_id": book.account.id}
        first = await storage.archive.fills(**asked, limit=3)
        rest = await storage.archive.fills(**asked, limit=3, after=first[-1].id)
        ours = [*first, *rest]
        assert [one.trade_id for one in ours] == ["t-4", "t-3", "t-2", "t-1", "t-0"]
        by_order = await storage.archive.fills(tenant_id=home.tenant_id, order_id=order.id)
        assert list(by_order) == ours
        assert [one.account_id for one in every[:2]] == [other.account.id] * 2

    async def test_fills_page_by_age_in_whatever_order_they_were_stored(
        self, storage: Storage
    ) -> None:
        home = await storage.home()
        one, first = await _filled(storage, await storage.opened(within=home), trades=0)
        other, second = await _filled(storage, await storage.opened(within=home), trades=0)
        older = builders.execution(first, quantity=1)
        newer = builders.execution(second, quantity=1)
        await storage.store(builders.book_fill(second, newer, on=other))
        await storage.store(builders.book_fill(first, older, on=one))
        page = await storage.archive.fills(tenant_id=home.tenant_id, limit=1)
        assert [done.id for done in page] == [newer.id]
        page = await storage.archive.fills(tenant_id=home.tenant_id, limit=1, after=newer.id)
        assert [done.id for done in page] == [older.id]

    async def test_a_trade_is_known_by_account_order_and_id(self, storage: Storage) -> None:
        book, order = await _filled(storage, await storage.opened(), trades=1)
        known = partial(storage.archive.has_trade, tenant_id=book.account.tenant_id)
        account_id = book.account.id
        assert await known(account_id=account_id, order_id=order.id, trade_id="t-0")
        assert not await known(account_id=account_id, order_id=order.id, trade_id="t-1")
        assert not await known(account_id=account_id, order_id=builders.new_id(), trade_id="t-0")
        assert not await known(account_id=builders.new_id(), order_id=order.id, trade_id="t-0")
        theirs = {"tenant_id": builders.new_id(), "account_id": account_id}
        assert not await storage.archive.has_trade(**theirs, order_id=order.id, trade_id="t-0")

    async def test_the_latest_decision_is_the_one_that_counts(self, storage: Storage) -> None:
        book = await _taken(storage, await storage.opened())
        (order,) = book.orders.values()
        asked = {"tenant_id": book.account.tenant_id, "order_id": order.id}
        assert await storage.archive.decision(**asked) is None
        for record in (b"\x00first", b"second\xff"):
            decided = Decision(
                id=builders.new_id(), order_id=order.id, approved=True, record=record
            )
            made = builders.draft(book)
            made.decide(decided)
            book = await storage.store(made.done())
            assert await storage.archive.decision(**asked) == decided

    async def test_what_records_have_in_common_is_in_each_of_them(self, storage: Storage) -> None:
        book = await _taken(storage, await storage.opened())
        (order,) = book.orders.values()
        shared = b'{"rules":[1,2]}'
        for number, (head, tail) in enumerate(((b"", b"}"), (b"{", b""), (b"a\x00", b"\xff"))):
            decided = Decision(
                id=builders.new_id(),
                order_id=order.id,
                approved=bool(number),
                record=head + shared + tail,
                common=Common(
                    digest=sha256(shared).digest(),
                    start=len(head),
                    end=len(head) + len(shared),
                ),
            )
            made = builders.draft(book)
            made.decide(decided)
            book = await storage.store(made.done())
            kept = await storage.archive.decision(
                tenant_id=book.account.tenant_id, order_id=order.id
            )
            assert kept == decided

    async def test_a_client_order_id_finds_closed_orders_too(self, storage: Storage) -> None:
        book = await storage.opened()
        order = builders.order(book.account, client_order_id="mine")
        find = partial(storage.archive.by_client_id, tenant_id=book.account.tenant_id)
        account_id = book.account.id
        assert await find(account_id=account_id, client_order_id="mine") is None
        book = await storage.store(builders.accept(order, on=book))
        assert await find(account_id=account_id, client_order_id="mine") == book.orders[order.id]
        change = builders.advance(book.orders[order.id], OrderState.REJECTED, on=book)
        await storage.store(change)
        assert await find(account_id=account_id, client_order_id="mine") == change.orders[0]
        assert await find(account_id=account_id, client_order_id="MINE") is None
        assert await find(account_id=builders.new_id(), client_order_id="mine") is None
        theirs = {"tenant_id": builders.new_id(), "account_id": account_id}
        assert await storage.archive.by_client_id(**theirs, client_order_id="mine") is None

    async def test_many_client_order_ids_find_each_order_under_its_own(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        first = builders.order(book.account, client_order_id="first")
        second = builders.order(book.account, client_order_id="second")
        book = await storage.store(builders.accept(first, second, on=book))
        find = partial(storage.archive.by_client_ids, tenant_id=book.account.tenant_id)
        account_id = book.account.id
        found = await find(account_id=account_id, client_order_ids=["second", "none", "first"])
        assert found == {"first": book.orders[first.id], "second": book.orders[second.id]}
        assert await find(account_id=account_id, client_order_ids=[]) == {}
        assert await find(account_id=builders.new_id(), client_order_ids=["first"]) == {}
        theirs = {"tenant_id": builders.new_id(), "account_id": account_id}
        assert await storage.archive.by_client_ids(**theirs, client_order_ids=["first"]) == {}

    async def test_amounts_keep_every_digit(self, storage: Storage) -> None:
        price = Decimal("0.123456789012345678")
        book = await _taken(storage, await storage.opened())
        (order,) = book.orders.values()
        book = await storage.store(builders.advance(order, OrderState.SUBMITTED, on=book))
        order = book.orders[order.id]
        done = builders.execution(order, quantity="0.000000000000000003", price=price)
        change = builders.book_fill(order, done, on=book)
        # A book's cost has 18 places; this checks what the order and fill keep.
        change = builders.amended(change, positions=(), ledger=())
        await storage.books.commit(change)
        kept = await storage.archive.find(tenant_id=order.tenant_id, order_id=order.id)
        assert kept is not None
        assert kept.filled_notional == price * Decimal("0.000000000000000003")
        (fill,) = await storage.archive.fills(tenant_id=order.tenant_id, order_id=order.id)
        assert fill == done


def _plain(found: Order, orders: Sequence[Order]) -> Order:
    (same,) = (one for one in orders if one.id == found.id)
    assert replace(found, state=same.state, updated_at=same.updated_at) == same
    return same
