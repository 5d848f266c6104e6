"""Work averages of a whole series out at once, by kernels that numba compiles.

Each is of shape (bars,) and says at each bar what `Pattern` would say there.
"""

import numba
import numpy as np

from domain.signals.sweep import Floats, Integers


@numba.njit(nogil=True)
def exponential(values: Floats, alpha: float) -> Floats:
    """Return e = first value, then e += alpha (value - e)."""
    found = np.empty(len(values))
    average = values[0] if len(values) else 0.0
    for at in range(len(values)):
        average += alpha * (values[at] - average)
        found[at] = average
    return found


@numba.njit(nogil=True)
def simple(values: Floats, count: int) -> Floats:
    """Return the mean of the last so many, of fewer at the start; added from the oldest on."""
    bars = len(values)
    found = np.zeros(bars)
    # One after the other over all bars at once: a core adds several bars in one step.
    for back in range(min(count, bars) - 1, -1, -1):
        for at in range(max(back, count - 1), bars):
            found[at] += values[at - back]
    for at in range(min(count - 1, bars)):
        for place in range(at + 1):
            found[at] += values[place]
        found[at] /= at + 1
    for at in range(count - 1, bars):
        found[at] /= count
    return found


@numba.njit(nogil=True)
def weighted(prices: Floats, volumes: Floats, sessions: Integers) -> Floats:
    """Return the mean price of a session so far by volume; no number before any is traded."""
    found = np.empty(len(prices))
    worth = traded = 0.0
    for at in range(len(prices)):
        if at == 0 or sessions[at] != sessions[at - 1]:
            worth = traded = 0.0
        worth += prices[at] * volumes[at]
        traded += volumes[at]
        found[at] = worth / traded if traded > 0.0 else np.nan
    return found
