"""Build the application that a replay drives: the real use cases over the memory adapters."""

from dataclasses import replace
from types import SimpleNamespace
from typing import NoReturn
from uuid import UUID

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.settings import CommissionPerShare, PaperSettings
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.leases import SoleLease
from adapters.memory.market import MemoryInstruments, MemoryReplayCursor
from adapters.memory.randomness import SeededRandomness
from adapters.rule_files.rules import DEFAULT_RULES, FixedRules, RuleLine, read_rules, rule_set_of
from adapters.system.time import SystemClock
from application.backtest.context import BacktestBroken, BacktestContext
from application.backtest.funding import BROKER, fund
from application.backtest.run import Interrupt, play
from application.backtest.time import MarketTime, NoWaiting
from application.orders.watermark import Watermark
from bootstrap.areas import accounts, orders
from bootstrap.areas import market as market_area
from bootstrap.areas.market import Market
from bootstrap.brokers.paper import BrokerParts
from bootstrap.brokers.registry import Brokers
from bootstrap.container import compose
from bootstrap.gatekeeper import build_gatekeeper
from bootstrap.parts import Parts
from bootstrap.replay.market import ReplayMarket
from bootstrap.replay.strategy import build_trader
from bootstrap.settings.risk import RiskSettings
from bootstrap.settings.sections import Settings
from bootstrap.settings.signals import SignalSettings
from bootstrap.storage import Storage, over_memory
from bootstrap.system import System
from domain.accounts.account import Account
from domain.backtest.options import STRATEGY, BacktestOptions
from domain.backtest.result import BacktestResult, OnDay, ignore_day
from domain.market.condition import WELL
from domain.risk.collar import NO_COLLARS
from domain.risk.commission import CommissionSchedule
from domain.risk.rule import Rule
from domain.signals.signal import TTL_MAX_S
from ports.orders import OpenWork


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
    context = await build_context(options, market=market)
    return await play(context, options=options, interrupt=interrupt, on_day=on_day)


async def build_context(options: BacktestOptions, *, market: ReplayMarket) -> BacktestContext:
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
    stored = over_memory(link, clock=clock, ids=ids)
    account = await fund(
        options.cash,
        currency=market.currency,
        directory=stored.directory,
        ids=ids,
        at=clock.now(),
    )
    rule_set = rule_set_of(lines, tenant_id=account.tenant_id, new_id=ids.new, at=clock.now())
    database.rules_versions[account.tenant_id] = rule_set.version
    instruments = MemoryInstruments(market.history.instruments)
    system = System(
        clock=clock, sleeper=NoWaiting(), ids=ids, randomness=SeededRandomness(options.seed)
    )
    venue = PaperVenue(
        settings=PaperSettings(commission=CommissionPerShare(rate=options.commission)),
        instruments=instruments,
    )
    broker = PaperBroker(
        venue=venue,
        clock=clock,
        sleeper=system.sleeper,
        faults=Faults(settings=FaultSettings(), roll=system.randomness.random),
    )
    await broker.start()
    parts = _composed(
        options,
        system=system,
        storage=replace(stored, rule_sets=FixedRules(rule_set)),
        market=Market(
            instruments=instruments,
            calendars=market.calendars,
            view=feed,
            clock=feed,
            calendar=lambda: market.history.calendar,
        ),
        broker=broker,
    )
    context = _context(
        parts, account=account, rules=rule_set.rules, feed=feed, venue=venue, broker=broker
    )
    if options.strategy is None:
        return context
    trader = await build_trader(
        parts, name=options.strategy, stored=options.stored, account=account
    )
    return replace(context, trader=trader)


def _orders_bear(options: BacktestOptions) -> str:
    return options.strategy or STRATEGY if options.stored is None else options.stored.name


def _composed(
    options: BacktestOptions,
    *,
    system: System,
    storage: Storage,
    market: Market,
    broker: PaperBroker,
) -> Parts:
    """Compose as a server does, over memory and the played market."""
    own = BrokerParts(broker=broker, connection=broker, listener=None, problem=lambda: "")
    return compose(
        Settings(
            risk=RiskSettings(strategies=(_orders_bear(options),)),
            # Of a close, and acted on at the next open: a long week-end may lie between.
            signals=SignalSettings(ttl_s=TTL_MAX_S),
        ),
        system=system,
        bare_storage=storage,
        storage=storage,
        market=market,
        # Venue and feed are of one piece here: what fails ends the replay.
        condition=lambda _: WELL,
        collars=NO_COLLARS,
        commissions={BROKER: CommissionSchedule(per_unit=options.commission)},
        brokers=Brokers(parts={BROKER: own}),
        paper_brokers=(BROKER,),
        observed_brokers={BROKER: broker},
        dispatch_lease=lambda _: SoleLease(),
        activation=SimpleNamespace(halt_account=_halt, halt_by_rule=_halt),
    )


def _context(
    parts: Parts,
    *,
    account: Account,
    rules: tuple[Rule, ...],
    feed: ReplayFeed,
    venue: PaperVenue,
    broker: PaperBroker,
) -> BacktestContext:
    kept, orders_, storage = parts.of(accounts.build), parts.of(orders.build), parts.storage
    loops = orders_.loops[BROKER]
    # There is nothing to compare before the first order, and what fails ends the replay.
    loops.reconcile.passed = True
    loops.dispatch.on_failure = _failed
    return BacktestContext(
        account=account,
        rules=rules,
        instruments=parts.of(market_area.market_of).instruments,
        feed=feed,
        venue=venue,
        broker=broker,
        book_store=kept.book_store,
        archive=storage.archive,
        latches=storage.latches,
        ledger=storage.ledger,
        keep_day=replace(kept.keep_day, on_unvalued=_unvalued),
        gatekeeper=parts.of(build_gatekeeper),
        submit=orders_.facade.submitting,
        run_dispatch=loops.dispatch,
        follow=loops.follow,
        mark=Watermark(),
    )


def _unvalued(account: Account, symbol: str) -> NoReturn:
    raise BacktestBroken(f"account {account.id} holds {symbol}, which has no price")


def _failed(work: OpenWork, problem: Exception) -> NoReturn:
    raise BacktestBroken(f"order {work.order_id} could not be dispatched") from problem


async def _halt(*, tenant_id: UUID, account_id: UUID, reason: str) -> None:
    raise BacktestBroken(f"account {account_id} of tenant {tenant_id}: {reason}")
