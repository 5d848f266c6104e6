"""Write a run's summary as plain values for JSON: the same run, the same text."""

from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from domain.backtest.figures import Figures, SymbolFigures
from domain.backtest.options import STRATEGY, BacktestOptions
from domain.backtest.result import BacktestResult
from domain.orders.states import OrderState
from domain.risk.rule import Rule
from domain.shared.values import plain
from domain.signals.ema import FAST, SLOW
from domain.signals.sizing import FixedQuantity
from domain.strategies.strategy import describe_strategy

# Twelve significant digits: more than any figure means, fewer than a float's noise.
_DIGITS = 12
_PACKAGES = ("ballast", "bokeh_sampledata", "exchange_calendars")

# What a stored strategy is told by: what a replay takes from it.
_LIMITS = (
    "kind",
    "symbols",
    "threshold",
    "risk_limit",
    "cap",
    "allow_short",
    "cooldown_s",
    "ttl_s",
    "weights",
    "model",
)


def summary_of(result: BacktestResult, *, figures: Figures, data_sha256: str) -> dict[str, Any]:
    """Return the summary; money as text, fractions as numbers, times in UTC."""
    first, last = (result.days[0], result.days[-1]) if result.days else (None, None)
    fall = figures.drawdown
    return {
        "interrupted": result.interrupted,
        "halted": [*dict.fromkeys(latch.reason for latch in result.latches)],
        "first_day": first.date.isoformat() if first else None,
        "last_day": last.date.isoformat() if last else None,
        "days": len(result.days),
        "days_planned": result.days_total,
        "bars": result.bars,
        "currency": result.book.account.currency,
        "cash_at_start": plain(result.options.cash),
        "cash_at_end": plain(result.book.settled_cash),
        "equity_at_end": plain(figures.equity),
        "return": _number(figures.total_return),
        "cagr": _number(figures.growth),
        "sharpe": _number(figures.sharpe),
        "volatility": _number(figures.volatility),
        "max_drawdown": _number(fall.depth),
        "max_drawdown_peak": _day_at(figures, fall.peak),
        "max_drawdown_trough": _day_at(figures, fall.trough),
        "time_in_market": _number(figures.time_in_market),
        "exposure": _number(figures.exposure),
        "orders": len(result.orders),
        "orders_by_state": {
            state.value: count
            for state in OrderState
            if (count := sum(order.state is state for order in result.orders))
        },
        "fills": len(result.fills),
        "trades": figures.round_trips,
        "trades_open": list(result.trips.open_symbols),
        "win_rate": _number(figures.win_rate),
        "profit_per_trade": _money(figures.profit_mean),
        "fees": plain(figures.fees),
        "dividends": plain(figures.dividends),
        "traded_value": plain(figures.traded),
        "denials": len(result.denials),
        "denials_by_rule": dict(figures.denials),
        "symbols": {each.symbol: _symbol(each) for each in figures.symbols},
        "strategy": _strategy(result),
        "commission_per_share": plain(result.options.commission),
        "rules": [_rule(rule) for rule in result.rules],
        "seed": result.options.seed,
        "data_sha256": data_sha256,
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        # A checkout that runs in place, without being installed.
        return "not installed"


def _day_at(figures: Figures, index: int) -> str | None:
    """Return the day of a value of the curve; its first value is the start of the first day."""
    if not figures.days:
        return None
    return figures.days[max(index - 1, 0)].isoformat()


def _symbol(each: SymbolFigures) -> dict[str, Any]:
    return {
        "orders": each.orders,
        "fills": each.fills,
        "trades": each.round_trips,
        "win_rate": _number(each.win_rate),
        "realised_pnl": plain(each.realised_pnl),
        "unrealised_pnl": plain(each.unrealised_pnl),
        "fees": plain(each.commissions),
        "dividends": plain(each.dividends),
        "quantity": plain(each.quantity),
    }


def _strategy(result: BacktestResult) -> dict[str, Any]:
    if (name := result.options.strategy) is not None:
        kept = {} if (stored := result.options.stored) is None else describe_strategy(stored)
        limits = {key: value for key, value in kept.items() if key in _LIMITS}
        return {"id": name, "signals": len(result.signals), **limits}
    return {"id": STRATEGY, "fast": FAST, "slow": SLOW, **_sizing(result.options)}


def _sizing(options: BacktestOptions) -> dict[str, str]:
    match options.sizing:
        case FixedQuantity(units):
            return {"quantity": plain(units)}
        case sizing:
            return {"risk_percent": plain(sizing.percent), "stop_ranges": plain(sizing.ranges)}


def _rule(rule: Rule) -> dict[str, Any]:
    scope = {"symbol": rule.scope.symbol, "strategy_id": rule.scope.strategy_id}
    return {
        "name": rule.name,
        "rule_type": rule.rule_type.value,
        "threshold": plain(rule.threshold),
        "action": rule.action.value,
        "is_active": rule.is_active,
        "scope": {name: value for name, value in scope.items() if value is not None},
        "parameters": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in sorted(rule.parameters.items())
        },
    }


def _number(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _money(value: Decimal | None) -> str | None:
    return None if value is None else plain(value.quantize(Decimal("0.000001")))
