"""Name the things that the order use cases share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from application.accounts.book_store import BookStore
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.orders.groups import consequences, let_on
from domain.orders.moves import Move, MoveTimes
from domain.orders.order import Order
from ports.broker import Broker, BrokerUnavailable, Report, ReportKind
from ports.ids import Ids
from ports.market import Instruments, MarketClock, MarketView
from ports.orders import OpenWork, OrderArchive
from ports.time import Clock

# What is said of an account whose broker no section of the settings names.
UNKNOWN_BROKER = "no broker called {} is set here"
# A move of an order as it stands, or None when it no longer applies.
Step = Callable[[Order, MoveTimes], Move | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContext:
    """Where orders are worked: books, archive, brokers by name, market, time and ids."""

    book_store: BookStore
    archive: OrderArchive
    brokers: Mapping[str, Broker]
    instruments: Instruments
    clock: Clock
    market_clock: MarketClock
    view: MarketView
    ids: Ids
    # Called after a change that leaves the dispatcher something to do.
    wake: Callable[[], None]

    def broker(self, name: str) -> Broker:
        """Return a broker; raises BrokerUnavailable for one that is not set here."""
        found = self.brokers.get(name)
        if found is None:
            raise BrokerUnavailable(UNKNOWN_BROKER.format(name))
        return found

    def when(self) -> MoveTimes:
        """Return the two times of a change made now."""
        return MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())

    async def known(self, work: OpenWork) -> Order | None:
        """Return the order as this process knows it: each step looks at the stored one."""
        tenant_id, account_id = work.tenant_id, work.account_id
        book = self.book_store.remembered(account_id)
        if book is None or book.account.tenant_id != tenant_id:
            book = await self.book_store.read(tenant_id=tenant_id, account_id=account_id)
        found = book.orders.get(work.order_id)
        if found is not None:
            return found
        return await self.archive.find(tenant_id=tenant_id, order_id=work.order_id)

    def has_heard(self, report: Report, *, tenant_id: UUID, account_id: UUID) -> bool:
        """Tell whether it only says again what the answer to a send has said, as most do."""
        book = self.book_store.remembered(account_id)
        if report.kind is not ReportKind.WORKING or book is None:
            return False
        if book.account.tenant_id != tenant_id:
            return False
        # It is one of the latest.
        for one in reversed(list(book.orders.values())):
            if one.client_order_id == report.client_order_id:
                return one.is_at_venue and one.venue_order_id == report.venue_order_id
        return False

    def open_orders_max(self, account: Account) -> int | None:
        """Return how many open orders of an account its venue holds, None where none is said."""
        broker = self.brokers.get(account.broker)
        return broker.traits.open_orders_max if broker is not None else None

    async def move(self, order: Order, step: Step) -> Order | None:
        """Apply a step to the order as it stands now, and what follows for its group.

        Returns the order after it, or None when the step no longer applies.
        """

        def decide(book: AccountBook) -> BookChange | None:
            now = book.orders.get(order.id)
            when = self.when()
            moved = step(now, when) if now is not None else None
            if now is None or moved is None:
                return None
            draft = Draft(book=book, when=when, new_id=self.new_id)
            after = draft.put(moved)
            for effect in consequences(after, live=draft.live_orders(), when=when):
                draft.put(effect)
            for effect in let_on(now, after, live=draft.live_orders(), when=when):
                draft.put(effect)
            return draft.done()

        changed = await self.book_store.change(
            tenant_id=order.tenant_id, account_id=order.account_id, decide=decide
        )
        if not isinstance(changed, BookChange):
            return None
        self.wake()
        return next(after for after in changed.orders if after.id == order.id)

    def new_id(self) -> UUID:
        """Return a fresh time-ordered id."""
        return self.ids.new()
