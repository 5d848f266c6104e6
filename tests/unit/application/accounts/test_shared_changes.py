"""Changes of one account that come while one is stored are decided in turn and stored as one."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink
from application.accounts.book_store import AccountNotFound, BookStore
from application.accounts.lanes import TOGETHER_MAX
from domain.accounts.book import AccountBook, Channel
from domain.accounts.book_change import BookChange, Fences, Reply
from domain.kill_switch.latch import Scope
from domain.orders.states import IllegalTransition, OrderState
from ports.accounts import Stale, StaleCause
from ports.storage import StorageUnavailable
from tests import builders

WAITING = 20
NO_FENCES = Fences()
Decide = Callable[[AccountBook], BookChange | str]


@dataclass(slots=True)
class Bench:
    """A book store over memory that can be made to fail."""

    book: AccountBook = field(default_factory=builders.book)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    warmed: int = 1
    failing: list[BaseException] = field(default_factory=list)
    book_store: BookStore = field(init=False)

    def __post_init__(self) -> None:
        self.database.books[self.book.account.id] = self.book
        link = MemoryLink(self.database, pause=self._pause)
        self.book_store = BookStore(books=MemoryAccountBooks(link))

    async def _pause(self) -> None:
        await asyncio.sleep(0)
        if self.failing:
            raise self.failing.pop()

    async def warm(self) -> None:
        """Have the book store know the book."""
        await self.ask(builders.touch)

    async def ask(
        self, decide: Decide, *, tenant_id: UUID | None = None
    ) -> BookChange | str | Stale:
        account = self.book.account
        return await self.book_store.change(
            tenant_id=tenant_id or account.tenant_id, account_id=account.id, decide=decide
        )

    async def ask_all(self, *decides: Decide) -> list[BookChange | str | Stale | BaseException]:
        return await asyncio.gather(*map(self.ask, decides), return_exceptions=True)

    def stored(self) -> AccountBook:
        return self.database.books[self.book.account.id]


async def _bench() -> Bench:
    bench = Bench()
    await bench.warm()
    return bench


def _order(name: str, *, reply: Reply | None = None, fences: Fences = NO_FENCES) -> Decide:
    def decide(book: AccountBook) -> BookChange:
        made = builders.order(book.account, client_order_id=name)
        change = builders.accept(made, on=book, fences=fences)
        return replace(change, replies=(reply,) if reply is not None else ())

    return decide


def _reply(key: str) -> Reply:
    return Reply(key=key, request_hash=b"", status=201, body=key.encode())


def _names(bench: Bench) -> list[str]:
    return [order.client_order_id for order in bench.stored().orders.values()]


async def test_what_waits_is_stored_as_one_change_in_the_order_it_came() -> None:
    bench = await _bench()
    names = [f"o{n}" for n in range(WAITING)]
    done = await bench.ask_all(*(_order(name, reply=_reply(name)) for name in names))
    assert [one.orders[0].client_order_id for one in done if isinstance(one, BookChange)] == names
    # One version by the first, one by all behind it.
    assert bench.stored().version == bench.warmed + 2
    assert _names(bench) == names
    assert [one.sequence for one in bench.database.notices] == list(range(1, WAITING + 1))
    assert bench.stored().sequences == {Channel.ORDERS: WAITING}
    tenant_id = bench.book.account.tenant_id
    assert all(bench.database.replies[(tenant_id, name)].body == name.encode() for name in names)
    assert bench.book_store.remembered(bench.book.account.id) == bench.stored()


async def test_each_is_decided_upon_the_ones_before_it() -> None:
    bench = await _bench()

    def up_to_five(book: AccountBook) -> BookChange | str:
        return _order(f"o{len(book.orders)}")(book) if len(book.orders) < 5 else "enough"

    done = await bench.ask_all(*[up_to_five] * WAITING)
    assert [one for one in done if one == "enough"] == ["enough"] * (WAITING - 5)
    assert _names(bench) == [f"o{n}" for n in range(5)]


async def test_no_more_than_so_many_are_stored_at_once() -> None:
    bench = await _bench()
    await bench.ask_all(*(_order(f"o{n}") for n in range(2 * TOGETHER_MAX + 1)))
    assert bench.stored().version == bench.warmed + 3
    assert len(bench.stored().orders) == 2 * TOGETHER_MAX + 1


async def test_one_that_cannot_hold_harms_no_other() -> None:
    bench = await _bench()
    outdated = Fences(rules_version=7)
    done = await bench.ask_all(
        _order("a", reply=_reply("k")),
        _order("b"),
        _order("a"),
        _order("c", fences=outdated),
        _order("d", reply=_reply("k")),
        _order("e", fences=Fences(rules_version=0)),
        _order("f"),
    )
    stale = [one.cause for one in done if isinstance(one, Stale)]
    assert stale == [StaleCause.CLIENT_ID, StaleCause.RULES, StaleCause.REPLIED]
    assert _names(bench) == ["a", "b", "e", "f"]


async def test_what_was_decided_beside_other_books_than_these_goes_by_itself() -> None:
    bench = await _bench()
    beside = Fences(others=())
    outdated = Fences(others=((UUID(int=9), 3),))
    done = await bench.ask_all(
        _order("a", fences=beside),
        _order("b"),
        _order("c", fences=outdated),
        _order("d", fences=beside),
    )
    assert [one.cause for one in done if isinstance(one, Stale)] == [StaleCause.OTHERS]
    assert _names(bench) == ["a", "b", "d"]


async def test_a_latch_refuses_only_those_that_must_be_released() -> None:
    bench = await _bench()
    account = bench.book.account
    latch = builders.latch(scope=Scope(tenant_id=account.tenant_id, account_id=account.id))
    bench.database.latches[latch.id] = latch
    fenced = Fences(must_be_released=True)
    done = await bench.ask_all(*(_order(f"o{n}", fences=fenced) for n in range(3)), _order("free"))
    assert done[:3] == [Stale(StaleCause.HALTED)] * 3
    assert _names(bench) == ["free"]


async def test_steps_of_one_order_are_stored_one_by_one() -> None:
    bench = await _bench()
    accepted = await bench.ask(_order("o"))
    assert isinstance(accepted, BookChange)
    order_id = accepted.orders[0].id

    def step(state: OrderState) -> Decide:
        return lambda book: builders.advance(book.orders[order_id], state, on=book)

    states = (OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.WORKING)
    done = await bench.ask_all(_order("p"), *map(step, states))
    assert not [one for one in done if not isinstance(one, BookChange)]
    assert bench.stored().orders[order_id].state is OrderState.WORKING


async def test_what_raises_is_raised_to_its_caller_alone() -> None:
    bench = await _bench()

    def broken(book: AccountBook) -> BookChange:
        raise ZeroDivisionError(book.version)

    done = await bench.ask_all(_order("a"), _order("b"), broken, _order("c"))
    assert [type(one) for one in done] == [BookChange, BookChange, ZeroDivisionError, BookChange]
    assert _names(bench) == ["a", "b", "c"]


async def test_another_tenant_in_the_lane_finds_nothing() -> None:
    bench = await _bench()
    first = asyncio.create_task(bench.ask(_order("a")))
    await asyncio.sleep(0)
    other = asyncio.create_task(bench.ask(_order("x"), tenant_id=builders.new_id()))
    behind = asyncio.create_task(bench.ask(_order("b")))
    with pytest.raises(AccountNotFound):
        await other
    await asyncio.gather(first, behind)
    assert _names(bench) == ["a", "b"]


async def test_when_the_storage_fails_everyone_whose_change_it_was_is_told() -> None:
    bench = await _bench()
    first = asyncio.create_task(bench.ask(_order("a")))
    await asyncio.sleep(0)
    others = [asyncio.create_task(bench.ask(_order(f"o{n}"))) for n in range(3)]
    await first
    bench.failing.append(StorageUnavailable("gone"))
    done = await asyncio.gather(*others, return_exceptions=True)
    assert [type(one) for one in done] == [StorageUnavailable] * 3
    assert bench.book_store.remembered(bench.book.account.id) is None
    assert isinstance(await bench.ask(_order("z")), BookChange)


async def test_who_gives_up_waiting_leaves_the_others_be() -> None:
    bench = await _bench()
    tasks = [asyncio.create_task(bench.ask(_order(f"o{n}"))) for n in range(6)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[3], asyncio.CancelledError)
    kept = [n for n in range(6) if isinstance(done[n], BookChange)]
    assert kept == [1, 2, 4, 5]
    assert "o3" not in _names(bench)


async def _behind(bench: Bench, *decides: Decide) -> list[BookChange | str | Stale | BaseException]:
    """Have changes wait behind one that is being stored."""
    first = asyncio.create_task(bench.ask(_order("first")))
    await asyncio.sleep(0)
    done = await bench.ask_all(*decides)
    await first
    return done


async def test_two_that_wait_are_stored_as_one_and_one_that_fails_parts_them() -> None:
    bench = await _bench()
    await _behind(bench, _order("a"), _order("b"))
    assert bench.stored().version == bench.warmed + 2

    def broken(book: AccountBook) -> BookChange:
        raise ZeroDivisionError(book.version)

    before = bench.stored().version
    names = iter("cdef")
    await bench.ask_all(
        *(_order(next(names)) for _ in range(3)), broken, *(_order(n) for n in ("g", "h"))
    )
    # The first alone, the two before what fails, the two behind it.
    assert bench.stored().version == before + 3
    assert _names(bench) == ["first", "a", "b", "c", "d", "e", "g", "h"]


async def test_a_move_that_storage_refuses_is_its_askers_alone() -> None:
    bench = await _bench()
    accepted = await bench.ask(_order("o"))
    assert isinstance(accepted, BookChange)
    order = accepted.orders[0]
    # Storage knows better: it was rejected, as only a corrupt book would not know.
    bench.database.orders[order.id] = replace(order, state=OrderState.REJECTED)

    def step(book: AccountBook) -> BookChange:
        return builders.advance(book.orders[order.id], OrderState.SUBMITTED, on=book)

    done = await _behind(bench, _order("a"), step, _order("b"))
    assert [type(one) for one in done] == [BookChange, IllegalTransition, BookChange]
    assert _names(bench)[1:] == ["first", "a", "b"]


async def test_those_who_wait_when_the_process_ends_are_told_to_look() -> None:
    bench = await _bench()
    first = asyncio.create_task(bench.ask(_order("a")))
    await asyncio.sleep(0)
    others = [asyncio.create_task(bench.ask(_order(f"o{n}"))) for n in range(TOGETHER_MAX + 2)]
    await first
    lanes = bench.book_store._lanes
    (running,) = lanes._tasks
    running.cancel()
    done = await asyncio.gather(*others, return_exceptions=True)
    assert {type(one) for one in done} == {StorageUnavailable}
    assert {str(one) for one in done} == {"the process ends: ask what became of it"}
    assert (lanes._waiting, lanes._tasks) == ({}, set())
    assert isinstance(await bench.ask(_order("z")), BookChange)
