"""Move made-up prices through made-up sessions, and tell every process of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from adapters.memory.market import MemoryCalendars, MemoryInstruments, MemoryMarket
from domain.market.condition import WELL, MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import (
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    Split,
    SplitEffective,
)
from domain.market.sessions import OpenHours, SessionTable
from ports.storage import StorageUnavailable
from tests.simulation.timeouts import until
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.ports import STARTS_AT

CALENDAR = "SIM"
SYMBOLS = ("ALFA", "BETA")
TICK_S = 0.5
TICKS_A_DAY = 10
CLOSED_S = 1.5
FIRST_DAY = date(2030, 1, 1)
_MINUTE = timedelta(minutes=1)
_CENT = Decimal("0.01")
# Who says nothing for longer is silent: nothing new is opened then.
BEAT_S = 1.0
# A silence ends some of what was accepted before it, and much is asked for during it.
SILENT_S = (6.0, 16.0)
_FALLS_SILENT = 0.15
# Long after every run: the last session stays open until the world has come to rest.
_LAST_HOURS = timedelta(hours=12)


def instruments() -> MemoryInstruments:
    """Return what can be traded."""
    return MemoryInstruments(
        Instrument(symbol=symbol, name=symbol.title(), calendar=CALENDAR, sector="made up")
        for symbol in SYMBOLS
    )


def calendars(sessions: int) -> MemoryCalendars:
    """Return the hours of so many sessions, the last one long."""
    hours = [_hours(index, last=index == sessions - 1) for index in range(sessions)]
    return MemoryCalendars([(CALENDAR, SessionTable(calendar=CALENDAR, hours=hours))])


def _hours(index: int, *, last: bool) -> OpenHours:
    day = FIRST_DAY + timedelta(days=index)
    opens = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    length = _LAST_HOURS if last else TICKS_A_DAY * _MINUTE
    return OpenHours(date=day, opens_at=opens, closes_at=opens + length)


class MarketScript:
    """The market itself: a log of events that never forgets, and who waits for the next."""

    def __init__(self, loop: SimulatedLoop, *, source: random.Random, sessions: int, splits: bool):
        self.log: list[MarketEvent] = []
        self.to_venue: Callable[[MarketEvent], None] = _nowhere
        # Per reader: how many events it has surely taken in, kept over its restarts.
        self.taken: dict[str, int] = {}
        # Who keeps the books, and whether they show every execution.
        self.keeper = ""
        self.is_booked: Callable[[], bool] = lambda: True
        self._loop = loop
        self._source = source
        self._quiet = loop.source("silences")
        self._sessions = sessions
        self._splits = splits
        self._last = {symbol: Decimal(source.randint(40, 160)) for symbol in SYMBOLS}
        self._waiting: list[asyncio.Future[None]] = []
        # Silences yet to come, and since when the market is silent, None while it speaks.
        self.silences = 0
        self.gaps = False
        self.silent_since: float | None = None

    async def run(self) -> None:
        """Print prices for ever, session after session; the last one never closes."""
        for index in range(self._sessions):
            final = index == self._sessions - 1
            hours = _hours(index, last=final)
            if index:
                await self._night(hours)
            self._tell(SessionOpened(calendar=CALENDAR, date=hours.date, at=hours.opens_at))
            tick = 0
            while final or tick < TICKS_A_DAY - 1:
                await self._silence()
                self._quote(hours.opens_at + tick * _MINUTE)
                tick += 1
                # Once all is known, it only needs to go on; slower saves steps.
                await asyncio.sleep(TICK_S if tick < 3 * TICKS_A_DAY else 2 * TICK_S)
            self._tell(SessionClosed(calendar=CALENDAR, date=hours.date, at=hours.closes_at))

    def last(self, symbol: str) -> Decimal:
        """Return the latest price."""
        return self._last[symbol]

    async def next(self, count: int) -> None:
        """Return once the log holds more than so many events."""
        if len(self.log) <= count:
            news: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(news)
            await news

    def condition(self, broker: str) -> MarketCondition:
        """Return what is told to every process of the market's condition."""
        since = self.silent_since
        if since is None or self._loop.time() - since <= BEAT_S:
            return WELL
        return MarketCondition(down="market_feed: it is silent (simulated)")

    def silent_s(self, *, at: datetime | None = None) -> float:
        """Return how long the market had been silent, at a moment of business time or now."""
        if self.silent_since is None:
            return 0.0
        now = self._loop.time() if at is None else (at - STARTS_AT).total_seconds()
        return now - self.silent_since

    async def _silence(self) -> None:
        """Say nothing for a while, now and then, with the clock standing where it was."""
        if not self.silences or self._quiet.random() >= _FALLS_SILENT:
            return
        self.silences -= 1
        self.silent_since = self._loop.time()
        await asyncio.sleep(self._quiet.uniform(*SILENT_S))
        self.silent_since = None

    async def _night(self, hours: OpenHours) -> None:
        """Let the market be closed; the next day waits for a split to be booked.

        So does a replay for its listeners. Executions of the day may still be told after it.
        """
        await asyncio.sleep(CLOSED_S / 2)
        if self._splits and self._source.random() < 0.7:
            self._split(hours)
            told = len(self.log)
            await until(lambda: self.taken.get(self.keeper, 0) >= told, every_s=TICK_S)
        if self.gaps:
            for symbol, price in self._last.items():
                jumped = price * Decimal(self._quiet.randint(80, 140)) / 100
                self._last[symbol] = max(jumped.quantize(_CENT), Decimal(5))
        await asyncio.sleep(CLOSED_S / 2)

    def _split(self, hours: OpenHours) -> None:
        symbol = self._source.choice(SYMBOLS)
        numerator, denominator = self._source.choice(((2, 1), (3, 2), (1, 2)))
        split = Split(
            symbol=symbol,
            ex_date=hours.date,
            numerator=Decimal(numerator),
            denominator=Decimal(denominator),
        )
        price = self._last[symbol] * denominator / numerator
        self._last[symbol] = max(price.quantize(_CENT), Decimal(5))
        self._tell(SplitEffective(split=split, at=hours.opens_at - 30 * _MINUTE))

    def _quote(self, at: datetime) -> None:
        for symbol in SYMBOLS:
            moved = self._last[symbol] * Decimal(self._source.randint(980, 1020)) / 1000
            last = max(moved.quantize(_CENT), Decimal(5))
            self._last[symbol] = last
            half = Decimal(self._source.randint(0, 3)) * _CENT
            self._tell(Quote(symbol=symbol, bid=last - half, ask=last + half, last=last, at=at))

    def _tell(self, event: MarketEvent) -> None:
        self.log.append(event)
        self.to_venue(event)
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            if not news.done():
                news.set_result(None)


def _nowhere(_event: MarketEvent) -> None:
    """Tell nobody."""


def outdates(event: MarketEvent) -> Callable[[MarketEvent], bool]:
    """Return what a market event makes superfluous for one who starts now."""
    match event:
        case Quote():
            return lambda kept: isinstance(kept, Quote) and kept.symbol == event.symbol
        case SessionOpened():
            return lambda kept: not isinstance(kept, SplitEffective)
        case _:
            return lambda _: False


Listener = Callable[[MarketEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFeed:
    """One process's feed: what it took in before is history, the rest is delivered in order."""

    script: MarketScript
    reader: str
    market: MemoryMarket

    def recall(self) -> None:
        """Make known what an earlier life of the process took in."""
        for event in self.script.log[: self.script.taken.get(self.reader, 0)]:
            self.market.record(event)

    async def run(self, *listeners: Listener) -> None:
        """Deliver for ever; an event whose delivery failed or was cut short comes again."""
        count = self.script.taken.get(self.reader, 0)
        while True:
            await self.script.next(count)
            event = self.script.log[count]
            self.market.record(event)
            for listener in listeners:
                await _deliver(listener, event)
            count += 1
            self.script.taken[self.reader] = count


async def _deliver(listener: Listener, event: MarketEvent) -> None:
    while True:
        try:
            await listener(event)
        except StorageUnavailable:
            await asyncio.sleep(0.1)
        else:
            return
