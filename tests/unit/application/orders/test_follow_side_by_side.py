"""Accounts' reports are applied side by side, each account's in order, each report once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.memory.accounts import MemoryAccountBooks
from application.accounts.book_store import BookStore
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.follow_reports import MARK_EVERY_S, FollowReports
from domain.accounts.book_change import BookChange
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.accounts import BookCommit, ReportMarks, Stale
from ports.broker import ReportKind, UnreadableReport, VenueOrder, VenueState
from ports.storage import StorageUnavailable
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

_K = ReportKind
_S = OrderState


@dataclass(frozen=True, slots=True)
class GatedBooks(MemoryAccountBooks):
    """Books of which single accounts' changes wait, or fail."""

    closed: dict[UUID, asyncio.Event] = field(default_factory=dict)
    failing: dict[UUID, Exception] = field(default_factory=dict)
    # The reports of which a change was to be stored.
    tried: list[int | None] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    marks_fail: list[Exception] = field(default_factory=list)

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Wait while the account is closed; store the change."""
        account_id = change.book.account.id
        self.tried.append(change.heard)
        if account_id in self.failing:
            raise self.failing[account_id]
        gate = self.closed.get(account_id)
        if gate is not None:
            await gate.wait()
        return await MemoryAccountBooks.commit(self, change)

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Note the mark, and store it."""
        if self.marks_fail:
            raise self.marks_fail.pop()
        self.marks.append(mark)
        await MemoryAccountBooks.mark_heard(self, broker=broker, mark=mark)


@dataclass(slots=True)
class MarketRouter:
    """Two accounts at one broker."""

    one: Rig = field(default_factory=Rig)
    other: Rig = field(init=False)
    books: GatedBooks = field(init=False)

    def __post_init__(self) -> None:
        one = self.one
        self.other = Rig(
            database=one.database,
            clock=one.clock,
            broker=one.broker,
            book=builders.book(),
            seed=2,
        )
        self.books = GatedBooks(one.link)

    def follow(self) -> FollowReports:
        """Return a follower as a process has it that has just started."""
        one = self.one
        context = replace(one.context, book_store=BookStore(books=self.books))
        apply = ApplyReport(context=context)
        return FollowReports(
            broker=one.broker,
            books=self.books,
            directory=one.directory,
            apply_report=apply,
            adopt_external=AdoptExternal(context=context, apply_report=apply),
            halt=one.activate.halt_account,
            sleeper=one.sleeper,
        )

    @asynccontextmanager
    async def following(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Follow, and crash at the end."""
        task = asyncio.create_task(self.follow()())
        before = asyncio.all_tasks() - {task}
        await settled()
        yield task
        task.cancel()
        await asyncio.wait({task})
        # Nothing of it goes on by itself.
        assert asyncio.all_tasks() <= before

    async def heard(self) -> ReportMarks:
        """Return what is stored as heard."""
        return await self.books.heard(broker="paper")

    async def halts(self, rig: Rig) -> list[str]:
        """Return why the room's account is halted."""
        return [one.reason for one in await rig.latches.engaged(tenant_id=rig.tenant_id)]


async def settled() -> None:
    """Let everybody come as far as they can."""
    for _ in range(300):
        await asyncio.sleep(0)


def replaced(order: Order, *, size: int) -> Order:
    """Return the order with another size."""
    return replace(order, terms=builders.terms(quantity=Decimal(size)))


def tell(router: MarketRouter, *told: tuple[Order, ReportKind]) -> None:
    """Tell of orders as they stand, one report after the other."""
    broker = router.one.broker
    for order, kind in told:
        fill = venue_fill(2, trade_id=f"t{len(broker.told)}") if kind is _K.FILL else None
        terms = order.terms if kind is _K.REPLACED else None
        sequence = len(broker.told) + 1
        broker.tell(report_of(order, kind, sequence=sequence, fill=fill, terms=terms))


async def sizes(rig: Rig, order: Order) -> list[str]:
    """Return the sizes that the order was told to have been given, in turn."""
    return [
        notice.body["quantity"]
        for notice in await rig.events(order)
        if notice.type == "order.replaced"
    ]


async def test_an_account_that_hangs_holds_up_no_other_and_no_mark_passes_it() -> None:
    router = MarketRouter()
    slow, quick = await router.one.sent(), await router.other.sent()
    gate = router.books.closed[router.one.account_id] = asyncio.Event()
    tell(router, (quick, _K.FILL), (slow, _K.FILL), (quick, _K.FILL), (quick, _K.FILL))
    async with router.following():
        assert (await router.other.now(quick)).filled_quantity == 6
        assert (await router.one.now(slow)).filled_quantity == 0
        for _ in range(3):
            router.one.clock.advance(MARK_EVERY_S)
            await settled()
        assert await router.heard() == ReportMarks(mark=1, above=frozenset({3, 4}))
        gate.set()
        await settled()
        assert (await router.one.now(slow)).filled_quantity == 2
        router.one.clock.advance(MARK_EVERY_S)
        await settled()
        assert await router.heard() == ReportMarks(mark=4)
    assert router.books.marks == [1, 4]


async def test_an_accounts_reports_are_applied_in_the_order_told() -> None:
    router = MarketRouter()
    order = await router.one.sent()
    gate = router.books.closed[router.one.account_id] = asyncio.Event()
    tell(router, *((replaced(order, size=size), _K.REPLACED) for size in (20, 12, 30, 15)))
    async with router.following():
        gate.set()
        await settled()
    assert await sizes(router.one, order) == ["20", "12", "30", "15"]


async def test_what_was_applied_before_a_crash_is_not_applied_again_behind_a_later_one() -> None:
    router = MarketRouter()
    slow, quick = await router.one.sent(), await router.other.sent()
    router.books.closed[router.one.account_id] = asyncio.Event()
    larger, smaller = replaced(quick, size=20), replaced(quick, size=12)
    tell(router, (slow, _K.FILL), (larger, _K.REPLACED), (smaller, _K.REPLACED))
    async with router.following():
        assert (await router.other.now(quick)).terms == smaller.terms
    assert (await router.heard()).mark == 0
    router.books.closed.clear()
    router.books.tried.clear()
    # The broker tells all three again.
    async with router.following():
        assert router.books.tried == [1]
        assert (await router.one.now(slow)).filled_quantity == 2
        router.one.clock.advance(MARK_EVERY_S)
        await settled()
    assert await sizes(router.other, quick) == ["20", "12"]
    assert await router.heard() == ReportMarks(mark=3)


async def test_what_changed_nothing_before_a_crash_undoes_nothing_after_it() -> None:
    router = MarketRouter()
    slow, quick = await router.one.sent(), await router.other.sent()
    router.books.closed[router.one.account_id] = asyncio.Event()
    # The first tells the terms that we have: a read may have been quicker.
    tell(router, (slow, _K.FILL), (quick, _K.REPLACED), (replaced(quick, size=12), _K.REPLACED))
    for _ in range(2):
        async with router.following():
            assert (await router.other.now(quick)).terms.quantity == 12
    assert await sizes(router.other, quick) == ["12"]


@pytest.mark.parametrize("known", [True, False])
async def test_what_halted_or_was_taken_in_before_a_crash_undoes_nothing_after_it(
    known: bool,
) -> None:
    router = MarketRouter()
    slow = await router.one.sent()
    router.books.closed[router.one.account_id] = asyncio.Event()
    theirs = replaced(builders.order(router.other.book.account, client_order_id="theirs"), size=12)
    held = VenueOrder(
        account_id=str(theirs.account_id),
        client_order_id="theirs",
        venue_order_id="v-theirs",
        terms=theirs.terms,
        state=VenueState.WORKING,
    )
    if known:
        router.one.broker.held["theirs"] = held
    # An order of others, that has been replaced a second time before we look.
    tell(router, (slow, _K.FILL), (replaced(theirs, size=20), _K.REPLACED))
    async with router.following():
        router.one.broker.held["theirs"] = held
        tell(router, (theirs, _K.REPLACED))
        await settled()
        assert (await router.heard()).above == {2, 3}
    async with router.following():
        (order,) = (await router.other.stored()).orders.values()
        assert order.terms == theirs.terms
    halts = await router.halts(router.other)
    assert [why.split(":")[0] for why in halts] == ([] if known else ["broker report 2"])


async def test_a_report_that_cannot_be_read_holds_up_nobody() -> None:
    router = MarketRouter()
    order, quick = await router.one.sent(), await router.other.sent()
    account_id = str(router.one.account_id)
    router.one.broker.tell(UnreadableReport(sequence=1, account_id=account_id, problem="p"))
    tell(router, (quick, _K.FILL), (order, _K.FILL))
    async with router.following():
        assert (await router.one.now(order)).filled_quantity == 2
        assert (await router.other.now(quick)).filled_quantity == 2
        router.one.clock.advance(MARK_EVERY_S)
        await settled()
    assert await router.halts(router.one) == ["broker report 1: unreadable p"]
    assert await router.halts(router.other) == []
    assert await router.heard() == ReportMarks(mark=3)


async def test_an_accounts_error_ends_the_follower_as_it_is() -> None:
    router = MarketRouter()
    order, quick = await router.one.sent(), await router.other.sent()
    router.books.failing[router.one.account_id] = RuntimeError("a defect")
    router.books.closed[router.other.account_id] = asyncio.Event()
    tell(router, (quick, _K.FILL), (order, _K.FILL))
    async with router.following() as task:
        assert task.done()
        with pytest.raises(RuntimeError, match="a defect"):
            await task
    assert (await router.heard()) == ReportMarks()
    router.books.failing.clear()
    router.books.closed.clear()
    async with router.following():
        for rig, one in ((router.one, order), (router.other, quick)):
            assert (await rig.now(one)).filled_quantity == 2


async def test_a_mark_that_could_not_be_stored_is_tried_again() -> None:
    router = MarketRouter()
    order = await router.one.sent()
    router.books.marks_fail.append(StorageUnavailable("no answer"))
    tell(router, (order, _K.FILL))
    async with router.following():
        for marks in ([], [1], [1]):
            router.one.clock.advance(MARK_EVERY_S)
            await settled()
            assert router.books.marks == marks


async def test_two_followers_for_a_moment_apply_each_report_once() -> None:
    router, twin = MarketRouter(), MarketRouter()
    order, quick = await router.one.sent(), await router.other.sent()
    twin.one, twin.other = router.one.twin(seed=3), router.other.twin(seed=4)
    twin.books = GatedBooks(twin.one.link)
    told = [(replaced(order, size=size), _K.REPLACED) for size in (20, 12, 30)]
    gate = router.books.closed[router.one.account_id] = asyncio.Event()
    tell(router, told[0], (quick, _K.FILL), *told[1:], (order, _K.FILL))
    async with router.following(), twin.following():
        # The late one decides on what the other has stored, and marked, in the meantime.
        twin.one.clock.advance(MARK_EVERY_S)
        await settled()
        gate.set()
        await settled()
        router.one.clock.advance(MARK_EVERY_S)
        await settled()
    assert await sizes(router.one, order) == ["20", "12", "30"]
    assert (await router.one.now(order)).filled_quantity == 2
    assert await router.halts(router.one) == []
    assert await router.heard() == ReportMarks(mark=5)
