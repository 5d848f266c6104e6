"""Run the price history through the application, day by day, as fast as it goes."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from time import perf_counter

from bootstrap.replay.check import check_books
from bootstrap.replay.desk import ReplayBroken, ReplayDesk, build_desk
from bootstrap.replay.market import ReplayMarket
from bootstrap.replay.options import ReplayOptions
from bootstrap.replay.trading import Denial, EmaTrader
from domain.accounts.book import AccountBook
from domain.accounts.valuation import MissingPrice, value_book
from domain.kill_switch.latch import Latch
from domain.market.prices import (
    Bar,
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    Traded,
)
from domain.orders.order import Fill, Order
from domain.performance.round_trips import RoundTrips
from domain.risk.rule import Rule
from domain.shared.values import ZERO
from ports.broker import Report, ReportKind
from ports.orders import OrderFilter

_EVERYTHING = 2**62
# Nothing that a run keeps is garbage: looking for it less often costs no memory.
_COLLECT_EVERY = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPoint:
    """The account at the close of one session; money in its currency."""

    date: date
    at: datetime
    cash: Decimal
    equity: Decimal
    peak_equity: Decimal
    gross_exposure: Decimal
    bars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """All that a run brought: complete, or up to the session at which it was interrupted."""

    options: ReplayOptions
    rules: tuple[Rule, ...]
    book: AccountBook
    days: Sequence[DayPoint]
    days_total: int
    orders: Sequence[Order]
    fills: Sequence[Fill]
    denials: Sequence[Denial]
    trips: RoundTrips
    # What each symbol paid; one that paid nothing is not in it.
    dividends: Mapping[str, Decimal]
    latches: Sequence[Latch]
    prices: Mapping[str, Decimal]
    seconds: float
    interrupted: bool

    @property
    def bars(self) -> int:
        """The daily bars that were played."""
        return self.days[-1].bars if self.days else 0


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


OnDay = Callable[[DayPoint], None]


def ignore_day(_: DayPoint) -> None:
    """Show nothing."""


@dataclass(slots=True, kw_only=True)
class _Run:
    """The listener of the feed: hands each event to whom it concerns, in a fixed order."""

    desk: ReplayDesk
    trader: EmaTrader
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
        if kind is Traded or kind is Quote:
            desk = self.desk
            await desk.broker.on_market(event)
            if desk.venue.sequence != self._heard:
                await self._hear()
            if kind is Traded:
                return
            await desk.gatekeeper.on_market(event)
            waiting = self.trader.waiting
            if waiting and isinstance(event, Quote) and event.symbol in waiting:
                await self._act(event)
        elif isinstance(event, Bar):
            self.bars += 1
            self.trader.on_bar(event)
        elif isinstance(event, SessionClosed):
            await self._on_close(event)
        elif isinstance(event, SessionOpened):
            await self.desk.keep_day(event)
            await self._venue(event)
        elif isinstance(event, SplitEffective):
            await self._on_split(event)
        elif isinstance(event, DividendEffective):
            await self._on_dividend(event)

    async def _act(self, quote: Quote) -> None:
        if await self.trader.act(quote):
            await self.desk.run_dispatch.round()
            await self._hear()

    async def _on_close(self, event: SessionClosed) -> None:
        await self._venue(event)
        await self.desk.keep_day(event)
        point = self._point(event)
        self.days.append(point)
        self.on_day(point)
        if self.interrupt.requested:
            raise _Interrupted

    async def _on_split(self, event: SplitEffective) -> None:
        desk = self.desk
        await desk.gatekeeper.on_market(event)
        await self._venue(event)
        await desk.keep_day(event)
        self.trader.on_split(event.split)
        self._follow(event.split.symbol, at=event.at)

    async def _on_dividend(self, event: DividendEffective) -> None:
        desk, symbol = self.desk, event.dividend.symbol
        before = desk.book().settled_cash
        await desk.keep_day(event)
        if paid := desk.book().settled_cash - before:
            self.dividends[symbol] = self.dividends.get(symbol, ZERO) + paid

    async def _venue(self, event: MarketEvent) -> None:
        await self.desk.broker.on_market(event)
        await self._hear()

    async def _hear(self) -> None:
        """Apply every report that the venue has made since the last time."""
        desk = self.desk
        # There is a report to come: the stream answers without waiting.
        while desk.venue.sequence > self._heard:
            report = await anext(self.reports)
            await desk.take(report)
            self._heard = report.sequence
            if report.kind is ReportKind.FILL:
                self._follow(report.symbol, at=report.at)

    def _follow(self, symbol: str, *, at: datetime) -> None:
        self.trips.follow(self.desk.book().position(symbol), at=at)

    def _point(self, event: SessionClosed) -> DayPoint:
        book = self.desk.book()
        valued = value_book(book, price_of=self._price)
        if isinstance(valued, MissingPrice):
            raise ReplayBroken(f"{valued.symbol} is held and has no price at {event.at}")
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
        quote = self.desk.feed.quote(symbol)
        return None if quote is None else quote.last


async def run_replay(
    options: ReplayOptions,
    *,
    market: ReplayMarket,
    interrupt: Interrupt,
    on_day: OnDay = ignore_day,
) -> ReplayResult:
    """Run the history, or what of it comes before an interrupt.

    Raises MarketDataCorrupt, InvalidValue, RuleFileWrong, and ReplayBroken when the books
    do not add up.
    """
    desk = await build_desk(options, market=market)
    await desk.open_book()
    trader = EmaTrader(desk=desk, sizing=options.sizing, raw=options.raw_signals)
    trader.warm_up()
    run = _Run(
        desk=desk,
        trader=trader,
        interrupt=interrupt,
        on_day=on_day,
        reports=desk.broker.reports(after=0),
    )
    desk.feed.subscribe(run.on_market)
    interrupted = False
    with _rare_collections():
        started = perf_counter()
        try:
            await desk.feed.run()
        except _Interrupted:
            interrupted = True
        seconds = perf_counter() - started
    await check_books(desk)
    return await _result(options, run=run, seconds=seconds, interrupted=interrupted)


async def _result(
    options: ReplayOptions, *, run: _Run, seconds: float, interrupted: bool
) -> ReplayResult:
    desk = run.desk
    tenant_id = desk.account.tenant_id
    book = desk.book()
    orders = await desk.archive.list(tenant_id=tenant_id, filter=OrderFilter(limit=_EVERYTHING))
    fills = await desk.archive.fills(tenant_id=tenant_id, limit=_EVERYTHING)
    quotes = {symbol: desk.feed.quote(symbol) for symbol in sorted(book.positions)}
    return ReplayResult(
        options=options,
        rules=desk.rules,
        book=book,
        days=run.days,
        days_total=desk.feed.days_total,
        orders=tuple(reversed(orders)),
        fills=tuple(reversed(fills)),
        denials=tuple(run.trader.denials),
        trips=run.trips,
        dividends=run.dividends,
        latches=await desk.latches.engaged(tenant_id=tenant_id),
        prices={symbol: quote.last for symbol, quote in quotes.items() if quote is not None},
        seconds=seconds,
        interrupted=interrupted,
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
