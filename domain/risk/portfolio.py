"""Measure a portfolio's risk: exposure, leverage, value at risk, correlation, drawdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from domain.market.prices import Bar
from domain.shared.values import ZERO, InvalidValue

Floats = NDArray[np.float64]

# Fewer returns than a trading month say nothing of a tail.
RETURNS_MIN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Money at the mark: net of long and short, gross of both, and gross with resting orders."""

    net: Decimal
    gross: Decimal
    gross_with_resting: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAtRisk:
    """A loss that a day's result exceeds with probability 1 - confidence, in money.

    horizon_days is the holding period in trading days, observations the number of daily
    returns used, from the first to the last day named. Losses are positive.
    """

    historical: Decimal
    parametric: Decimal
    expected_shortfall: Decimal
    confidence: Decimal
    horizon_days: int
    observations: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Pearson correlations of daily returns: matrix[i][j] of symbols[i] and symbols[j].

    None where a series never moved.
    """

    symbols: tuple[str, ...]
    matrix: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Daily simple returns, one row a day and one column a symbol, on days all have."""

    symbols: tuple[str, ...]
    days: tuple[date, ...]
    values: Floats


def daily_returns(bars: Mapping[str, Sequence[Bar]]) -> Returns | None:
    """Return the daily returns on the days that every symbol has a bar of, oldest first.

    Returns None when there are fewer than RETURNS_MIN, or a price is not above zero.
    """
    symbols = tuple(sorted(bars))
    if not symbols:
        return None
    closes = {
        symbol: {bar.closed_at.date(): bar.close for bar in bars[symbol]} for symbol in symbols
    }
    shared = set.intersection(*(set(by_day) for by_day in closes.values()))
    days = tuple(sorted(shared))
    if len(days) < RETURNS_MIN + 1:
        return None
    prices = np.array(
        [[float(closes[symbol][day]) for symbol in symbols] for day in days], dtype=np.float64
    )
    if not (prices > 0).all():
        return None
    return Returns(symbols=symbols, days=days[1:], values=prices[1:] / prices[:-1] - 1.0)


def value_at_risk(
    returns: Returns,
    *,
    values: Mapping[str, Decimal],
    confidence: Decimal,
    horizon_days: int = 1,
) -> ValueAtRisk:
    """Return the value at risk of signed position values (money) held over the horizon.

    Historical: the empirical quantile of the day's results of today's positions, the
    smaller of two neighbours, so never less than was seen. Expected shortfall: the mean of
    the results at or below it. Parametric: z x deviation - mean of the same results
    (variance-covariance method, J.P. Morgan/Reuters RiskMetrics Technical Document, 1996).
    A longer horizon scales by the square root of time. Raises InvalidValue.
    """
    if not Decimal("0.5") < confidence < 1:
        raise InvalidValue(field="confidence", problem="must lie between 0.5 and 1")
    if not 1 <= horizon_days <= 250:
        raise InvalidValue(field="horizon_days", problem="must be from 1 to 250")
    weights = np.array([float(values.get(symbol, ZERO)) for symbol in returns.symbols])
    results = np.sort(returns.values @ weights)
    # Of n results the k worst are the tail, k = floor(n x (1 - confidence)), at least one.
    tail = max(int(len(results) * (1 - confidence)), 1)
    quantile = float(results[tail - 1])
    shortfall = float(results[:tail].mean())
    deviation = float(results.std(ddof=1))
    z = NormalDist().inv_cdf(float(confidence))
    time = float(np.sqrt(horizon_days))
    return ValueAtRisk(
        historical=_money(max(-quantile, 0.0) * time),
        parametric=_money(max(z * deviation * time - float(results.mean()) * horizon_days, 0.0)),
        expected_shortfall=_money(max(-shortfall, 0.0) * time),
        confidence=confidence,
        horizon_days=horizon_days,
        observations=len(results),
        first_day=returns.days[0],
        last_day=returns.days[-1],
    )


def correlation(returns: Returns) -> Correlation:
    """Return the Pearson correlation of every pair of symbols."""
    centred = returns.values - returns.values.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    products = centred.T @ centred
    scale = np.outer(lengths, lengths)
    count = len(returns.symbols)
    matrix = tuple(
        tuple(
            _correlated(products[row, column], scale[row, column], same=row == column)
            for column in range(count)
        )
        for row in range(count)
    )
    return Correlation(symbols=returns.symbols, matrix=matrix)


def exposure_of(lines: Iterable[tuple[Decimal, Decimal]]) -> Exposure:
    """Sum (signed worth, gross with resting orders) pairs, both in the account's currency."""
    net = gross = resting = ZERO
    for worth, with_resting in lines:
        net += worth
        gross += abs(worth)
        resting += with_resting
    return Exposure(net=net, gross=gross, gross_with_resting=resting)


def volatility(returns: Returns, *, symbol: str) -> Decimal:
    """Return the sample standard deviation of a symbol's daily returns, as a fraction."""
    column = returns.values[:, returns.symbols.index(symbol)]
    return Decimal(repr(float(column.std(ddof=1)))).quantize(Decimal("1E-12"))


def _correlated(product: float, scale: float, *, same: bool) -> float | None:
    if scale <= 0.0:
        return None
    # Rounding may carry a product a hair past the ends.
    return 1.0 if same else min(max(float(product / scale), -1.0), 1.0)


def _money(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"))
