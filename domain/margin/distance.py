"""Measure how far a price is from where it must not go."""

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from domain.shared.values import ZERO

# The chance at which the days are told: one in twenty.
PROBABILITY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """percent of the present price; sigmas and days where the volatility is known.

    days is when a driftless walk has touched the level with a probability of 5 %.
    """

    percent: Decimal
    sigmas: float | None = None
    days: float | None = None


def distance_of(
    price: Decimal, *, level: Decimal, volatility: float | None, probability: float = PROBABILITY
) -> Distance | None:
    """Return the distance between two prices above zero, None for others.

    volatility is the standard deviation of daily log returns. With d = |ln(price / level)|,
    sigmas = d / volatility. By the reflection principle a driftless walk has touched the level by
    day t with probability 2 N(-d / (volatility sqrt t)); days solves that for t.
    """
    if price <= ZERO or level <= ZERO:
        return None
    percent = abs(price - level) / price * 100
    if volatility is None or not (math.isfinite(volatility) and volatility > 0):
        return Distance(percent=percent)
    sigmas = abs(math.log(price / level)) / volatility
    quantile = NormalDist().inv_cdf(1 - probability / 2)
    return Distance(percent=percent, sigmas=sigmas, days=(sigmas / quantile) ** 2)
