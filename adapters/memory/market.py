"""Keep instruments, prices, trading hours and the replay's cursor in memory."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from adapters.memory.database import MemoryLink
from domain.accounts.book import AccountBook
from domain.accounts.laps import not_done
from domain.audit.entry import AuditEntry
from domain.kill_switch.latch import Latch
from domain.market.instruments import Instrument
from domain.market.latest import LatestPrices
from domain.market.prices import Bar, MarketEvent, Quote, Session, SplitHistory, event_time
from domain.market.sessions import ALWAYS_OPEN, OpenHours, SessionTable, always_open_session
from domain.shared.values import ZERO, checked_time
from ports.market import (
    BusyAccount,
    LapBegun,
    LapOver,
    LapRefused,
    Listener,
    MarketDataCorrupt,
    OutsideCalendar,
    ReplayCursor,
    ReplayPlace,
    ReplayPulse,
    ReplayState,
    UnknownCalendar,
)
from ports.time import Clock

_FRIDAY = 4


class MemoryInstruments:
    """The instruments it was given and those added since."""

    def __init__(self, instruments: Iterable[Instrument] = ()) -> None:
        self._by_symbol = {each.symbol: each for each in instruments}

    def add(self, instrument: Instrument) -> None:
        """Make an instrument known, in place of an earlier one of that symbol."""
        self._by_symbol[instrument.symbol] = instrument

    def find(self, symbol: str) -> Instrument | None:
        """Return the instrument, or None when it is not known."""
        return self._by_symbol.get(symbol)

    def all(self) -> Sequence[Instrument]:
        """Return every instrument, ordered by symbol."""
        return tuple(self._by_symbol[symbol] for symbol in sorted(self._by_symbol))


class MemoryMarket:
    """A market that does what it is told: its clock, view and feed in one.

    `record` makes an event known without telling listeners, `publish` also tells them.
    """

    def __init__(self, *, at: datetime) -> None:
        self._now = checked_time(at, field="at")
        self._latest = LatestPrices(since=self._now)
        self._listeners: list[Listener] = []
        self._ended = asyncio.Event()

    def now(self) -> datetime:
        """Return the time of the latest event, or the time last set if that is later."""
        return self._now

    def set_time(self, at: datetime) -> None:
        """Move the clock on; raise MarketDataCorrupt if that would be back."""
        later = checked_time(at, field="at")
        if later < self._now:
            raise MarketDataCorrupt(f"the market's time is {self._now} and cannot go to {later}")
        self._now = later

    def record(self, event: MarketEvent) -> None:
        """Make an event known without telling listeners: history, or a test's given."""
        self.set_time(event_time(event))
        self._latest.apply(event)

    async def publish(self, event: MarketEvent) -> None:
        """Make an event known, then deliver it to every listener."""
        self.record(event)
        for listener in self._listeners:
            await listener(event)

    def subscribe(self, listener: Listener) -> None:
        """Add a listener; listeners are called in the order they were added."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Wait until `end` is called: events come by `publish`."""
        await self._ended.wait()

    def end(self) -> None:
        """Let `run` return: the data has ended."""
        self._ended.set()

    def quote(self, symbol: str) -> Quote | None:
        """Return the latest quote, or None when there was none yet."""
        return self._latest.quote(symbol)

    def average_daily_volume(self, symbol: str) -> Decimal | None:
        """Return the mean volume of the last 20 closed days, None if fewer are known."""
        return self._latest.average_daily_volume(symbol)

    def splits(self, symbol: str) -> SplitHistory:
        """Return the splits that have taken effect since the market began."""
        return self._latest.splits(symbol)

    def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return at most `count` of the latest closed daily bars, oldest first."""
        return self._latest.bars(symbol, count=count)


class MemoryReplayCursor:
    """Where the replay stood, for as long as the process lives."""

    def __init__(self, at: datetime | None = None) -> None:
        self._place = ReplayPlace(at=None if at is None else checked_time(at, field="at"))

    @property
    def place(self) -> ReplayPlace:
        """What was saved last."""
        return self._place

    def begin(self, lap: int) -> None:
        """Stand at the start of a lap."""
        self._place = ReplayPlace(lap=lap)

    async def load(self) -> ReplayPlace:
        """Return the lap, and the market time up to which its events were delivered."""
        return self._place

    async def save(self, at: datetime) -> None:
        """Keep the market time up to which events of the lap were delivered."""
        self._place = ReplayPlace(lap=self._place.lap, at=checked_time(at, field="at"))


class MemoryReplayLaps:
    """Lets the replay of a cursor start over, as one step that nothing can interleave."""

    def __init__(self, *, link: MemoryLink, cursor: MemoryReplayCursor) -> None:
        self._link = link
        self._cursor = cursor

    async def begin(
        self, *, after: ReplayPlace, brokers: Sequence[str], audit: AuditEntry
    ) -> LapBegun | LapRefused | LapOver:
        """Begin the lap behind a place, where the replay must stand now."""
        database = await self._link.enter()
        if self._cursor.place != after or after.at is None:
            return LapOver()
        books = [one for one in database.books.values() if one.account.broker in brokers]
        busy = [
            BusyAccount(tenant_id=book.account.tenant_id, account_id=book.account.id, reason=reason)
            for book in books
            if (reason := _undone(book, latches=database.latches.values()))
        ]
        if busy:
            return LapRefused(tuple(sorted(busy, key=lambda one: one.account_id)))
        lap = after.lap + 1
        for book in books:
            database.books[book.account.id] = replace(
                book,
                version=book.version + 1,
                day=None,
                positions={
                    symbol: replace(held, split_on=None, split_from=ZERO)
                    for symbol, held in book.positions.items()
                },
                lap=lap,
                touched=(),
            )
        database.lap = lap
        database.audit.append(audit)
        self._cursor.begin(lap)
        return LapBegun(lap)


def _undone(book: AccountBook, *, latches: Iterable[Latch]) -> str:
    held = sorted(one.symbol for one in book.positions.values() if one.quantity)
    account = book.account
    stopping = any(
        latch.is_unfinished
        and latch.scope.reaches(
            tenant_id=account.tenant_id, account_id=account.id, broker=account.broker
        )
        for latch in latches
    )
    return not_done(held=held, orders=len(book.orders), stopping=stopping)


class MemoryReplayPulses:
    """The word of the process that plays the replay, within this process."""

    def __init__(self, *, clock: Clock, cursor: ReplayCursor) -> None:
        self._clock = clock
        self._cursor = cursor
        self._told: tuple[ReplayState, float] | None = None
        self._wish: bool | None = None

    async def tell(self, state: ReplayState) -> None:
        """Say that the replay is played, and its state."""
        self._told = (state, self._clock.monotonic())

    async def hear(self) -> ReplayPulse | None:
        """Return the latest word."""
        if self._told is None:
            return None
        state, told_at = self._told
        age_s = self._clock.monotonic() - told_at
        place = await self._cursor.load()
        return ReplayPulse(at=place.at, lap=place.lap, state=state, age_s=age_s)

    async def wish(self, *, paused: bool) -> None:
        """Ask the process that plays to pause or to go on."""
        self._wish = paused

    async def take_wish(self) -> bool | None:
        """Return whether a pause is wished, once."""
        wish, self._wish = self._wish, None
        return wish


class MemoryCalendars:
    """The calendars it was given, and the market "24/7", which never closes."""

    def __init__(self, tables: Iterable[tuple[str, SessionTable]] = ()) -> None:
        self._tables = dict(tables)

    def session(self, calendar: str, *, at: datetime) -> Session:
        """Return the session at a time; raise UnknownCalendar, OutsideCalendar."""
        if calendar == ALWAYS_OPEN:
            return always_open_session(at=at)
        table = self._tables.get(calendar)
        if table is None:
            raise UnknownCalendar(f"no calendar {calendar!r} is known in memory")
        session = table.session(at=at)
        if session is None:
            raise OutsideCalendar(
                f"calendar {calendar} is known from {table.starts_at} until {table.ends_at},"
                f" not at {at}"
            )
        return session


def weekday_calendar(
    calendar: str,
    *,
    first: date,
    last: date,
    opens: time = time(14, 30),
    closes: time = time(21),
    holidays: frozenset[date] = frozenset(),
) -> tuple[str, SessionTable]:
    """Make a calendar open Monday to Friday between two hours in UTC, but for holidays."""
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    hours = [
        OpenHours(
            date=day,
            opens_at=datetime.combine(day, opens, UTC),
            closes_at=datetime.combine(day, closes, UTC),
        )
        for day in days
        if day.weekday() <= _FRIDAY and day not in holidays
    ]
    return calendar, SessionTable(calendar=calendar, hours=hours)
