"""Play a book through the days of its history: worst stretches, marginal risk, correlation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import NormalDist

import numpy as np

from domain.risk.portfolio import Floats, Returns
from domain.shared.values import ZERO

# What a correlation with the rest of the book is measured over: a quarter of daily returns.
CORRELATION_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstStretch:
    """The greatest loss (money, 0 where there was none) over so many trading days in a row."""

    days: int
    loss: Decimal
    first_day: date
    last_day: date


def worst_stretch(
    returns: Returns, *, values: Mapping[str, Decimal], days: int
) -> WorstStretch | None:
    """Return the worst `days` days of history for signed position values, held unchanged.

    Each position's return compounds over the stretch. None where there are fewer days.
    """
    if days < 1 or len(returns.days) < days:
        return None
    grown = np.cumprod(1.0 + returns.values, axis=0)
    before = np.vstack([np.ones((1, len(returns.symbols))), grown[: len(grown) - days]])
    results = (grown[days - 1 :] / before - 1.0) @ weights_of(returns, values=values)
    first = int(results.argmin())
    return WorstStretch(
        days=days,
        loss=_money(max(-float(results[first]), 0.0)),
        first_day=returns.days[first],
        last_day=returns.days[first + days - 1],
    )


def marginal_value_at_risk(
    returns: Returns,
    *,
    values: Mapping[str, Decimal],
    changes: Mapping[str, Decimal],
    confidence: Decimal,
) -> Decimal:
    """Return what changes of position values add to the day's value at risk, in money.

    values are the positions with the changes in them. Marginal value at risk z x cov(r_i, r_p)
    / deviation(r_p) for each unit of money in position i (P. Jorion, Value at Risk, 3rd
    edition 2007, chapter 7), times the change of that position; below zero for what hedges.
    """
    book = returns.values @ weights_of(returns, values=values)
    added = returns.values @ weights_of(returns, values=changes)
    deviation = float(book.std(ddof=1))
    if deviation == 0.0:
        return ZERO
    covariance = float(np.cov(added, book, ddof=1)[0, 1])
    return _money(NormalDist().inv_cdf(float(confidence)) * covariance / deviation)


def correlation_with_rest(
    returns: Returns, *, values: Mapping[str, Decimal], symbol: str
) -> float | None:
    """Return the correlation of a symbol's last 60 daily returns with the rest of the book's.

    None where there are fewer, nothing else is held, or one of the two never moved.
    """
    rest = {other: value for other, value in values.items() if other != symbol}
    if len(returns.days) < CORRELATION_DAYS or not any(rest.values()):
        return None
    recent = returns.values[-CORRELATION_DAYS:]
    others = recent @ weights_of(returns, values=rest)
    own = recent[:, returns.symbols.index(symbol)]
    if own.std() == 0.0 or others.std() == 0.0:
        return None
    # Rounding may carry it a hair past the ends.
    return min(max(float(np.corrcoef(own, others)[0, 1]), -1.0), 1.0)


def weights_of(returns: Returns, *, values: Mapping[str, Decimal]) -> Floats:
    """Return the position values in the order of the returns' columns, 0 for what is not held."""
    return np.array([float(values.get(symbol, ZERO)) for symbol in returns.symbols])


def _money(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"))
