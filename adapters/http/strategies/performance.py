"""Answer what a strategy's orders brought."""

from typing import Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.wire import Answer, HttpRequest, PathId, answer, moment, principal_of, text_of
from application.strategies.read_performance import ReadPerformance, ShownPerformance
from domain.identity.access import Permission
from domain.strategies.performance import DEFINITIONS, FigureAbsent, FigureName, FigureValue
from domain.strategies.strategy import StrategyMode


class StrategyFigureView(msgspec.Struct):
    """One figure and what it is; one that is absent has a reason instead."""

    name: FigureName
    value: str | None
    definition: str
    status: Literal["present", "absent"]
    reason: str


class StrategyPerformanceView(msgspec.Struct):
    """What a strategy's own orders brought, of its fills alone.

    orders are those that it sent, shadow_decisions what it would have sent. currency is that of
    the figures in money, absent without a fill.
    """

    strategy_id: str
    mode: StrategyMode
    currency: str | None
    orders: int
    orders_filled: int
    fills: int
    round_trips: int
    open_symbols: list[str]
    shadow_decisions: int
    figures: list[StrategyFigureView]
    at: str


def performance_handlers(read: ReadPerformance) -> list[HTTPRouteHandler]:
    """Return the route of a strategy's figures."""

    @get(
        "/{strategy_id:uuid}/performance",
        **described(
            "Show what a strategy's own orders brought, each figure with its definition",
            permission=Permission.STRATEGIES_READ,
            answers={200: StrategyPerformanceView},
            problems=(404, 409),
        ),
    )
    async def performance(request: HttpRequest, strategy_id: PathId) -> Answer:
        found = await read.show(strategy_id, tenant_id=principal_of(request).tenant_id)
        return answer(performance_view(found))

    return [performance]


def performance_view(one: ShownPerformance) -> StrategyPerformanceView:
    """Show the figures."""
    brought = one.brought
    return StrategyPerformanceView(
        strategy_id=str(one.strategy.id),
        mode=one.strategy.mode,
        currency=brought.currency,
        orders=one.orders,
        orders_filled=brought.orders_filled,
        fills=brought.fills,
        round_trips=brought.round_trips,
        open_symbols=list(brought.open_symbols),
        shadow_decisions=one.shadow_decisions,
        figures=[_figure(name, brought.figures[name]) for name in FigureName],
        at=moment(one.at),
    )


def _figure(name: FigureName, told: FigureValue) -> StrategyFigureView:
    absent = isinstance(told, FigureAbsent)
    return StrategyFigureView(
        name=name,
        value=None if isinstance(told, FigureAbsent) else text_of(told),
        definition=DEFINITIONS[name],
        status="absent" if absent else "present",
        reason=told.reason if isinstance(told, FigureAbsent) else "",
    )
