"""Run the price history through the application, day by day, as fast as it goes."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from time import perf_counter

from application.backtest.check import check_books
from application.backtest.context import BacktestBroken, BacktestContext, Trader
from application.backtest.trading import EmaTrader
from domain.accounts.valuation import MissingPrice, value_book
from domain.backtest.options import BacktestOptions
from domain.backtest.result import BacktestResult, DayPoint, OnDay
from domain.market.prices import (
    Bar,
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from domain.performance.round_trips import RoundTrips
from domain.shared.values import ZERO
from ports.broker import Report, ReportKind
from ports.orders import OrderFilter

_EVERYTHING = 2**62
# Nothing that a run keeps is garbage: looking for it less often costs no memory.
_COLLECT_EVERY = 200_000


class Interrupt:
    """Asks the run to stop after the session it is in."""

    __slots__ = ("requested",)

    def __init__(self) -> None:
        self.requested = False

    def request(self) -> None:
        """Ask."""
        self.requested = True


class _Interrupted(Exception):
    """Leave the feed after a session."""


@dataclass(slots=True, kw_only=True)
class _Run:
    """The listener of the feed: hands each event to whom it concerns, in a fixed order."""

    context: BacktestContext
    trader: Trader
    interrupt: Interrupt
    on_day: OnDay
    reports: AsyncIterator[Report]
    trips: RoundTrips = field(default_factory=RoundTrips)
    days: list[DayPoint] = field(default_factory=list)
    dividends: dict[str, Decimal] = field(default_factory=dict)
    bars: int = 0
    _heard: int = 0

    async def on_market(self, event: MarketEvent) -> None:
        """Let venue, books and strategy work one event, and book what the venue reports."""
        # By exact type and by frequency: this runs for every event of the history.
        kind = type(event)
        if kind is TradedVolume or kind is Quote:
            context = self.context
            await context.broker.on_market(event)
            if context.venue.sequence != self._heard:
                await self._hear()
            if kind is TradedVolume:
                return
            await context.gatekeeper.view.on_market(event)
            waiting = self.trader.waiting
            if waiting and isinstance(event, Quote) and event.symbol in waiting:
                await self._act(event)
        elif isinstance(event, Bar):
            self.bars += 1
            acting = self.trader.on_bar(event)
            if acting is not None and await acting:
                await self._send()
        elif isinstance(event, SessionClosed):
            await self._on_close(event)
        elif isinstance(event, SessionOpened):
            await self.context.keep_day(event)
            await self._venue(event)
        elif isinstance(event, SplitEffective):
            await self._on_split(event)
        elif isinstance(event, DividendEffective):
            await self._on_dividend(event)

    async def _act(self, quote: Quote) -> None:
        if await self.trader.act(quote):
            await self._send()

    async def _send(self) -> None:
        await self.context.run_dispatch.round()
        await self._hear()

    async def _on_close(self, event: SessionClosed) -> None:
        await self._venue(event)
        await self.context.keep_day(event)
        point = self._point(event)
        self.days.append(point)
        self.on_day(point)
        if self.interrupt.requested:
            raise _Interrupted

    async def _on_split(self, event: SplitEffective) -> None:
        context = self.context
        await context.gatekeeper.view.on_market(event)
        await self._venue(event)
        await context.keep_day(event)
        await self.trader.on_split(event)
        self._follow(event.split.symbol, at=event.at)

    async def _on_dividend(self, event: DividendEffective) -> None:
        context, symbol = self.context, event.dividend.symbol
        before = context.book().settled_cash
        await context.keep_day(event)
        if paid := context.book().settled_cash - before:
            self.dividends[symbol] = self.dividends.get(symbol, ZERO) + paid

    async def _venue(self, event: MarketEvent) -> None:
        await self.context.broker.on_market(event)
        await self._hear()

    async def _hear(self) -> None:
        """Apply every report that the venue has made since the last time."""
        context = self.context
        # There is a report to come: the stream answers without waiting.
        while context.venue.sequence > self._heard:
            report = await anext(self.reports)
            await context.take(report)
            self._heard = report.sequence
            if report.kind is ReportKind.FILL:
                self._follow(report.symbol, at=report.at)

    def _follow(self, symbol: str, *, at: datetime) -> None:
        self.trips.follow(self.context.book().position(symbol), at=at)

    def _point(self, event: SessionClosed) -> DayPoint:
        book = self.context.book()
        valued = value_book(book, price_of=self._price)
        if isinstance(valued, MissingPrice):
            raise BacktestBroken(f"{valued.symbol} is held and has no price at {event.at}")
        return DayPoint(
            date=event.date,
            at=event.at,
            cash=valued.cash,
            equity=valued.equity,
            peak_equity=max(book.peak_equity, valued.equity),
            gross_exposure=valued.gross_exposure,
            bars=self.bars,
        )

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.context.feed.quote(symbol)
        return None if quote is None else quote.last


async def play(
    context: BacktestContext, *, options: BacktestOptions, interrupt: Interrupt, on_day: OnDay
) -> BacktestResult:
    """Run the history, or what of it comes before an interrupt.

    Raises MarketDataCorrupt, InvalidValue, and BacktestBroken when the books do not add up.
    """
    await context.open_book()
    trader: Trader = context.trader or EmaTrader(
        context=context, sizing=options.sizing, raw=options.raw_signals
    )
    trader.warm_up()
    run = _Run(
        context=context,
        trader=trader,
        interrupt=interrupt,
        on_day=on_day,
        reports=context.broker.reports(after=0),
    )
    context.feed.subscribe(run.on_market)
    interrupted = False
    with _rare_collections():
        started = perf_counter()
        try:
            await context.feed.run()
        except _Interrupted:
            interrupted = True
        seconds = perf_counter() - started
    await check_books(context)
    return await _result(options, run=run, seconds=seconds, interrupted=interrupted)


async def _result(
    options: BacktestOptions, *, run: _Run, seconds: float, interrupted: bool
) -> BacktestResult:
    context = run.context
    tenant_id = context.account.tenant_id
    book = context.book()
    orders = await context.archive.list(tenant_id=tenant_id, filter=OrderFilter(limit=_EVERYTHING))
    fills = await context.archive.fills(tenant_id=tenant_id, limit=_EVERYTHING)
    quotes = {symbol: context.feed.quote(symbol) for symbol in sorted(book.positions)}
    return BacktestResult(
        options=options,
        rules=context.rules,
        book=book,
        days=run.days,
        days_total=context.feed.days_total,
        orders=tuple(reversed(orders)),
        fills=tuple(reversed(fills)),
        denials=tuple(run.trader.denials),
        trips=run.trips,
        dividends=run.dividends,
        latches=await context.latches.engaged(tenant_id=tenant_id),
        prices={symbol: quote.last for symbol, quote in quotes.items() if quote is not None},
        seconds=seconds,
        interrupted=interrupted,
        signals=tuple(await run.trader.signals()),
    )


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look seldom, and not at what was there before."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
