"""What a follower and storage promise together: each report once, whatever crashes between."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import BookStore
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.follow_reports import MARK_EVERY_S, FollowReports
from domain.orders.order import Order
from domain.orders.states import OrderState
from ports.accounts import ReportMarks
from ports.broker import ReportKind
from tests import builders
from tests.contracts.storage import Storage, StorageContract
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

ACCOUNTS = 8
SIZES = (20, 12, 30, 15)
CRASHES = 6
# A look every few milliseconds; a minute on a machine that is busy otherwise.
LOOKS_MAX = 12_000


@dataclass(slots=True)
class MarketRouter:
    """Orders of several accounts at one broker, and what it tells of them."""

    storage: Storage
    rig: Rig = field(default_factory=Rig)
    orders: list[Order] = field(default_factory=list)
    halts: list[str] = field(default_factory=list)

    async def fill(self, *, source: random.Random) -> None:
        """Send an order for each account, and let the broker tell of all of them, mixed."""
        for _ in range(ACCOUNTS):
            book = await self.storage.opened()
            order = builders.order(book.account)
            book = await self.storage.store(builders.accept(order, on=book))
            for state in (OrderState.SUBMITTED, OrderState.WORKING):
                change = builders.advance(book.orders[order.id], state, on=book)
                book = await self.storage.store(change)
            self.orders.append(book.orders[order.id])
        turns = self.orders * len(SIZES)
        source.shuffle(turns)
        left = {order.id: list(SIZES) for order in self.orders}
        broker = self.rig.broker
        for order in turns:
            size = Decimal(left[order.id].pop(0))
            sequence = len(broker.told) + 1
            terms = replace(order.terms, quantity=size)
            broker.tell(report_of(order, ReportKind.REPLACED, sequence=sequence, terms=terms))
            fill = venue_fill(1, trade_id=f"t{size}")
            broker.tell(report_of(order, ReportKind.FILL, sequence=sequence + 1, fill=fill))

    def follow(self) -> FollowReports:
        """Return a follower as a process has it that has just started."""
        rig, storage = self.rig, self.storage
        book_store = BookStore(books=storage.books)
        context = replace(rig.context, book_store=book_store, archive=storage.archive)
        apply = ApplyReport(context=context)
        return FollowReports(
            broker=rig.broker,
            books=storage.books,
            directory=storage.directory,
            apply_report=apply,
            adopt_external=AdoptExternal(context=context, apply_report=apply),
            halt=self._halt,
            sleeper=rig.sleeper,
        )

    async def _halt(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        self.halts.append(f"{tenant_id} {account_id} {reason}")

    async def heard(self) -> ReportMarks:
        """Return what is stored as heard."""
        return await self.storage.books.heard(broker="paper")

    async def until_marked(self) -> None:
        """Return when all was heard and marked."""
        for _ in range(LOOKS_MAX):
            if await self.heard() == ReportMarks(mark=len(self.rig.broker.told)):
                return
            self.rig.clock.advance(MARK_EVERY_S)
            await asyncio.sleep(0.005)
        raise AssertionError(f"heard only {await self.heard()}")

    async def is_right(self) -> bool:
        """Tell whether each report was applied once, each account's in turn."""
        archive = self.storage.archive
        for order in self.orders:
            events = await archive.events(tenant_id=order.tenant_id, order_id=order.id)
            sizes = [int(one.body["quantity"]) for one in events if one.type == "order.replaced"]
            fills = await archive.fills(tenant_id=order.tenant_id, account_id=order.account_id)
            trades = sorted(one.trade_id for one in fills)
            if sizes != list(SIZES) or trades != sorted(f"t{size}" for size in SIZES):
                return False
        return self.halts == []


class FollowingContract(StorageContract):
    """Reports of several accounts, side by side."""

    async def test_each_report_is_applied_once_whatever_crashes(self, storage: Storage) -> None:
        source = random.Random(7)
        router = MarketRouter(storage)
        await router.fill(source=source)
        behind = 0
        for _ in range(CRASHES):
            following = asyncio.create_task(router.follow()())
            before = await router.heard()
            applied = source.randint(1, 8)
            for _ in range(LOOKS_MAX):
                heard = await router.heard()
                if len(heard.above) + heard.mark >= len(before.above) + before.mark + applied:
                    break
                if source.random() < 0.1:
                    router.rig.clock.advance(MARK_EVERY_S)
                await asyncio.sleep(0)
            following.cancel()
            await asyncio.wait({following})
            behind += bool((await router.heard()).above)
        # The crashes did come while there was more applied than the mark says.
        assert behind
        following = asyncio.create_task(router.follow()())
        await router.until_marked()
        following.cancel()
        await asyncio.wait({following})
        assert await router.is_right()

    async def test_two_followers_at_once_apply_each_report_once(self, storage: Storage) -> None:
        router = MarketRouter(storage)
        await router.fill(source=random.Random(8))
        followers = [asyncio.create_task(router.follow()()) for _ in range(2)]
        await router.until_marked()
        for following in followers:
            assert not following.done()
            following.cancel()
        await asyncio.wait(followers)
        assert await router.is_right()
