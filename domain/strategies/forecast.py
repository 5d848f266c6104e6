"""Read a model's forecast of a symbol's next day as a factor."""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from domain.inference.tensors import TensorSpec
from domain.strategies.factors import FactorAbsent, Read
from domain.strategies.follow import DAYS, daily_sigma

RETURNS_MAX = 250
_FLOATS = ("FP32", "FP64")


def returns_taken(inputs: Sequence[TensorSpec]) -> int | FactorAbsent:
    """Return how many daily log returns a model takes: one input [rows, n] of floats."""
    if len(inputs) != 1:
        return FactorAbsent(f"the model has {len(inputs)} inputs, and not one of daily returns")
    (spec,) = inputs
    rows, *rest = spec.shape or (0,)
    if spec.datatype not in _FLOATS or rows not in (None, 1) or len(rest) != 1 or rest[0] is None:
        shape = spec.shown_shape
        return FactorAbsent(
            f"the model takes {spec.datatype} {shape}, and not FP32 or FP64 [-1, n] daily returns"
        )
    if not 1 <= rest[0] <= RETURNS_MAX:
        return FactorAbsent(f"the model takes {rest[0]} daily returns, not 1 to {RETURNS_MAX}")
    return rest[0]


def closes_needed(returns: int) -> int:
    """Return how many closes a forecast needs: for its returns, and for the day's deviation."""
    return max(returns + 1, DAYS)


def log_returns(closes: Sequence[Decimal], *, count: int) -> tuple[float, ...] | FactorAbsent:
    """Return the last so many log returns of closed days, oldest first."""
    last = [float(one) for one in closes[-count - 1 :]]
    if len(last) < count + 1:
        return FactorAbsent(
            f"the model takes {count} daily returns, and there are {len(last)} days"
        )
    if min(last) <= 0:
        return FactorAbsent("a close is not above 0")
    return tuple(math.log(after / before) for before, after in pairwise(last))


def forecast_factor(forecast: float, *, closes: Sequence[Decimal]) -> Read:
    """Return tanh(forecast / sigma) of a forecast log return of the next day.

    sigma is the deviation of a day's log returns over the last 21 closes: the forecast counts in
    deviations through tanh, as the trend does.
    """
    if not math.isfinite(forecast):
        return FactorAbsent(f"the model forecast {forecast}")
    sigma = daily_sigma(closes)
    if sigma is None:
        return FactorAbsent(f"fewer than {DAYS} closed days, or prices that did not move")
    return math.tanh(forecast / sigma)
