"""A margin account that holds shares, over the memory adapters, and all that looks after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from adapters.memory.access import MemoryMembers
from adapters.memory.identity import MemoryUsers
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.work import MemoryWorks
from application.approvals.decide_change import DecideChange
from application.approvals.deps import ApprovalContext, Approvers
from application.approvals.propose import ProposeChange
from application.margin.approve_plan import ApprovePlan
from application.margin.carry_out_plans import CarryOutPlans
from application.margin.context import MarginContext
from application.margin.due_date import DueDate
from application.margin.plan_deleverage import PlanDeleverage
from application.margin.read_account import ReadAccountMargin
from application.margin.set_rulebook import MARGIN_RULEBOOK, SetMargin
from application.margin.tell_people import TellPeople
from application.margin.watch_margin import WatchMargin
from application.margin.zero_cost_taxes import ZeroCostTaxes
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.positions import Position
from domain.approvals.change import ApprovalPolicy
from domain.identity.access import Role
from domain.identity.tenant import User
from domain.margin.alert import MarginAlert
from domain.margin.deleverage_plan import DeleveragePlan
from domain.market.prices import Quote
from domain.market.sessions import OpenHours
from domain.orders.order import Order
from ports.broker import ReportKind
from ports.margin import DELEVERAGE_PLANS, MARGIN_ALERTS
from tests import builders
from tests.rig import CALENDAR, Rig
from tests.scripted_broker import report_of, venue_fill
from tests.tenants import add_tenant, add_user

D = Decimal
NOTHING: Mapping[str, tuple[int, int]] = MappingProxyType({})


def margin_account(**given: Any) -> Account:
    """Make a margin account that may lean on its rulebook alone."""
    return builders.account(leverage=D(4), **given)


def book_of(
    cash: int, /, held: Mapping[str, tuple[int, int]] = NOTHING, *, account: Account | None = None
) -> AccountBook:
    """Make a book with so many units of each symbol, bought at that price."""
    positions = {
        symbol: Position(symbol=symbol, quantity=D(units), cost=D(units) * D(cost))
        for symbol, (units, cost) in held.items()
    }
    return builders.book(account or margin_account(), cash={"USD": D(cash)}, positions=positions)


@dataclass(slots=True)
class MarginRig:
    """The use cases of one process; `twin` is another over the same database and broker."""

    rig: Rig
    policy: ApprovalPolicy = ApprovalPolicy.OFF
    failures: list[Exception] = field(default_factory=list)
    context: MarginContext = field(init=False)
    setting: SetMargin = field(init=False)
    planning: PlanDeleverage = field(init=False)
    approving: ApprovePlan = field(init=False)
    reading: ReadAccountMargin = field(init=False)
    watch: WatchMargin = field(init=False)
    carry_out: CarryOutPlans = field(init=False)
    deciding: DecideChange = field(init=False)

    def __post_init__(self) -> None:
        rig, link = self.rig, self.rig.link
        changes = Changes(
            works=MemoryWorks(link),
            clock=rig.clock,
            ids=rig.context.ids,
            market_now=rig.market.now,
        )
        context = self.context = MarginContext(
            changes=changes,
            book_store=rig.context.book_store,
            directory=rig.directory,
            instruments=rig.context.instruments,
            view=rig.market,
            market_clock=rig.market,
            lap=lambda: 1,
            rulebook=rig.gatekeeper.rulebook,
            taxes=ZeroCostTaxes(),
        )
        members = MemoryMembers(link)
        approvals = ApprovalContext(
            changes=changes,
            approvers=Approvers(
                policy=self.policy,
                members=members,
                directory=rig.directory,
                live_brokers=frozenset(),
            ),
        )
        self.setting = SetMargin(
            context=context,
            proposing=ProposeChange(context=approvals),
            gatekeeper=rig.gatekeeper,
        )
        approvals.register({MARGIN_RULEBOOK: self.setting})
        self.deciding = DecideChange(context=approvals)
        self.planning = PlanDeleverage(context=context)
        self.approving = ApprovePlan(context=context)
        self.reading = ReadAccountMargin(context=context)
        tell = TellPeople(
            members=members,
            identity=MemoryIdentityTransactions(link),
            clock=rig.clock,
            ids=rig.context.ids,
        )
        self.watch = WatchMargin(
            context=context,
            planning=self.planning,
            users=MemoryUsers(link),
            tell=tell,
            sleeper=rig.sleeper,
            due_date=DueDate(
                calendars=rig.calendars, market_clock=rig.market, calendar=lambda: CALENDAR
            ),
            on_failure=lambda _, problem: self.failures.append(problem),
        )
        self.carry_out = CarryOutPlans(
            context=context,
            planning=self.planning,
            submit=rig.submit,
            archive=rig.context.archive,
            gatekeeper=rig.gatekeeper,
            tell=tell,
            sleeper=rig.sleeper,
            on_failure=lambda _, problem: self.failures.append(problem),
        )

    async def owner(self, *, role: Role = Role.OWNER) -> Asker:
        """Add a person to the tenant and return them as who asks."""
        members = MemoryMembers(self.rig.link)
        tenant_id = self.rig.tenant_id
        if tenant_id not in self.rig.database.tenants:
            await add_tenant(members, replace(builders.tenant(), id=tenant_id))
        user = User(
            id=builders.new_id(),
            tenant_id=tenant_id,
            email=f"{builders.new_id()}@example.com",
            password_hash="-",
            created_at=builders.AT,
        )
        member = await add_user(members, user, role=role)
        return Asker(tenant_id=tenant_id, actor=f"user:{member.id}")

    def price(self, symbol: str, price: str, *, spread: str = "0.02") -> None:
        """Move a symbol to a price."""
        at = self.rig.market.now() + timedelta(seconds=1)
        half = D(spread) / 2
        last = D(price)
        self.rig.market.record(
            Quote(symbol=symbol, bid=last - half, ask=last + half, last=last, at=at)
        )

    async def alerts(self) -> list[MarginAlert]:
        """Return every warning and call, oldest first."""
        async with self.context.changes.works.look(self.rig.tenant_id) as look:
            return list(await look.records(MARGIN_ALERTS).list(limit=100))

    async def plans(self) -> list[DeleveragePlan]:
        """Return every plan, oldest first."""
        async with self.context.changes.works.look(self.rig.tenant_id) as look:
            return list(await look.records(DELEVERAGE_PLANS).list(limit=100))

    def told(self) -> list[tuple[str, str]]:
        """Return what people were told: the kind of each notice, and its state."""
        kept = sorted(self.rig.database.user_notices.values(), key=lambda one: one.id)
        return [(one.kind, dict(one.detail).get("state", "")) for one in kept]

    async def orders(self) -> list[Order]:
        """Return every order of the account, oldest first."""
        return sorted(self.rig.database.orders.values(), key=lambda one: one.id)

    async def fill(self, order: Order, *, units: int | None = None) -> None:
        """Send an order and fill so much of it at the last price; the rest expires."""
        rig = self.rig
        await rig.send(order)
        stands = await rig.now(order)
        quote = rig.market.quote(order.symbol)
        assert quote is not None
        size = int(order.terms.quantity) if units is None else units
        trade = f"t-{builders.new_id().hex}"
        fill = venue_fill(size, price=str(quote.last), trade_id=trade)
        await self._report(report_of(stands, ReportKind.FILL, fill=fill))
        if size < order.terms.quantity:
            await self._report(report_of(await rig.now(order), ReportKind.EXPIRED))

    async def _report(self, report: Any) -> None:
        rig = self.rig
        await rig.apply(
            tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None
        )


def hours(days: int) -> tuple[OpenHours, ...]:
    """Return a calendar of weekdays from the first of March 2013."""
    found: list[OpenHours] = []
    at = datetime(2013, 3, 1, 14, 30, tzinfo=UTC)
    while len(found) < days:
        if at.weekday() < 5:
            found.append(OpenHours(opens_at=at, closes_at=at + timedelta(hours=6), date=at.date()))
        at += timedelta(days=1)
    return tuple(found)
