"""Sum a run up in figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.backtest.result import BacktestResult
from domain.orders.order import Fill
from domain.performance.drawdown import Drawdown, deepest_drawdown, drawdowns
from domain.performance.ratios import TRADING_DAYS_PER_YEAR, sharpe_ratio, standard_deviation
from domain.performance.returns import (
    annual_growth,
    monthly_returns,
    period_returns,
    total_return,
)
from domain.performance.round_trips import win_rate
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFigures:
    """What one symbol brought; money in the account's currency."""

    symbol: str
    orders: int
    fills: int
    round_trips: int
    win_rate: float | None
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    commissions: Decimal
    dividends: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A run in figures: fractions as floats, money exact.

    curve starts with the cash and has one value more than days; falls is its drawdown.
    Returns are daily, with dividends, net of commissions, against no risk-free rate; a round
    trip counts none of the dividends paid meanwhile. time_in_market is the fraction of closes
    with a position, exposure the mean of gross exposure over equity.
    None where there is too little to tell.
    """

    days: Sequence[date]
    curve: Sequence[float]
    falls: Sequence[float]
    exposures: Sequence[float]
    months: Mapping[tuple[int, int], float]
    equity: Decimal
    total_return: float
    growth: float | None
    sharpe: float | None
    volatility: float | None
    drawdown: Drawdown
    round_trips: int
    win_rate: float | None
    profit_mean: Decimal | None
    time_in_market: float
    exposure: float
    denials: Mapping[str, int]
    fees: Decimal
    dividends: Decimal
    traded: Decimal
    symbols: Sequence[SymbolFigures]


def figures_of(result: BacktestResult) -> Figures:
    """Work the figures of a run out; a run without a single session has none but zeros."""
    days = [day.date for day in result.days]
    curve = [float(result.options.cash), *(float(day.equity) for day in result.days)]
    # A cash account cannot lose more than all; past that point no return means anything.
    sound = all(value > 0 for value in curve)
    returns = period_returns(curve) if sound else []
    deviation = standard_deviation(returns)
    total = total_return(curve)
    exposures = [
        float(day.gross_exposure / day.equity) if day.equity > ZERO else 0.0 for day in result.days
    ]
    trips = result.trips.closed
    closes = len(result.days)
    return Figures(
        days=days,
        curve=curve,
        falls=drawdowns(curve),
        exposures=exposures,
        months=monthly_returns(days, curve) if sound else {},
        equity=result.days[-1].equity if result.days else result.options.cash,
        total_return=total,
        growth=annual_growth(total=total, first=days[0], last=days[-1]) if days else None,
        sharpe=sharpe_ratio(returns),
        volatility=None if deviation is None else deviation * TRADING_DAYS_PER_YEAR**0.5,
        drawdown=deepest_drawdown(curve),
        round_trips=len(trips),
        win_rate=win_rate(trips),
        profit_mean=sum((trip.profit for trip in trips), ZERO) / len(trips) if trips else None,
        time_in_market=sum(share > 0 for share in exposures) / closes if closes else 0.0,
        exposure=sum(exposures) / closes if closes else 0.0,
        denials=denials_by_rule(result),
        fees=sum((fill.commission for fill in result.fills), ZERO),
        dividends=sum(result.dividends.values(), ZERO),
        traded=sum((fill.price * fill.quantity for fill in result.fills), ZERO),
        symbols=[_symbol(result, symbol) for symbol in sorted(_symbols(result))],
    )


def denials_by_rule(result: BacktestResult) -> Mapping[str, int]:
    """Count denied orders by each rule that refused them, most first; built-in checks by code."""
    counts: Counter[str] = Counter()
    for denial in result.denials:
        counts.update(
            {
                reason.code if reason.rule_id is None else reason.rule_type
                for reason in denial.reasons
            }
        )
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _symbols(result: BacktestResult) -> set[str]:
    return {order.symbol for order in result.orders}


def _symbol(result: BacktestResult, symbol: str) -> SymbolFigures:
    position = result.book.position(symbol)
    price = result.prices.get(symbol)
    fills: list[Fill] = [fill for fill in result.fills if fill.symbol == symbol]
    trips = [trip for trip in result.trips.closed if trip.symbol == symbol]
    return SymbolFigures(
        symbol=symbol,
        orders=sum(order.symbol == symbol for order in result.orders),
        fills=len(fills),
        round_trips=len(trips),
        win_rate=win_rate(trips),
        realised_pnl=position.realised_pnl,
        unrealised_pnl=ZERO if price is None else position.unrealised_pnl(price),
        commissions=position.commissions,
        dividends=result.dividends.get(symbol, ZERO),
        quantity=position.quantity,
    )
