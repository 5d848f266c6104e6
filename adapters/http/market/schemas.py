"""Show the market on the wire."""

import msgspec

from adapters.http.wire import moment, text_of, time_of
from application.market.read_market import CalendarStatus, MarketStatus
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote


class InstrumentView(msgspec.Struct):
    """What can be traded, and in which steps."""

    symbol: str
    name: str
    currency: str
    tick: str
    lot: str
    min_quantity: str
    max_quantity: str
    multiplier: str
    sector: str
    calendar: str


class InstrumentList(msgspec.Struct):
    """Every instrument, by symbol."""

    items: list[InstrumentView]


class QuoteView(msgspec.Struct):
    """The best bid and ask and the last trade, as of a market time."""

    symbol: str
    bid: str
    ask: str
    last: str
    at: str


class QuoteList(msgspec.Struct):
    """The latest quotes; a symbol that was not quoted yet is left out."""

    items: list[QuoteView]


class BarView(msgspec.Struct):
    """One closed session, restated for splits since."""

    opened_at: str
    closed_at: str
    open: str
    high: str
    low: str
    close: str
    volume: str


class BarList(msgspec.Struct):
    """Closed daily bars of one symbol, oldest first."""

    symbol: str
    items: list[BarView]


class CalendarView(msgspec.Struct):
    """Whether the market of one calendar is open; problem says why that is not known."""

    calendar: str
    is_open: bool
    date: str | None
    opens_at: str | None
    closes_at: str | None
    problem: str


class MarketStatusView(msgspec.Struct):
    """The market's time, its calendars, and the replay's state if prices are replayed.

    replay is running, paused, finished or down; problem says what keeps orders out, empty when
    nothing does.
    """

    now: str
    replay: str | None
    problem: str
    calendars: list[CalendarView]


class ResumeBody(msgspec.Struct, forbid_unknown_fields=True):
    """How the replay is to go on: from_start lets one that has ended begin anew.

    It does for every tenant, and only once every account is flat, without orders and without
    an unfinished stop.
    """

    from_start: bool = False


class ReplayView(msgspec.Struct):
    """Whether the replay goes on: running, paused, finished or down."""

    state: str


def instrument_view(instrument: Instrument) -> InstrumentView:
    """Show an instrument."""
    return InstrumentView(
        symbol=instrument.symbol,
        name=instrument.name,
        currency=instrument.currency,
        tick=text_of(instrument.tick),
        lot=text_of(instrument.lot),
        min_quantity=text_of(instrument.min_quantity),
        max_quantity=text_of(instrument.max_quantity),
        multiplier=text_of(instrument.multiplier),
        sector=instrument.sector,
        calendar=instrument.calendar,
    )


def quote_view(quote: Quote) -> QuoteView:
    """Show a quote."""
    return QuoteView(
        symbol=quote.symbol,
        bid=text_of(quote.bid),
        ask=text_of(quote.ask),
        last=text_of(quote.last),
        at=moment(quote.at),
    )


def bar_view(bar: Bar) -> BarView:
    """Show a bar."""
    return BarView(
        opened_at=moment(bar.opened_at),
        closed_at=moment(bar.closed_at),
        open=text_of(bar.open),
        high=text_of(bar.high),
        low=text_of(bar.low),
        close=text_of(bar.close),
        volume=text_of(bar.volume),
    )


def market_status_view(status: MarketStatus) -> MarketStatusView:
    """Show the market's state."""
    return MarketStatusView(
        now=moment(status.now),
        replay=status.replay.value if status.replay is not None else None,
        problem=status.problem,
        calendars=[_calendar_view(one) for one in status.calendars],
    )


def _calendar_view(status: CalendarStatus) -> CalendarView:
    return CalendarView(
        calendar=status.calendar,
        is_open=status.is_open,
        date=status.date.isoformat() if status.date is not None else None,
        opens_at=time_of(status.opens_at),
        closes_at=time_of(status.closes_at),
        problem=status.problem,
    )
