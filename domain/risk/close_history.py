"""Keep closing prices as arrays, so that returns of many symbols are there in a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from domain.market.prices import Bar
from domain.risk.portfolio import RETURNS_MIN, Floats, Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """One symbol's closes: days as ordinals, rising, and a price for each."""

    days: NDArray[np.int64]
    prices: Floats


def closes_of(bars: Sequence[Bar]) -> Closes:
    """Return the closes of daily bars; of two on one day the later one counts."""
    by_day = {bar.closed_at.toordinal(): float(bar.close) for bar in bars}
    days = sorted(by_day)
    return Closes(
        days=np.array(days, dtype=np.int64),
        prices=np.array([by_day[day] for day in days], dtype=np.float64),
    )


def returns_of_closes(closes: Mapping[str, Closes]) -> Returns | None:
    """Return the daily returns on the days that every symbol has a close of, oldest first.

    Exactly what `daily_returns` makes of the bars: None when there are fewer than RETURNS_MIN, or
    a price is not above zero.
    """
    symbols = tuple(sorted(closes))
    if not symbols:
        return None
    days = closes[symbols[0]].days
    if any(not np.array_equal(closes[symbol].days, days) for symbol in symbols[1:]):
        for symbol in symbols[1:]:
            days = np.intersect1d(days, closes[symbol].days, assume_unique=True)
        columns = [
            closes[symbol].prices[np.searchsorted(closes[symbol].days, days)] for symbol in symbols
        ]
    else:
        columns = [closes[symbol].prices for symbol in symbols]
    if len(days) < RETURNS_MIN + 1:
        return None
    prices = np.column_stack(columns)
    if not (prices > 0).all():
        return None
    return Returns(
        symbols=symbols,
        days=tuple(date.fromordinal(day) for day in days[1:].tolist()),
        values=prices[1:] / prices[:-1] - 1.0,
    )
