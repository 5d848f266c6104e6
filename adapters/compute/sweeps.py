"""Try many patterns on past prices by a kernel that numba compiles."""

from collections.abc import Sequence

import numba
import numpy as np

from domain.signals.pattern import (
    CROSS,
    HALVES_AFTER,
    LEAST_VOLUME,
    LONG_RETURNS,
    MOST_VOLUME,
    RETURNS,
    TREND,
    VOLUMES,
    VWAP,
    PatternRules,
)
from domain.signals.sweep import Floats, Integers, SweepPrices, SweepResult, checked_horizon


def sweep_compiled(
    prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int
) -> SweepResult:
    """Return what every set fired on every symbol (port PatternSweeps).

    Every pair of symbol and rules is one loop, all cores at it.
    """
    checked_horizon(horizon)
    shape = (len(prices.counts), len(rules))
    signals, judged, hits = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    gain = np.zeros(shape)
    if signals.size:
        sets = [(one.fast, one.slow, one.threshold, float(one.again_after)) for one in rules]
        _sweep(
            np.ascontiguousarray(prices.prices, dtype=np.float64),
            np.ascontiguousarray(prices.volumes, dtype=np.float64),
            np.ascontiguousarray(prices.sessions, dtype=np.int64),
            np.ascontiguousarray(prices.counts, dtype=np.int64),
            np.array(sets, dtype=np.float64),
            horizon,
            signals,
            judged,
            hits,
            gain,
        )
    return SweepResult(signals=signals, judged=judged, hits=hits, gain=gain)


@numba.njit(nogil=True)
def _deviation(returns: Floats, count: int, last: int) -> float:
    """Return the sample deviation of the last so many of a ring, 0 where they are all one."""
    size = len(returns)
    mean = 0.0
    for back in range(last):
        mean += returns[(count - 1 - back) % size]
    mean /= last
    squares = 0.0
    same = True
    first = returns[(count - 1) % size]
    for back in range(last):
        one = returns[(count - 1 - back) % size]
        same = same and one == first
        squares += (one - mean) ** 2
    return 0.0 if same else np.sqrt(squares / (last - 1))


@numba.njit(nogil=True)
def _fired(
    prices: Floats, volumes: Floats, sessions: Integers, count: int, by: Floats, fired: Integers
) -> None:
    """Write the sign of each bar's signal, 0 where there is none: `Pattern`, step by step."""
    returns, recent = np.zeros(LONG_RETURNS), np.zeros(VOLUMES)
    fast = slow = prices[0]
    worth = traded = 0.0
    above = crossed = since_cross = told = since_fired = known = 0
    for at in range(count):
        price, volume = prices[at], volumes[at]
        if at > 0:
            returns[known % LONG_RETURNS] = np.log(price / prices[at - 1])
            known += 1
            fast += by[0] * (price - fast)
            slow += by[1] * (price - slow)
        since_cross += 1
        side = (1 if fast > slow else 0) - (1 if fast < slow else 0)
        if side not in (0, above):
            crossed, since_cross = (side if above != 0 else 0), 0
            above = side
        if at == 0 or sessions[at] != sessions[at - 1]:
            worth = traded = 0.0
        worth += price * volume
        traded += volume
        recent[at % VOLUMES] = volume
        since_fired += 1
        if traded == 0.0 or known < RETURNS:
            continue
        sigma = _deviation(returns, known, RETURNS)
        usual = recent[: min(at + 1, VOLUMES)].mean()
        if sigma == 0.0 or usual == 0.0:
            continue
        vwap = worth / traded
        trend = np.tanh((fast - slow) / (sigma * slow))
        distance = np.tanh((price - vwap) / (sigma * vwap))
        cross = crossed * 2.0 ** -(since_cross // HALVES_AFTER)
        busy = min(max(volume / usual, LEAST_VOLUME), MOST_VOLUME)
        calm = 1.0
        if known >= LONG_RETURNS:
            long = _deviation(returns, known, LONG_RETURNS)
            if long != 0.0:
                calm = min(1.0, 2 * long / sigma)
        score = (TREND * trend + VWAP * distance + CROSS * cross) * busy * calm
        sign = 1 if score > 0 else -1
        if abs(score) <= by[2] or (sign == told and since_fired < by[3]):
            continue
        fired[at] = told = sign
        since_fired = 0


@numba.njit(nogil=True, parallel=True)
def _sweep(  # type: ignore[no-untyped-def]  # numba compiles it for what it is given
    prices, volumes, sessions, counts, sets, horizon, signals, judged, hits, gain
):
    many = len(sets)
    for pair in numba.prange(len(counts) * many):
        row, column = pair // many, pair % many
        count = counts[row]
        fired = np.zeros(count, dtype=np.int64)
        if count > 0:
            _fired(prices[row], volumes[row], sessions[row], count, sets[column], fired)
        for at in range(count):
            if fired[at] == 0:
                continue
            signals[row, column] += 1
            if at + horizon < count:
                moved = fired[at] * np.log(prices[row, at + horizon] / prices[row, at])
                judged[row, column] += 1
                hits[row, column] += 1 if moved > 0 else 0
                gain[row, column] += moved
