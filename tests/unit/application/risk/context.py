"""A desk over the memory adapters: one tenant, one account, one share on a market."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.memory.access import MemoryMembers
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.breaches import MemoryBreaches
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.orders import MemoryOrderArchive
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.streams import MemoryJournal
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from adapters.system.time import SystemSleeper
from application.accounts.book_store import BookStore
from application.approvals.decide_change import DecideChange
from application.approvals.deps import ApprovalContext, Approvers
from application.approvals.propose import ProposeChange
from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.orders.read_activity import ReadActivity
from application.risk.add_default_rules import AddDefaultRules
from application.risk.apply_rule_change import ApplyRuleChange
from application.risk.apply_template import ApplyTemplate
from application.risk.calculate_position_size import CalculatePositionSize
from application.risk.create_rule import CreateRule
from application.risk.cut_to_rules import CutToRules
from application.risk.delete_rule import DeleteRule
from application.risk.deps import RISK_RULES, RuleContext
from application.risk.end_overrides import EndOverrides
from application.risk.facade import RiskUseCases
from application.risk.override_rule import OverrideRule
from application.risk.portfolio_risk import MeasurePortfolio
from application.risk.read_history import ReadHistory
from application.risk.read_rules import GetRule, ListRules
from application.risk.run_simulations import RunSimulations
from application.risk.simulate_rules import SimulateRules
from application.risk.try_rule import TryRules
from application.risk.update_rule import UpdateRule
from application.risk.watch_limits import LimitWatch
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.positions import Position
from domain.approvals.change import ApprovalPolicy
from domain.identity.tenant import Tenant
from domain.market.condition import WELL
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote
from domain.risk.collar import NO_COLLARS
from domain.risk.commission import FREE

START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TENANT = UUID(int=1)
ACCOUNT = UUID(int=2)
ASKER = Asker(tenant_id=TENANT, actor="user:1", trace_id="t-1")
D = Decimal


class Halts:
    """Keeps what was asked to be stopped."""

    def __init__(self) -> None:
        self.asked: list[tuple[UUID, UUID, str]] = []

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Keep it."""
        self.asked.append((tenant_id, account_id, reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything, wired."""

    database: MemoryDatabase
    market: MemoryMarket
    clock: ManualClock
    gatekeeper: Gatekeeper
    risk: RiskUseCases
    watch: LimitWatch
    halts: Halts
    deciding: DecideChange
    overrides: EndOverrides
    simulations: RunSimulations

    def put(self, book: AccountBook) -> None:
        """Store a book as if by another process."""
        self.database.books[book.account.id] = book

    def price(self, symbol: str, last: str) -> None:
        """Quote a symbol now."""
        price = D(last)
        self.market.record(
            Quote(symbol=symbol, bid=price, ask=price, last=price, at=self.market.now())
        )

    async def mark(self, symbol: str, last: str) -> None:
        """Quote a symbol and let the gatekeeper hear of it."""
        price = D(last)
        event = Quote(symbol=symbol, bid=price, ask=price, last=price, at=self.market.now())
        self.market.record(event)
        await self.gatekeeper.view.on_market(event)


def make_book(
    *,
    account_id: UUID = ACCOUNT,
    cash: str = "100000",
    currency: str = "USD",
    positions: dict[str, int] | None = None,
) -> AccountBook:
    """Make a margin account's book."""
    held = positions or {}
    return AccountBook(
        account=Account(
            id=account_id,
            tenant_id=TENANT,
            portfolio_id=UUID(int=3),
            name="Desk",
            broker="paper",
            created_at=START,
            currency=currency,
            kind=AccountKind.MARGIN,
            leverage=D(2),
        ),
        version=1,
        cash={currency: D(cash)},
        positions={
            symbol: Position(symbol=symbol, quantity=D(units), cost=D(100) * units)
            for symbol, units in held.items()
        },
        day=TradingDay(date=START.date(), opening_equity=D(100_000)),
        peak_equity=D(100_000),
    )


def make_context(
    book: AccountBook | None = None, *, policy: ApprovalPolicy = ApprovalPolicy.AUTO
) -> Context:
    """Wire a context over a fresh database."""
    database = MemoryDatabase()
    link = MemoryLink(database=database)
    database.tenants[TENANT] = Tenant(id=TENANT, name="Home", created_at=START)
    first = book if book is not None else make_book()
    database.books[first.account.id] = first
    market = MemoryMarket(at=START)
    clock = ManualClock(START)
    ids = SeededIds(clock=clock, seed=1)
    shares = [
        Instrument(symbol="AAPL", name="Apple", sector="Technology"),
        Instrument(symbol="XOM", name="Exxon", sector="Energy", lot=D(10), min_quantity=D(10)),
    ]
    instruments = MemoryInstruments(shares)
    book_store = BookStore(books=MemoryAccountBooks(link))
    directory = MemoryAccountDirectory(link)
    works = MemoryWorks(link)
    gatekeeper = Gatekeeper(
        rule_sets=MemoryRuleSets(link=link),
        instruments=instruments,
        market=market,
        calendars=MemoryCalendars(),
        commissions={"paper": FREE},
        ahead=MessagesAhead(clock=clock, on_ahead=lambda *_: None),
        condition=lambda _: WELL,
        collars=NO_COLLARS,
        read_activity=ReadActivity(MemoryJournal(link)),
    )
    changes = Changes(works=works, clock=clock, ids=ids, market_now=market.now)
    approvals = ApprovalContext(
        changes=changes,
        approvers=Approvers(
            policy=policy,
            members=MemoryMembers(link),
            directory=directory,
            live_brokers=frozenset(),
        ),
    )
    rules = RuleContext(
        changes=changes,
        gatekeeper=gatekeeper,
        proposing=ProposeChange(context=approvals),
    )
    approvals.register({RISK_RULES: ApplyRuleChange(context=rules)})
    halts = Halts()
    context = Context(
        database=database,
        market=market,
        clock=clock,
        gatekeeper=gatekeeper,
        halts=halts,
        deciding=DecideChange(context=approvals),
        overrides=EndOverrides(context=rules, sleeper=ManualSleeper(clock)),
        simulations=RunSimulations(
            changes=changes, archive=MemoryOrderArchive(link), sleeper=SystemSleeper()
        ),
        risk=RiskUseCases(
            create_rule=CreateRule(context=rules),
            get_rule=GetRule(works=works, clock=clock),
            list_rules=ListRules(works=works, clock=clock),
            update_rule=UpdateRule(context=rules),
            delete_rule=DeleteRule(context=rules),
            try_rules=TryRules(
                book_store=book_store,
                gatekeeper=gatekeeper,
                clock=clock,
                market_clock=market,
                ids=ids,
            ),
            sizing=CalculatePositionSize(
                book_store=book_store,
                directory=directory,
                gatekeeper=gatekeeper,
                instruments=instruments,
                market=market,
                cut_to_rules=CutToRules(
                    book_store=book_store,
                    gatekeeper=gatekeeper,
                    clock=clock,
                    market_clock=market,
                    ids=ids,
                ),
            ),
            portfolio=MeasurePortfolio(
                book_store=book_store,
                directory=directory,
                gatekeeper=gatekeeper,
                market=market,
                market_clock=market,
            ),
            defaults=AddDefaultRules(context=rules),
            override_rule=OverrideRule(context=rules),
            apply_template=ApplyTemplate(context=rules),
            history=ReadHistory(works=works),
            simulations=SimulateRules(changes=changes, archive=MemoryOrderArchive(link)),
        ),
        watch=LimitWatch(
            book_store=book_store,
            users=MemoryUsers(link),
            gatekeeper=gatekeeper,
            halt=halts,
            breaches=MemoryBreaches(link),
            clock=clock,
            market_clock=market,
            ids=ids,
            sleeper=ManualSleeper(clock),
        ),
    )
    context.price("AAPL", "100")
    context.price("XOM", "50")
    return context


def add_history(context: Context, symbol: str, closes: list[float]) -> None:
    """Give a symbol daily bars that end yesterday."""
    for number, close in enumerate(closes):
        at = START - timedelta(days=len(closes) - number)
        price = D(str(close))
        context.market._latest.apply(
            Bar(
                symbol=symbol,
                opened_at=at - timedelta(hours=6),
                closed_at=at,
                open=price,
                high=price,
                low=price,
                close=price,
                volume=D(1_000),
            )
        )
