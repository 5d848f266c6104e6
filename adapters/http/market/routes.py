"""Route what is asked of the market."""

import msgspec
from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from adapters.http.documented import documented
from adapters.http.problems import FieldError, invalid
from adapters.http.wire import answer, moment, text_of, time_of
from application.market.use_cases import MarketUseCases
from domain.market.instruments import Instrument
from domain.market.prices import Bar, Quote

BARS_DEFAULT = 100


class InstrumentView(msgspec.Struct, kw_only=True):
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


class BarView(msgspec.Struct, kw_only=True):
    """One day's prices and volume, raw."""

    opened_at: str
    closed_at: str
    open: str
    high: str
    low: str
    close: str
    volume: str


class BarList(msgspec.Struct):
    """Closed daily bars, oldest first."""

    symbol: str
    items: list[BarView]


class CalendarView(msgspec.Struct):
    """Whether a market is open."""

    calendar: str
    is_open: bool
    date: str | None
    opens_at: str | None
    closes_at: str | None
    problem: str


class MarketView(msgspec.Struct):
    """The market's time, its calendars, and the replay's state if prices are replayed."""

    now: str
    calendars: list[CalendarView]
    replay: str | None


class ReplayView(msgspec.Struct):
    """The replay's state: running, paused or finished."""

    state: str


def market_routes(facade: MarketUseCases) -> Router:
    """Return the routes under /api/v1/market."""
    return Router(
        path="/api/v1/market",
        tags=["market"],
        route_handlers=[*_prices(facade), *_times(facade)],
    )


def _prices(facade: MarketUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/instruments",
        summary="List instruments",
        responses=documented({200: ResponseSpec(InstrumentList)}, 401),
    )
    async def instruments() -> Response[bytes]:
        found = await facade.list_instruments()
        return answer(InstrumentList(items=[instrument_view(one) for one in found]))

    @get(
        "/quotes/{symbol:str}",
        summary="Show the latest quote",
        responses=documented({200: ResponseSpec(QuoteView)}, 401, 404),
    )
    async def quote(symbol: str) -> Response[bytes]:
        return answer(quote_view(await facade.quote(symbol)))

    @get(
        "/bars/{symbol:str}",
        summary="List closed daily bars, oldest first",
        responses=documented({200: ResponseSpec(BarList)}, 400, 401, 404),
    )
    async def bars(symbol: str, count: int | None = None) -> Response[bytes]:
        if count is not None and count < 1:
            errors = (FieldError(pointer="/count", detail="must be at least 1"),)
            raise invalid("count must be at least 1", errors=errors)
        found = await facade.bars(symbol, count=count or BARS_DEFAULT)
        return answer(BarList(symbol=symbol, items=[bar_view(one) for one in found]))

    return [instruments, quote, bars]


def _times(facade: MarketUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/status",
        summary="Show the market's time and whether it is open",
        responses=documented({200: ResponseSpec(MarketView)}, 401),
    )
    async def status() -> Response[bytes]:
        said = await facade.status()
        return answer(
            MarketView(
                now=moment(said.now),
                calendars=[
                    CalendarView(
                        calendar=one.calendar,
                        is_open=one.is_open,
                        date=one.date.isoformat() if one.date else None,
                        opens_at=time_of(one.opens_at),
                        closes_at=time_of(one.closes_at),
                        problem=one.problem,
                    )
                    for one in said.calendars
                ],
                replay=said.replay.value if said.replay else None,
            )
        )

    @post(
        "/replay/pause",
        summary="Stop the replay before its next event",
        status_code=200,
        responses=documented({200: ResponseSpec(ReplayView)}, 401, 409),
    )
    async def pause() -> Response[bytes]:
        return answer(ReplayView(state=(await facade.pause_replay()).value))

    @post(
        "/replay/resume",
        summary="Let the replay go on",
        status_code=200,
        responses=documented({200: ResponseSpec(ReplayView)}, 401, 409),
    )
    async def resume() -> Response[bytes]:
        return answer(ReplayView(state=(await facade.resume_replay()).value))

    return [status, pause, resume]


def instrument_view(instrument: Instrument) -> InstrumentView:
    """Show an instrument."""
    return InstrumentView(
        symbol=instrument.symbol,
        name=instrument.name,
        currency=instrument.currency,
        tick=str(text_of(instrument.tick)),
        lot=str(text_of(instrument.lot)),
        min_quantity=str(text_of(instrument.min_quantity)),
        max_quantity=str(text_of(instrument.max_quantity)),
        multiplier=str(text_of(instrument.multiplier)),
        sector=instrument.sector,
        calendar=instrument.calendar,
    )


def quote_view(quote: Quote) -> QuoteView:
    """Show a quote."""
    return QuoteView(
        symbol=quote.symbol,
        bid=str(text_of(quote.bid)),
        ask=str(text_of(quote.ask)),
        last=str(text_of(quote.last)),
        at=moment(quote.at),
    )


def bar_view(bar: Bar) -> BarView:
    """Show a bar."""
    return BarView(
        opened_at=moment(bar.opened_at),
        closed_at=moment(bar.closed_at),
        open=str(text_of(bar.open)),
        high=str(text_of(bar.high)),
        low=str(text_of(bar.low)),
        close=str(text_of(bar.close)),
        volume=str(text_of(bar.volume)),
    )
