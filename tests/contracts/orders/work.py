"""What every adapter of OrderWork promises."""

from dataclasses import replace

import pytest

from domain.accounts.book import AccountBook
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.orders import OpenWork
from tests import builders
from tests.contracts.storage import Storage, StorageContract

_S = OrderState

# How an order gets into each state, and whether the dispatcher has something to do there.
LIVES: list[tuple[tuple[OrderState, ...], bool]] = [
    ((_S.ACCEPTED,), True),
    ((_S.DENIED,), False),
    ((_S.ACCEPTED, _S.CANCELED), False),
    ((_S.ACCEPTED, _S.SUBMITTED), True),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN), True),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.UNKNOWN, _S.PARKED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.WORKING), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.REJECTED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.EXPIRED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.TRIGGERED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.FILLED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PARTIALLY_FILLED), False),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PENDING_CANCEL), True),
    ((_S.ACCEPTED, _S.SUBMITTED, _S.PENDING_UPDATE), True),
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


class OrderWorkContract(StorageContract):
    """The promises of OrderWork."""

    @pytest.mark.parametrize(("states", "is_work"), LIVES)
    async def test_only_some_states_are_work(
        self, storage: Storage, states: tuple[OrderState, ...], is_work: bool
    ) -> None:
        book, order = await _lived(storage, await storage.opened(), *states)
        open_work = OpenWork(
            tenant_id=book.account.tenant_id,
            account_id=book.account.id,
            order_id=order.id,
            state=states[-1],
        )
        expected = [open_work] if is_work else []
        assert list(await storage.work.pending(limit=10)) == expected

    async def test_an_order_that_waits_for_its_entry_is_not_work(self, storage: Storage) -> None:
        book, order = await _lived(storage, await storage.opened(), OrderState.ACCEPTED)
        book = await _rewritten(storage, book, replace(order, waiting=True))
        assert list(await storage.work.pending(limit=10)) == []
        await _rewritten(storage, book, replace(order, waiting=False))
        assert len(await storage.work.pending(limit=10)) == 1

    @pytest.mark.parametrize("state", [_S.PENDING_CANCEL, _S.PENDING_UPDATE])
    async def test_a_request_already_sent_is_not_work(
        self, storage: Storage, state: OrderState
    ) -> None:
        lived = (OrderState.ACCEPTED, OrderState.SUBMITTED, state)
        book, order = await _lived(storage, await storage.opened(), *lived)
        assert len(await storage.work.pending(limit=10)) == 1
        await _rewritten(storage, book, replace(order, request_sent=True))
        assert list(await storage.work.pending(limit=10)) == []

    async def test_work_comes_oldest_first_over_all_tenants_and_no_more_than_asked_for(
        self, storage: Storage
    ) -> None:
        books = [await storage.opened() for _ in range(3)]
        orders = [builders.order(books[index % 3].account) for index in range(6)]
        for index in (4, 1, 5, 0, 3, 2):
            change = builders.accept(orders[index], on=books[index % 3])
            books[index % 3] = await storage.store(change)
        pending = await storage.work.pending(limit=10)
        assert [one.order_id for one in pending] == [one.id for one in orders]
        assert [one.tenant_id for one in pending] == [one.tenant_id for one in orders]
        assert list(await storage.work.pending(limit=4)) == list(pending)[:4]
