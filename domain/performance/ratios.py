"""Weigh returns against their risk."""

import math
from collections.abc import Sequence

TRADING_DAYS_PER_YEAR = 252


def sharpe_ratio(
    returns: Sequence[float],
    *,
    periods_per_year: float = TRADING_DAYS_PER_YEAR,
    risk_free: float = 0.0,
) -> float | None:
    """Return mean over standard deviation of the returns, scaled to a year.

    returns and risk_free are fractions per period; the deviation is the sample's (n - 1 in
    the denominator); scaled by sqrt(periods_per_year), which takes periods as independent
    (Sharpe 1994, "The Sharpe Ratio", J. Portfolio Management 21(1); Lo 2002, "The
    Statistics of Sharpe Ratios", Financial Analysts J. 58(4)). None for fewer than two
    returns and when they do not vary.
    """
    deviation = standard_deviation(returns)
    if deviation is None or deviation == 0:
        return None
    mean = math.fsum(returns) / len(returns) - risk_free
    return mean / deviation * math.sqrt(periods_per_year)


def standard_deviation(returns: Sequence[float]) -> float | None:
    """Return the sample standard deviation (n - 1), None for fewer than two values."""
    count = len(returns)
    if count < 2:
        return None
    if all(value == returns[0] for value in returns):
        # The mean may be off by a rounding: equal values do not vary.
        return 0.0
    mean = math.fsum(returns) / count
    return math.sqrt(math.fsum((value - mean) ** 2 for value in returns) / (count - 1))
