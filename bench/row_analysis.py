"""The analysis of an order: 50 positions, 100 resting orders, 12 rules, two years of history.

Ours is the whole use case over memory: the gate's judgement, margin before and after, and every
figure of the book's history. The floor beside it is plain numpy on returns that are ready: value
at risk twice, marginal risk, correlation and the worst 1, 5 and 20 days of the same book.

The goal is on our p99 in milliseconds. The other row says how far from the floor that is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from time import perf_counter

import numpy as np

from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.kill_switch import MemoryLatches
from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from adapters.memory.orders import MemoryOrderArchive
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.time import ManualClock
from application.accounts.book_store import BookStore
from application.orders.commands import Asker, OrderRequest, SubmitOrder
from application.orders.deps import OrderContext
from application.orders.gatekeeper import Gatekeeper
from application.orders.messages_ahead import MessagesAhead
from application.orders.preview import PreviewOrder
from application.risk.analyze_orders import AnalyzeOrders
from application.risk.read_returns import HISTORY_DAYS, ReadReturns
from bench.ours_context import RULES, Context
from bench.ours_makers import ACCOUNT, AT, TENANT, make_rule
from bench.rows import Better, Row, alone, compare
from bench.stats import interleave, percentile
from domain.identity.tenant import Tenant
from domain.market.condition import WELL
from domain.market.prices import Bar
from domain.market.sessions import ALWAYS_OPEN
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.collar import NO_COLLARS
from domain.risk.commission import FREE
from domain.risk.portfolio import Floats
from domain.risk.rating_parts import PreTradeLimits

TURNS = 5
ANALYSES = 300
GOAL_P99_MS = 50.0
PEER = "plain numpy on ready returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisCase:
    """What is analysed, and the bare arrays of its book."""

    analyze: AnalyzeOrders
    symbols: tuple[str, ...]
    returns: Floats
    worth: Floats

    def command(self, number: int) -> SubmitOrder:
        """Ask for a share of one symbol after the other."""
        terms = OrderTerms(
            symbol=self.symbols[number % len(self.symbols)],
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(100),
            limit_price=Decimal(100),
        )
        asker = Asker(tenant_id=TENANT, actor="user:bench")
        return SubmitOrder(asker=asker, account_id=ACCOUNT, orders=(OrderRequest(terms=terms),))


def measure() -> list[Row]:
    """Measure both sides in turn."""
    case = make_case()
    with asyncio.Runner() as runner:

        def ours() -> float:
            return _p99(lambda number: runner.run(case.analyze.analyze(case.command(number))))

        def bare() -> float:
            return _p99(lambda number: _figures(case, traded=number % len(case.symbols)))

        ours(), bare()
        our_ms, bare_ms = interleave(ours, bare, repeats=TURNS)
    return [
        alone(name="analysis_p99", unit="ms", better=Better.LOWER, ours=our_ms, goal=GOAL_P99_MS),
        compare(
            name="analysis_p99_over_numpy",
            unit="ms",
            better=Better.LOWER,
            ours=our_ms,
            reference=bare_ms,
            reference_name=PEER,
        ),
    ]


def make_case() -> AnalysisCase:
    """Wire the use case over memory, with the gate row's book."""
    given = Context()
    generator = np.random.default_rng(5)
    returns = generator.normal(0.0003, 0.015, size=(HISTORY_DAYS + 12, len(given.symbols)))
    market = MemoryMarket(at=AT - timedelta(days=len(returns) + 2))
    closes = 100.0 * np.cumprod(1.0 + returns, axis=0)
    for day, row in enumerate(closes):
        at = AT - timedelta(days=len(closes) - day)
        for symbol, close in zip(given.symbols, row, strict=True):
            market.record(_bar(symbol, at=at, close=Decimal(repr(round(float(close), 2)))))
    for quote in given.quotes.values():
        market.record(quote)
    database = MemoryDatabase()
    link = MemoryLink(database=database)
    database.tenants[TENANT] = Tenant(id=TENANT, name="Bench", created_at=AT)
    database.books[ACCOUNT] = given.book
    rules = [make_rule(number, *rule) for number, rule in enumerate(RULES)]
    database.rules.update({rule.id: rule for rule in rules})
    clock = ManualClock(AT)
    instruments = MemoryInstruments(
        replace(instrument, calendar=ALWAYS_OPEN) for instrument in given.instruments.values()
    )
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
    context = OrderContext(
        book_store=BookStore(books=MemoryAccountBooks(link)),
        archive=MemoryOrderArchive(link),
        brokers={},
        instruments=instruments,
        clock=clock,
        market_clock=market,
        view=market,
        ids=SeededIds(clock=clock, seed=1),
        wake=lambda: None,
    )
    analyze = AnalyzeOrders(
        preview=PreviewOrder(context=context, gatekeeper=gatekeeper, latches=MemoryLatches(link)),
        market=market,
        history=ReadReturns(market=market),
        market_clock=market,
        instruments=instruments,
        limits=PreTradeLimits(),
    )
    worth = [
        float(given.book.position(symbol).quantity * given.quotes[symbol].last)
        for symbol in given.symbols
    ]
    return AnalysisCase(
        analyze=analyze,
        symbols=given.symbols,
        returns=returns[-HISTORY_DAYS + 1 :],
        worth=np.array(worth),
    )


def _bar(symbol: str, *, at: datetime, close: Decimal) -> Bar:
    return Bar(
        symbol=symbol,
        opened_at=at - timedelta(hours=6),
        closed_at=at,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=Decimal(5_000_000),
    )


def _p99(work: Callable[[int], object]) -> float:
    spent = []
    for number in range(ANALYSES):
        begun = perf_counter()
        work(number)
        spent.append((perf_counter() - begun) * 1_000)
    return percentile(spent, rank=99)


def _figures(case: AnalysisCase, *, traded: int) -> list[float]:
    """Work out the history's figures on arrays, and nothing else."""
    change = np.zeros(len(case.worth))
    change[traded] = 10_000.0
    after, returns = case.worth + change, case.returns
    found = []
    for weights in (case.worth, after):
        results = np.sort(returns @ weights)
        found += [float(results[4]), float(results[:5].mean()), float(results.std(ddof=1))]
    covariance = np.cov(returns, rowvar=False)
    found.append(float(change @ covariance @ after / np.sqrt(after @ covariance @ after)))
    grown = np.cumprod(1.0 + returns, axis=0)
    for days in (1, 5, 20):
        before = np.vstack([np.ones((1, len(after))), grown[:-days]])
        found.append(float(((grown[days - 1 :] / before - 1.0) @ after).min()))
    rest = np.delete(after, traded)
    others = np.delete(returns[-60:], traded, axis=1) @ rest
    found.append(float(np.corrcoef(returns[-60:, traded], others)[0, 1]))
    return found
