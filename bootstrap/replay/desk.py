"""Build the application that a replay drives: the real use cases over the memory adapters."""

from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.settings import CommissionPerShare, PaperSettings
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.accounts import MemoryAccountBooks, MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.kill_switch import MemoryKillBarrier, MemoryLatches
from adapters.memory.leases import SoleLease
from adapters.memory.ledger import MemoryLedger
from adapters.memory.market import MemoryInstruments, MemoryReplayCursor
from adapters.memory.orders import MemoryOrderArchive, MemoryOrderWork
from adapters.memory.randomness import SeededRandomness
from adapters.memory.streams import MemoryWakeup
from adapters.rule_files.rules import DEFAULT_RULES, FixedRules, RuleLine, read_rules, rule_set_of
from adapters.system.time import SystemClock
from application.accounts.keep_day import KeepDay
from application.accounts.shelf import BookShelf
from application.backtest.context import BacktestBroken, BacktestContext
from application.backtest.funding import BROKER, fund
from application.backtest.run import Interrupt, play
from application.backtest.time import MarketTime, NoWaiting
from application.orders.adopt_external import AdoptExternal
from application.orders.apply_report import ApplyReport
from application.orders.decide_again import DecideAgain
from application.orders.deps import OrderDesk
from application.orders.dispatch import Dispatch
from application.orders.follow_reports import FollowReports
from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.orders.resolve_unknown import ResolveUnknown
from application.orders.run_dispatch import RunDispatch
from application.orders.submit import Submit
from application.orders.watermark import Watermark
from bootstrap.replay.market import ReplayMarket
from domain.accounts.account import Account
from domain.backtest.options import STRATEGY, BacktestOptions
from domain.backtest.result import BacktestResult, OnDay, ignore_day
from domain.market.condition import WELL
from domain.risk.collar import NO_COLLARS
from domain.risk.commission import CommissionSchedule
from domain.risk.rule import Rule
from domain.risk.strategies import strategy_policy
from ports.orders import OpenWork


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storage:
    """The memory adapters over one database."""

    database: MemoryDatabase
    link: MemoryLink
    books: MemoryAccountBooks
    directory: MemoryAccountDirectory


async def run_replay(
    options: BacktestOptions,
    *,
    market: ReplayMarket,
    interrupt: Interrupt,
    on_day: OnDay = ignore_day,
) -> BacktestResult:
    """Run the history, or what of it comes before an interrupt.

    Raises MarketDataCorrupt, InvalidValue, RuleFileWrong, and BacktestBroken when the books
    do not add up.
    """
    context = await build_desk(options, market=market)
    return await play(context, options=options, interrupt=interrupt, on_day=on_day)


async def build_desk(options: BacktestOptions, *, market: ReplayMarket) -> BacktestContext:
    """Build the application, its feed standing before the first day.

    Raises MarketDataCorrupt, InvalidValue for the range, RuleFileWrong.
    """
    lines: tuple[RuleLine, ...] = () if options.without_rules else DEFAULT_RULES
    lines = lines if options.rules is None else read_rules(options.rules)
    feed = ReplayFeed(
        read=lambda: market.history,
        calendars=market.calendars,
        cursor=MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=NoWaiting(),
        settings=ReplaySettings(seconds_per_day=0, start=options.start, end=options.end),
    )
    await feed.start()
    ids = SeededIds(clock=(clock := MarketTime(feed)), seed=options.seed)
    link = MemoryLink(database := MemoryDatabase())
    storage = _Storage(
        database=database,
        link=link,
        books=MemoryAccountBooks(link),
        directory=MemoryAccountDirectory(link),
    )
    account = await fund(
        options.cash,
        currency=market.currency,
        directory=storage.directory,
        ids=ids,
        at=clock.now(),
    )
    rule_set = rule_set_of(lines, tenant_id=account.tenant_id, new_id=ids.new, at=clock.now())
    database.rules_versions[account.tenant_id] = rule_set.version
    instruments = MemoryInstruments(market.history.instruments)
    gatekeeper = Gatekeeper(
        rule_sets=FixedRules(rule_set),
        instruments=instruments,
        market=feed,
        calendars=market.calendars,
        commissions={BROKER: CommissionSchedule(per_unit=options.commission)},
        ahead=MessagesAhead(clock=clock, on_ahead=lambda *_: None),
        # Venue and feed are of one piece here: what fails ends the replay.
        condition=lambda: WELL,
        collars=NO_COLLARS,
        strategies=strategy_policy(known=(STRATEGY,), required=False),
    )
    venue = PaperVenue(
        settings=PaperSettings(commission=CommissionPerShare(rate=options.commission)),
        instruments=instruments,
    )
    broker = PaperBroker(
        venue=venue,
        clock=clock,
        sleeper=NoWaiting(),
        faults=Faults(settings=FaultSettings(), roll=SeededRandomness(options.seed).random),
    )
    await broker.start()
    return _wire(
        account=account,
        rules=rule_set.rules,
        storage=storage,
        feed=feed,
        clock=clock,
        ids=ids,
        instruments=instruments,
        gatekeeper=gatekeeper,
        venue=venue,
        broker=broker,
    )


def _wire(
    *,
    account: Account,
    rules: tuple[Rule, ...],
    storage: _Storage,
    feed: ReplayFeed,
    clock: MarketTime,
    ids: SeededIds,
    instruments: MemoryInstruments,
    gatekeeper: Gatekeeper,
    venue: PaperVenue,
    broker: PaperBroker,
) -> BacktestContext:
    link, books = storage.link, storage.books
    shelf = BookShelf(books=books)
    wakeup = MemoryWakeup()
    desk = OrderDesk(
        shelf=shelf,
        archive=MemoryOrderArchive(link),
        brokers={BROKER: broker},
        instruments=instruments,
        clock=clock,
        market_clock=feed,
        view=feed,
        ids=ids,
        wake=wakeup.set,
    )
    apply_report = ApplyReport(desk=desk)
    lease = SoleLease()
    again = DecideAgain(desk=desk, gatekeeper=gatekeeper)
    dispatch = Dispatch(desk=desk, again=again, barrier=MemoryKillBarrier(link=link), lease=lease)
    run_dispatch = RunDispatch(
        desk=desk,
        work=MemoryOrderWork(link),
        dispatch=dispatch,
        resolve=ResolveUnknown(desk=desk, apply_report=apply_report),
        wakeup=wakeup,
        lease=lease,
        is_open=lambda: True,
        on_failure=_failed,
    )
    return BacktestContext(
        account=account,
        rules=rules,
        instruments=instruments,
        feed=feed,
        venue=venue,
        broker=broker,
        shelf=shelf,
        archive=MemoryOrderArchive(link),
        latches=MemoryLatches(link),
        ledger=MemoryLedger(link),
        keep_day=_keep_day(
            shelf, storage=storage, feed=feed, instruments=instruments, clock=clock, ids=ids
        ),
        gatekeeper=gatekeeper,
        submit=Submit(desk=desk, gatekeeper=gatekeeper, books=books, sleeper=NoWaiting()),
        run_dispatch=run_dispatch,
        follow=_follow(desk, apply_report=apply_report, storage=storage, broker=broker),
        mark=Watermark(),
    )


def _keep_day(
    shelf: BookShelf,
    *,
    storage: _Storage,
    feed: ReplayFeed,
    instruments: MemoryInstruments,
    clock: MarketTime,
    ids: SeededIds,
) -> KeepDay:
    return KeepDay(
        shelf=shelf,
        directory=storage.directory,
        broker=BROKER,
        view=feed,
        instruments=instruments,
        clock=clock,
        market_clock=feed,
        ids=ids,
        on_unvalued=_unvalued,
    )


def _follow(
    desk: OrderDesk, *, apply_report: ApplyReport, storage: _Storage, broker: PaperBroker
) -> FollowReports:
    return FollowReports(
        broker=broker,
        books=storage.books,
        directory=storage.directory,
        apply_report=apply_report,
        adopt_external=AdoptExternal(desk=desk, apply_report=apply_report),
        halt=_halt,
        sleeper=NoWaiting(),
    )


def _unvalued(account: Account, symbol: str) -> NoReturn:
    raise BacktestBroken(f"account {account.id} holds {symbol}, which has no price")


def _failed(work: OpenWork, problem: Exception) -> NoReturn:
    raise BacktestBroken(f"order {work.order_id} could not be dispatched") from problem


async def _halt(*, tenant_id: UUID, account_id: UUID, reason: str) -> None:
    raise BacktestBroken(f"account {account_id} of tenant {tenant_id}: {reason}")
