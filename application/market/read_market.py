"""Read what can be traded, at what price, and whether the market is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.market.instruments import Instrument
from domain.market.latest import BARS_KEPT
from domain.market.prices import Bar, Quote, Session
from domain.shared.refusals import Absent
from domain.shared.values import InvalidValue
from ports.market import (
    Calendars,
    Instruments,
    MarketClock,
    MarketView,
    ReadCondition,
    ReplayControl,
    ReplayState,
    UnknownCalendar,
)


class UnknownInstrument(Absent):
    """No instrument has that symbol."""


class NoQuote(Absent):
    """The instrument is known, but the market has not quoted it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarStatus:
    """Whether the market of one calendar is open.

    problem says why that is not known; then it counts as closed, and the rest is None.
    """

    calendar: str
    is_open: bool
    date: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStatus:
    """The market's time, its calendars, and the replay's state if prices are replayed.

    problem says what keeps orders out: what is down, or that the replay has ended.
    """

    now: datetime
    calendars: tuple[CalendarStatus, ...]
    replay: ReplayState | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReader:
    """Answer questions about the market from memory."""

    instruments: Instruments
    view: MarketView
    clock: MarketClock
    calendars: Calendars
    condition: ReadCondition
    replay: ReplayControl | None

    async def list_instruments(self) -> Sequence[Instrument]:
        """Return every instrument, ordered by symbol."""
        return self.instruments.all()

    async def instrument(self, symbol: str) -> Instrument:
        """Return one instrument; raise UnknownInstrument."""
        found = self.instruments.find(symbol)
        if found is None:
            raise UnknownInstrument(f"no instrument has the symbol {symbol!r}")
        return found

    async def quote(self, symbol: str) -> Quote:
        """Return the latest quote; raise UnknownInstrument, NoQuote."""
        instrument = await self.instrument(symbol)
        found = self.view.quote(instrument.symbol)
        if found is None:
            raise NoQuote(f"{symbol} has not been quoted up to {self.clock.now()}")
        return found

    async def bars(self, symbol: str, *, count: int) -> Sequence[Bar]:
        """Return the latest closed daily bars, oldest first, restated for splits since.

        Raises UnknownInstrument, InvalidValue for a count outside 1 to 512.
        """
        instrument = await self.instrument(symbol)
        if not 1 <= count <= BARS_KEPT:
            raise InvalidValue(field="count", problem=f"must be from 1 to {BARS_KEPT}, not {count}")
        return self.view.bars(instrument.symbol, count=count)

    async def status(self) -> MarketStatus:
        """Return the market's time and which of the instruments' calendars are open."""
        now = self.clock.now()
        names = sorted({each.calendar for each in self.instruments.all()})
        return MarketStatus(
            now=now,
            calendars=tuple(self._calendar(name, at=now) for name in names),
            replay=None if self.replay is None else self.replay.state(),
            problem=self._problem(),
        )

    def _problem(self) -> str:
        condition = self.condition()
        if condition.down:
            return f"nothing is opened: {condition.down}"
        if condition.ended:
            return "the replay has ended: no price follows; market orders are denied"
        return ""

    def _calendar(self, name: str, *, at: datetime) -> CalendarStatus:
        try:
            session: Session = self.calendars.session(name, at=at)
        except UnknownCalendar as error:
            return CalendarStatus(
                calendar=name,
                is_open=False,
                date=None,
                opens_at=None,
                closes_at=None,
                problem=str(error),
            )
        return CalendarStatus(
            calendar=name,
            is_open=session.is_open,
            date=session.date,
            opens_at=session.opens_at,
            closes_at=session.closes_at,
        )
