"""What every adapter of OrderWork promises."""

from dataclasses import replace

import pytest

from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.orders import BusyAccount, OpenWork
from tests import builders
from tests.contracts.storage import Storage, StorageContract

_S = OrderState

# How an order gets into each state, and whether there is something to send or to read back.
SEND, READ, NOTHING = "send", "read", ""
LIVES: list[tuple[tuple[OrderState, ...], str]] = [
    ((_S.ACCEPTED,), SEND),
    ((_S.DENIED,), NOTHING),
    ((_S.ACCEPTED, _S.CANCELED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED), READ),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN), READ),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN, _S.PARKED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.WORKING), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.REJECTED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.EXPIRED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.TRIGGERED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.FILLED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PARTIALLY_FILLED), NOTHING),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PENDING_CANCEL), SEND),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PENDING_UPDATE), SEND),
]


async def _lived(
    storage: Storage, book: AccountBook, *states: OrderState
) -> tuple[AccountBook, Order]:
    order = builders.order(book.account)
    for state in states:
        change = builders.advance(order, state, on=book)
        book, order = await storage.store(change), change.orders[0]
    return book, order


async def _rewritten(storage: Storage, book: AccountBook, order: Order) -> AccountBook:
    """Store an order as it is given, in a change of its own."""
    change = builders.touch(book)
    live = {**book.orders, order.id: order}
    return await storage.store(
        replace(change, book=replace(change.book, orders=live), orders=(order,))
    )


def _busy(book: AccountBook) -> BusyAccount:
    account = book.account
    return BusyAccount(tenant_id=account.tenant_id, account_id=account.id, broker=account.broker)


def _of(book: AccountBook, place: int) -> Order:
    """Return the order that came at that place, the first being 1."""
    return sorted(book.orders.values(), key=lambda one: one.id)[place - 1]


class OrderWorkContract(StorageContract):
    """The promises of OrderWork."""

    @pytest.mark.parametrize(("states", "work"), LIVES)
    async def test_only_some_states_are_work(
        self, storage: Storage, states: tuple[OrderState, ...], work: str
    ) -> None:
        book, order = await _lived(storage, await storage.opened(), *states)
        open_work = OpenWork(
            tenant_id=book.account.tenant_id,
            account_id=book.account.id,
            order_id=order.id,
            state=states[-1],
            broker=book.account.broker,
        )
        busy = await storage.work.busy(limit=10)
        assert list(busy) == ([_busy(book)] if work == SEND else [])
        doubtful = await storage.work.in_doubt(limit=10, after=None, sent_by=builders.AT)
        assert list(doubtful) == ([open_work] if work == READ else [])

    async def test_an_order_that_waits_for_its_entry_is_not_work(self, storage: Storage) -> None:
        book, order = await _lived(storage, await storage.opened(), OrderState.ACCEPTED)
        book = await _rewritten(storage, book, replace(order, waiting=True))
        assert list(await storage.work.busy(limit=10)) == []
        await _rewritten(storage, book, replace(order, waiting=False))
        assert len(await storage.work.busy(limit=10)) == 1

    @pytest.mark.parametrize("state", [_S.PENDING_CANCEL, _S.PENDING_UPDATE])
    async def test_a_request_already_sent_is_not_work(
        self, storage: Storage, state: OrderState
    ) -> None:
        lived = (OrderState.ACCEPTED, OrderState.SUBMITTED, state)
        book, order = await _lived(storage, await storage.opened(), *lived)
        assert len(await storage.work.busy(limit=10)) == 1
        await _rewritten(storage, book, replace(order, request_sent=True))
        assert list(await storage.work.busy(limit=10)) == []

    async def test_accounts_come_with_their_oldest_first_over_all_tenants_and_once_each(
        self, storage: Storage
    ) -> None:
        books = [await storage.opened(broker=broker) for broker in ("a", "a", "b")]
        for index, seconds in ((2, 5), (0, 2), (1, 3), (0, 9), (2, 1)):
            order = replace(
                builders.order(books[index].account), accepted_at=builders.later(seconds).at
            )
            books[index] = await storage.store(builders.accept(order, on=books[index]))
        expected = [_busy(books[index]) for index in (2, 0, 1)]
        assert list(await storage.work.busy(limit=10)) == expected
        assert list(await storage.work.busy(limit=2)) == expected[:2]
        besides = frozenset({books[2].account.id, books[1].account.id})
        assert list(await storage.work.busy(limit=10, besides=besides)) == [expected[1]]

    async def test_what_waits_to_be_sent_is_counted_by_account(self, storage: Storage) -> None:
        assert list(await storage.work.unsent(seen=None)) == []
        books = [await storage.opened() for _ in range(2)]
        orders = []
        for index, seconds in ((0, 1), (1, 2), (0, 3), (0, 4)):
            order = replace(
                builders.order(books[index].account), accepted_at=builders.later(seconds).at
            )
            orders.append(order)
            books[index] = await storage.store(builders.accept(order, on=books[index]))
        # One of them waits for another, and one goes out.
        books[0] = await _rewritten(storage, books[0], replace(_of(books[0], 3), waiting=True))
        books[0], _ = await _lived(storage, books[0], _S.ACCEPTED, _S.SUBMITTED)
        first, second = sorted(
            await storage.work.unsent(seen=orders[1].id), key=lambda one: -one.orders
        )
        assert (first.account_id, first.tenant_id, first.broker) == (
            books[0].account.id,
            books[0].account.tenant_id,
            books[0].account.broker,
        )
        assert (first.orders, first.of_before, first.newest) == (2, 1, orders[2].id)
        assert first.oldest_at == builders.later(1).at
        assert (second.orders, second.of_before, second.newest) == (1, 1, orders[1].id)
        (found,) = [
            one
            for one in await storage.work.unsent(seen=None)
            if one.account_id == second.account_id
        ]
        assert found.of_before == 0

    async def test_what_was_sent_just_now_is_not_read_back_yet(self, storage: Storage) -> None:
        book, order = await _lived(storage, await storage.opened(), _S.ACCEPTED, _S.SUBMITTED)
        await _rewritten(storage, book, replace(order, sent_at=builders.later(5).at))
        for seconds, found in ((4.999, 0), (5, 1), (6, 1)):
            at = builders.later(seconds).at
            assert len(await storage.work.in_doubt(limit=10, after=None, sent_by=at)) == found

    async def test_the_work_of_one_broker_is_that_broker_s_alone(self, storage: Storage) -> None:
        here, there = await storage.opened(), await storage.opened(broker="second")
        doubted = []
        for book in (here, there):
            after, order = await _lived(storage, book, _S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN)
            doubted.append(order.id)
            await _lived(storage, after, _S.ACCEPTED)
        for broker, book, order_id in (("paper", here, doubted[0]), ("second", there, doubted[1])):
            busy = await storage.work.busy(limit=10, broker=broker)
            assert list(busy) == [_busy(book)]
            found = await storage.work.in_doubt(
                limit=10, after=None, sent_by=builders.AT, broker=broker
            )
            assert [one.order_id for one in found] == [order_id]
        assert await storage.work.busy(limit=10, broker="gone") == []

    async def test_what_is_in_doubt_is_told_page_by_page(self, storage: Storage) -> None:
        ids = []
        for _ in range(3):
            _, order = await _lived(
                storage, await storage.opened(), _S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN
            )
            ids.append(order.id)
        after = None
        for expected in (ids[:2], ids[2:], []):
            page = await storage.work.in_doubt(limit=2, after=after, sent_by=builders.AT)
            assert [one.order_id for one in page] == expected
            after = page[-1].order_id if page else after
