"""Route what is asked of patterns."""

import msgspec
from litestar import get
from litestar.params import FromPath

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.wire import Answer, HttpRequest, answer, moment, principal_of, text_of
from application.patterns.read_pattern import ReadPattern, ShownPattern
from domain.identity.access import Permission
from domain.signals.pattern import FAST, SLOW, THRESHOLD

PATH = "/api/v1/patterns"


class FiredView(msgspec.Struct):
    """A signal that the pattern fired."""

    id: str
    score: str
    timestamp: str


class AverageView(msgspec.Struct):
    """An exponential average: alpha, and its period by Wilder (1/n) and by 2/(n+1)."""

    value: float
    alpha: float
    period_wilder: int
    period: int


class PatternView(msgspec.Struct):
    """A pattern as of a market time; what is null is absent: too few bars, or no volume."""

    symbol: str
    at: str
    price: float | None
    volume: float | None
    ema_fast: AverageView
    ema_slow: AverageView
    vwap: float | None
    sigma: float | None
    volume_sma: float | None
    score: float | None
    threshold: float
    signals: list[FiredView]


def pattern_view(shown: ShownPattern) -> PatternView:
    """Show a pattern."""
    kept = shown.kept
    state, bar = kept.state, kept.bar
    return PatternView(
        symbol=kept.symbol,
        at=moment(kept.at),
        price=kept.price,
        volume=kept.volume,
        ema_fast=_average(state.fast, FAST),
        ema_slow=_average(state.slow, SLOW),
        vwap=bar.vwap if bar is not None else None,
        sigma=bar.sigma if bar is not None else None,
        volume_sma=sum(state.volumes) / len(state.volumes) if state.volumes else None,
        score=bar.score if bar is not None else None,
        threshold=THRESHOLD,
        signals=[
            FiredView(one.shown_id, text_of(one.score), moment(one.timestamp))
            for one in shown.signals
        ],
    )


def _average(value: float, alpha: float) -> AverageView:
    return AverageView(value, alpha, round(1 / alpha), round(2 / alpha - 1))


def pattern_routes(patterns: ReadPattern) -> AreaRoutes:
    """Return the routes under /api/v1/patterns."""

    @get(
        "/{symbol:str}",
        **described(
            "Show a symbol's pattern and the latest signals that it fired",
            permission=Permission.SIGNALS_READ,
            answers={200: PatternView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, symbol: FromPath[str]) -> Answer:
        shown = await patterns.get(symbol, tenant_id=principal_of(request).tenant_id)
        return answer(pattern_view(shown))

    return AreaRoutes(path=PATH, tags=["patterns"], route_handlers=[show])
