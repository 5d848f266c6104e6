"""Thirteen years of real prices go through the paper venue, twice the same."""

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal

from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.settings import PaperSettings
from adapters.market_data.bokeh.facts import INSTRUMENTS
from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryInstruments, MemoryReplayCursor
from adapters.system.time import SystemClock, SystemSleeper
from domain.market.prices import Bar, MarketEvent
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.broker import Report, ReportKind
from tests.contracts.market.sample import YieldingSleeper

_CENT = Decimal("0.01")


class Trader:
    """Sends some order after each bar, by the dice, and keeps what the market did."""

    def __init__(self, venue: PaperVenue) -> None:
        self._venue = venue
        self._dice = random.Random(5)
        self._count = 0
        self.bars: dict[tuple[str, date], Bar] = {}

    async def listen(self, event: MarketEvent) -> None:
        if not isinstance(event, Bar):
            return
        self.bars[event.symbol, event.closed_at.date()] = event
        if self._dice.random() < 0.9:
            return
        self._count += 1
        self._venue.submit(
            account_id="a", client_order_id=f"n{self._count}", terms=self._terms(event)
        )

    def _terms(self, bar: Bar) -> OrderTerms:
        dice = self._dice
        kind = dice.choice([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP])
        near = (bar.close * Decimal(dice.randint(95, 105)) / 100).quantize(_CENT)
        return OrderTerms(
            symbol=bar.symbol,
            side=dice.choice(list(Side)),
            type=kind,
            quantity=Decimal(dice.randint(1, 500)),
            limit_price=near if kind is OrderType.LIMIT else None,
            stop_price=near if kind is OrderType.STOP else None,
            time_in_force=TimeInForce.GTC,
        )


async def _replay(calendars: ExchangeCalendars) -> tuple[list[Report], Trader]:
    settings = PaperSettings(open_orders_max=10_000, retained_orders=10**6, retained_reports=10**6)
    venue = PaperVenue(settings=settings, instruments=MemoryInstruments(INSTRUMENTS))
    broker = PaperBroker(
        venue=venue,
        clock=SystemClock(),
        sleeper=SystemSleeper(),
        faults=Faults(settings=FaultSettings(), roll=lambda: 0.5),
    )
    trader = Trader(venue)
    feed = ReplayFeed(
        read=read_bokeh,
        calendars=calendars,
        cursor=MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=YieldingSleeper(),
        settings=ReplaySettings(seconds_per_day=0),
    )
    feed.subscribe(broker.listener)
    feed.subscribe(trader.listen)
    await broker.start()
    await feed.start()
    await feed.run()
    return list(venue.reports(after=0, limit=10**6)), trader


async def test_fills_on_real_prices_stay_within_the_day_and_repeat_exactly() -> None:
    calendars = ExchangeCalendars(names=["XNYS"])
    await calendars.start()
    reports, trader = await _replay(calendars)
    kinds: dict[ReportKind, int] = defaultdict(int)
    for report in reports:
        kinds[report.kind] += 1
        if report.fill is None:
            continue
        bar = trader.bars[report.symbol, report.fill.at.date()]
        # A taker pays half the quoted spread beyond the trades; the rest is in the range.
        assert bar.low - 2 * _CENT <= report.fill.price <= bar.high + 2 * _CENT
        assert report.fill.quantity <= bar.volume
    assert kinds[ReportKind.FILL] > 500
    assert kinds[ReportKind.TRIGGERED] > 100
    restated = [report for report in reports if report.split is not None]
    assert {report.kind for report in restated} == {ReportKind.REPLACED}
    assert kinds[ReportKind.CANCELED] == 0, "a split canceled an order"
    again, _ = await _replay(calendars)
    assert again == reports
