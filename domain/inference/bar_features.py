"""Make features of a symbol's daily bars: the same to train a model and to ask it."""

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.inference.tensors import Array

DAYS = 20
# So many bars are behind the first row that has every feature.
BARS_NEEDED = DAYS + 1
_RETURNS = (1, 5, 10, 20)
SIGMA = "sigma_20"
FEATURES = (*(f"return_{days}" for days in _RETURNS), SIGMA, "volume_ratio_20")


def bar_features(closes: Sequence[float] | Array, volumes: Sequence[float] | Array) -> Array:
    """Return a row of FEATURES for each bar, NaN where one cannot be told.

    return_n is the log return of n days, sigma_20 the sample deviation (ddof 1) of the last 20
    daily ones, volume_ratio_20 log(volume / mean of the last 20). Closes and volumes are those
    of one symbol, oldest first, restated for splits; what is not above 0 tells nothing.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = np.log(_positive(closes))
        traded = _positive(volumes)
        found = np.full((len(prices), len(FEATURES)), np.nan)
        for column, days in enumerate(_RETURNS):
            found[days:, column] = prices[days:] - prices[:-days]
        if len(prices) > DAYS:
            daily = np.diff(prices)
            sigma = sliding_window_view(daily, DAYS).std(axis=1, ddof=1)
            found[DAYS:, FEATURES.index(SIGMA)] = np.where(sigma > 0, sigma, np.nan)
        if len(traded) >= DAYS:
            usual = sliding_window_view(traded, DAYS).mean(axis=1)
            found[DAYS - 1 :, -1] = np.log(traded[DAYS - 1 :] / usual)
    return found


def outcomes(closes: Sequence[float] | Array, *, horizon_days: int) -> Array:
    """Return the log return of each bar over the days after it, NaN where they are not over."""
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = np.log(_positive(closes))
    found = np.full(len(prices), np.nan)
    if horizon_days < len(prices):
        found[:-horizon_days] = prices[horizon_days:] - prices[:-horizon_days]
    return found


def _positive(values: Sequence[float] | Array) -> Array:
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(numbers > 0, numbers, np.nan)
