"""The order and kill-switch use cases over memory and a scripted broker, for tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.market_data.board import MarketBoard
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink, no_pause
from adapters.memory.ids import SeededIds
from adapters.memory.kill_switch import MemoryKillBarrier, MemoryLatches, MemoryPasscodes
from adapters.memory.ledger import MemoryLedger
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.orders import MemoryOrderArchive, MemoryOrderWork
from adapters.memory.randomness import SeededRandomness
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.security import QuickHasher
from adapters.memory.streams import MemoryJournal, MemoryWakeup
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from application.accounts.book_store import BookStore
from application.kill_switch.activate import Activate
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.deps import KillContext
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.attest import AttestAbsent
from application.orders.cancel import CancelOrders
from application.orders.commands import Accepted, Asker, GroupKind, OrderRequest, SubmitOrder
from application.orders.decide_again import DecideAgain
from application.orders.deps import OrderContext
from application.orders.dispatch import Dispatch, SendOutcome
from application.orders.flatten import Flatten
from application.orders.gatekeeper import Gatekeeper
from application.orders.look_at_venue import LookAtVenue
from application.orders.messages_ahead import MessagesAhead
from application.orders.preview import PreviewOrder
from application.orders.read_activity import ReadActivity
from application.orders.reconcile import Reconcile
from application.orders.resolve_unknown import ResolveUnknown
from application.orders.run_dispatch import RunDispatch
from application.orders.send_again import SendAgain
from application.orders.submit import Submit
from application.risk.strategy_stops import StopStrategy
from application.shared.change import Changes
from domain.accounts.book import AccountBook
from domain.market.condition import WELL, MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import Quote
from domain.market.sessions import ALWAYS_OPEN, OpenHours, SessionTable
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.collar import NO_COLLARS, Collars
from domain.risk.commission import FREE, CommissionSchedule
from domain.risk.strategies import ANY_KNOWN, StrategyPolicy
from domain.shared.notices import Notice
from ports.orders import OpenWork
from tests import builders
from tests.scripted_broker import ScriptedBroker

CALENDAR = "XNYS"
SYMBOLS = ("AAPL", "MSFT")


@dataclass(slots=True)
class Lease:
    """A lease that a test can lose."""

    held: bool = True

    def is_held(self) -> bool:
        """Return what the test says."""
        return self.held


@dataclass(slots=True)
class Rig:
    """One account, its broker, and everything that works on its orders."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    broker: ScriptedBroker = field(default_factory=ScriptedBroker)
    lease: Lease = field(default_factory=Lease)
    book: AccountBook = field(default_factory=builders.book)
    failures: list[Exception] = field(default_factory=list)
    commissions: dict[str, CommissionSchedule] = field(
        default_factory=lambda: dict.fromkeys(("paper", "slow"), FREE)
    )
    condition: MarketCondition = WELL
    collars: Collars = NO_COLLARS
    # What shows the market instead of `market`, which then does nothing.
    board: MarketBoard | None = None
    # When its market is open; without any it always is.
    hours: tuple[OpenHours, ...] = ()
    strategies: StrategyPolicy = ANY_KNOWN
    woken: int = 0
    # What was told of messages that came while the clock was ahead.
    told_ahead: list[tuple[UUID, int, datetime]] = field(default_factory=list)
    # What makes this one's ids differ from a twin's.
    seed: int = 1
    # Awaited at each use of storage: where others may come between.
    pause: Callable[[], Awaitable[None]] = no_pause

    link: MemoryLink = field(init=False)
    context: OrderContext = field(init=False)
    market: MemoryMarket = field(init=False)
    barrier: MemoryKillBarrier = field(init=False)
    latches: MemoryLatches = field(init=False)
    gatekeeper: Gatekeeper = field(init=False)
    books: MemoryAccountBooks = field(init=False)
    kill_context: KillContext = field(init=False)

    def __post_init__(self) -> None:
        link = self.link = MemoryLink(self.database, pause=self.pause)
        if self.account_id not in self.database.books:
            self.database.books[self.account_id] = self.book
            self.database.ledger.append(builders.funding(self.book))
        self.market = MemoryMarket(at=builders.MARKET_AT)
        instruments = MemoryInstruments(
            Instrument(symbol=symbol, name=symbol, calendar=CALENDAR if self.hours else ALWAYS_OPEN)
            for symbol in SYMBOLS
        )
        for symbol in SYMBOLS:
            self.market.record(
                Quote(
                    symbol=symbol,
                    bid=Decimal("99.99"),
                    ask=Decimal("100.01"),
                    last=Decimal(100),
                    at=builders.MARKET_AT,
                )
            )
        shown = self.board or self.market
        ids = SeededIds(clock=self.clock, seed=self.seed)
        self.books = MemoryAccountBooks(link)
        self.latches = MemoryLatches(link)
        self.barrier = MemoryKillBarrier(link=link)
        self.context = OrderContext(
            book_store=BookStore(books=self.books),
            archive=MemoryOrderArchive(link),
            brokers={"paper": self.broker},
            instruments=instruments,
            clock=self.clock,
            market_clock=shown,
            view=shown,
            ids=ids,
            wake=self._wake,
        )
        self.gatekeeper = Gatekeeper(
            rule_sets=MemoryRuleSets(link=link),
            instruments=instruments,
            market=shown,
            calendars=self.calendars,
            commissions=self.commissions,
            ahead=MessagesAhead(
                clock=self.clock, on_ahead=lambda *told: self.told_ahead.append(told)
            ),
            condition=lambda _: self.condition,
            collars=self.collars,
            strategies=self.strategies,
            read_activity=ReadActivity(MemoryJournal(link)),
            stop_strategy=StopStrategy(changes=self.changes),
        )
        self.kill_context = KillContext(
            latches=self.latches,
            barrier=self.barrier,
            clock=self.clock,
            market_clock=shown,
            ids=ids,
            wake=self._wake,
        )

    def twin(self, *, seed: int) -> "Rig":
        """Return another process over the same database and broker."""
        return Rig(
            database=self.database,
            clock=self.clock,
            broker=self.broker,
            book=self.book,
            board=self.board,
            seed=seed,
            pause=self.pause,
            strategies=self.strategies,
        )

    def _wake(self) -> None:
        self.woken += 1

    @property
    def changes(self) -> Changes:
        """What changes ordinary records."""
        return Changes(works=MemoryWorks(self.link), clock=self.clock, ids=self.context.ids)

    @property
    def calendars(self) -> MemoryCalendars:
        """When the market is open."""
        if not self.hours:
            return MemoryCalendars()
        return MemoryCalendars([(CALENDAR, SessionTable(calendar=CALENDAR, hours=self.hours))])

    @property
    def account_id(self) -> UUID:
        """The account's id."""
        return self.book.account.id

    @property
    def tenant_id(self) -> UUID:
        """The tenant's id."""
        return self.book.account.tenant_id

    @property
    def asker(self) -> Asker:
        """A user of the tenant."""
        return Asker(tenant_id=self.tenant_id, actor="user:test")

    @property
    def directory(self) -> MemoryAccountDirectory:
        """The accounts."""
        return MemoryAccountDirectory(self.link)

    @property
    def ledger(self) -> MemoryLedger:
        """The ledger."""
        return MemoryLedger(self.link)

    @property
    def sleeper(self) -> ManualSleeper:
        """Sleeps on the manual clock."""
        return ManualSleeper(self.clock)

    @property
    def submit(self) -> Submit:
        """Takes orders in."""
        return Submit(
            context=self.context, gatekeeper=self.gatekeeper, books=self.books, sleeper=self.sleeper
        )

    @property
    def preview(self) -> PreviewOrder:
        """Says what the gate would say."""
        return PreviewOrder(context=self.context, gatekeeper=self.gatekeeper, latches=self.latches)

    @property
    def apply(self) -> ApplyReport:
        """Applies reports."""
        return ApplyReport(context=self.context)

    @property
    def adopt(self) -> AdoptExternal:
        """Takes in what others placed."""
        return AdoptExternal(context=self.context, apply_report=self.apply)

    @property
    def resolve(self) -> ResolveUnknown:
        """Reads back what is in doubt."""
        return ResolveUnknown(context=self.context, apply_report=self.apply)

    @property
    def reconcile(self) -> Reconcile:
        """Compares the books with the broker's."""
        return Reconcile(
            context=self.context,
            apply_report=self.apply,
            adopt_external=self.adopt,
            resolve=self.resolve,
        )

    @property
    def cancel(self) -> CancelOrders:
        """Asks for cancels."""
        return CancelOrders(context=self.context)

    @property
    def attest(self) -> AttestAbsent:
        """Takes a person's word."""
        return AttestAbsent(context=self.context, look=LookAtVenue(context=self.context))

    @property
    def flatten(self) -> Flatten:
        """Closes what the broker holds."""
        return Flatten(context=self.context, calendars=MemoryCalendars())

    @property
    def dispatch(self) -> Dispatch:
        """Sends."""
        again = DecideAgain(context=self.context, gatekeeper=self.gatekeeper)
        return Dispatch(context=self.context, again=again, barrier=self.barrier, lease=self.lease)

    @property
    def send_again(self) -> SendAgain:
        """Sends once more what is in doubt."""
        return SendAgain(dispatch=self.dispatch)

    @property
    def run_dispatch(self) -> RunDispatch:
        """Finds what there is to send and sends it."""
        return RunDispatch(
            context=self.context,
            work=MemoryOrderWork(self.link),
            dispatch=self.dispatch,
            resolve=self.resolve,
            wakeup=MemoryWakeup(),
            lease=self.lease,
            is_open=lambda: True,
            on_failure=lambda _, problem: self.failures.append(problem),
        )

    @property
    def passcode(self) -> CheckPasscode:
        """Checks the kill switch's passcode."""
        return CheckPasscode(
            passcodes=MemoryPasscodes(self.link),
            hasher=QuickHasher(randomness=SeededRandomness(1), sleeper=self.sleeper),
            clock=self.clock,
            ids=self.context.ids,
        )

    @property
    def activate(self) -> Activate:
        """Stops trading."""
        return Activate(context=self.kill_context, passcode=self.passcode)

    async def accepted(
        self, *asked: OrderTerms, group: GroupKind | None = None, **given: Any
    ) -> tuple[Order, ...]:
        """Take orders in that the gate must let pass; one of 10 AAPL if none is given."""
        requests = tuple(OrderRequest(terms=one, **given) for one in asked or (builders.terms(),))
        command = SubmitOrder(
            asker=self.asker, account_id=self.account_id, orders=requests, group=group
        )
        outcome = await self.submit(command, idempotency=None)
        assert isinstance(outcome, Accepted), outcome
        return outcome.orders

    async def sent(self, *asked: OrderTerms) -> Order:
        """Take an order in, send it, and return it as it stands then."""
        (order,) = await self.accepted(*asked)
        assert await self.send(order) is SendOutcome.SENT
        return await self.now(order)

    async def send(self, order: Order) -> SendOutcome:
        """Do what the order's state asks for."""
        state = (await self.now(order)).state
        return await self.dispatch(
            OpenWork(
                tenant_id=order.tenant_id,
                account_id=order.account_id,
                order_id=order.id,
                state=state,
                broker=self.book.account.broker,
            )
        )

    async def now(self, order: Order) -> Order:
        """Return the order as it is stored now."""
        found = await self.context.archive.find(tenant_id=order.tenant_id, order_id=order.id)
        assert found is not None
        return found

    async def stored(self) -> AccountBook:
        """Return the book as it is stored now."""
        return await self.context.book_store.read(
            tenant_id=self.tenant_id, account_id=self.account_id
        )

    async def events(self, order: Order) -> list[Notice]:
        """Return what was told of an order, oldest first."""
        found = await self.context.archive.events(tenant_id=order.tenant_id, order_id=order.id)
        return list(found)
