"""Route what is asked of the market."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.market.schemas import (
    BarList,
    InstrumentList,
    MarketStatusView,
    QuoteList,
    QuoteView,
    ReplayView,
    ResumeBody,
    bar_view,
    instrument_view,
    market_status_view,
    quote_view,
)
from adapters.http.wire import Answer, HttpRequest, answer, asker_of, body_of, decode
from application.market.read_market import NoQuote
from application.market.steer_replay import Steerer
from application.market.use_cases import MarketUseCases
from domain.identity.access import Permission
from domain.market.latest import BARS_KEPT
from domain.market.prices import Quote

SYMBOLS_MAX = 100
BARS_DEFAULT = 100

_RESUME = msgspec.json.Decoder(ResumeBody)

Count = Annotated[
    int, QueryParameter(ge=1, le=BARS_KEPT, description="How many of the latest closed bars.")
]
Symbols = Annotated[
    list[str] | None,
    QueryParameter(name="symbol", max_items=SYMBOLS_MAX, description="Repeat it for several."),
]


def market_routes(facade: MarketUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/market."""
    return AreaRoutes(
        path="/api/v1/market",
        tags=["market"],
        route_handlers=[*_prices(facade), *_times(facade)],
    )


def _prices(facade: MarketUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/instruments",
        **described(
            "List instruments", permission=Permission.MARKET_READ, answers={200: InstrumentList}
        ),
    )
    async def instruments() -> Answer:
        found = await facade.list_instruments()
        return answer(InstrumentList(items=[instrument_view(one) for one in found]))

    @get(
        "/quotes",
        **described(
            "Show the latest quotes, of every instrument or of the symbols named",
            permission=Permission.MARKET_READ,
            answers={200: QuoteList},
            problems=(400, 404),
        ),
    )
    async def quotes(symbols: Symbols = None) -> Answer:
        if symbols is None:
            wanted = [one.symbol for one in await facade.list_instruments()]
        else:
            wanted = symbols
        found = [await _quote(facade, symbol) for symbol in wanted]
        return answer(QuoteList(items=[quote_view(one) for one in found if one is not None]))

    @get(
        "/quotes/{symbol:str}",
        **described(
            "Show the latest quote of a symbol",
            permission=Permission.MARKET_READ,
            answers={200: QuoteView},
            problems=(404,),
        ),
    )
    async def quote(symbol: FromPath[str]) -> Answer:
        return answer(quote_view(await facade.quote(symbol)))

    @get(
        "/bars/{symbol:str}",
        **described(
            "Show the latest closed daily bars of a symbol",
            permission=Permission.MARKET_READ,
            answers={200: BarList},
            problems=(400, 404),
        ),
    )
    async def bars(symbol: FromPath[str], count: Count = BARS_DEFAULT) -> Answer:
        found = await facade.bars(symbol, count=count)
        return answer(BarList(symbol=symbol, items=[bar_view(one) for one in found]))

    return [instruments, quotes, quote, bars]


def _times(facade: MarketUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/status",
        **described(
            "Show the market's time and which markets are open",
            permission=Permission.MARKET_READ,
            answers={200: MarketStatusView},
        ),
    )
    async def status() -> Answer:
        return answer(market_status_view(await facade.status()))

    # Pausing what is paused changes nothing, and a lap is begun once: these need no
    # Idempotency-Key, and ignore one.
    @post(
        "/replay/pause",
        **described(
            "Pause the replay",
            permission=Permission.MARKET_STEER,
            answers={200: ReplayView},
            problems=(409,),
        ),
    )
    async def pause(request: HttpRequest) -> Answer:
        return answer(ReplayView(state=(await facade.pause_replay(_steerer(request))).value))

    @post(
        "/replay/resume",
        **described(
            "Let the replay go on, or one that has ended start over",
            permission=Permission.MARKET_STEER,
            body=ResumeBody,
            body_required=False,
            answers={200: ReplayView},
            problems=(400, 409),
            example={"from_start": True},
        ),
    )
    async def resume(request: HttpRequest) -> Answer:
        body = await body_of(request, typed=False)
        asked = decode(body, decoder=_RESUME) if body else ResumeBody()
        by = _steerer(request)
        steer = facade.start_replay_over if asked.from_start else facade.resume_replay
        return answer(ReplayView(state=(await steer(by)).value))

    return [status, pause, resume]


def _steerer(request: HttpRequest) -> Steerer:
    asker = asker_of(request)
    return Steerer(tenant_id=asker.tenant_id, actor=asker.actor, trace_id=asker.trace_id)


async def _quote(facade: MarketUseCases, symbol: FromPath[str]) -> Quote | None:
    try:
        return await facade.quote(symbol)
    except NoQuote:
        return None
