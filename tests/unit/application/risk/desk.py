"""A desk over the memory adapters: one tenant, one account, one share on a market."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.memory.accounts import MemoryAccountBooks, MemoryAccountDirectory
from adapters.memory.breaches import MemoryBreaches
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryUsers
from adapters.memory.ids import SeededIds
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from application.accounts.shelf import BookShelf
from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.risk.add_default_rules import AddDefaultRules
from application.risk.calculate_position_size import CalculatePositionSize
from application.risk.create_rule import CreateRule
from application.risk.cut_to_rules import CutToRules
from application.risk.delete_rule import DeleteRule
from application.risk.deps import RuleDesk
from application.risk.facade import RiskUseCases
from application.risk.portfolio_risk import MeasurePortfolio
from application.risk.read_rules import GetRule, ListRules
from application.risk.try_rule import TryRules
from application.risk.update_rule import UpdateRule
from application.risk.watch_limits import LimitWatch
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.positions import Position
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
class Desk:
    """Everything, wired."""

    database: MemoryDatabase
    market: MemoryMarket
    clock: ManualClock
    gatekeeper: Gatekeeper
    risk: RiskUseCases
    watch: LimitWatch
    halts: Halts

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
        await self.gatekeeper.on_market(event)


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


def make_desk(book: AccountBook | None = None) -> Desk:
    """Wire a desk over a fresh database."""
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
    shelf = BookShelf(books=MemoryAccountBooks(link))
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
    )
    rules = RuleDesk(
        changes=Changes(works=works, clock=clock, ids=ids, market_now=market.now),
        gatekeeper=gatekeeper,
    )
    halts = Halts()
    desk = Desk(
        database=database,
        market=market,
        clock=clock,
        gatekeeper=gatekeeper,
        halts=halts,
        risk=RiskUseCases(
            create_rule=CreateRule(desk=rules),
            get_rule=GetRule(works=works),
            list_rules=ListRules(works=works),
            update_rule=UpdateRule(desk=rules),
            delete_rule=DeleteRule(desk=rules),
            try_rules=TryRules(
                shelf=shelf, gatekeeper=gatekeeper, clock=clock, market_clock=market, ids=ids
            ),
            sizing=CalculatePositionSize(
                shelf=shelf,
                directory=directory,
                gatekeeper=gatekeeper,
                instruments=instruments,
                market=market,
                cut_to_rules=CutToRules(
                    shelf=shelf, gatekeeper=gatekeeper, clock=clock, market_clock=market, ids=ids
                ),
            ),
            portfolio=MeasurePortfolio(
                shelf=shelf,
                directory=directory,
                gatekeeper=gatekeeper,
                market=market,
                market_clock=market,
            ),
            defaults=AddDefaultRules(desk=rules),
        ),
        watch=LimitWatch(
            shelf=shelf,
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
    desk.price("AAPL", "100")
    desk.price("XOM", "50")
    return desk


def add_history(desk: Desk, symbol: str, closes: list[float]) -> None:
    """Give a symbol daily bars that end yesterday."""
    for number, close in enumerate(closes):
        at = START - timedelta(days=len(closes) - number)
        price = D(str(close))
        desk.market._latest.apply(
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
