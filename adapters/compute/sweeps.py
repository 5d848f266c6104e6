"""Try many patterns on past prices by a kernel that numba compiles."""

from collections.abc import Sequence

import numba
import numpy as np

from adapters.compute.averages import exponential, simple, weighted
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

    What no rules change is measured once a symbol; then every pair of symbol and rules is one
    loop, all cores at it.
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
def _deviations(returns: Floats, count: int) -> Floats:
    """Return at each bar the sample deviation of the last returns, 0 where there is none."""
    found = np.zeros(len(returns))
    for at in range(count, len(returns)):
        last = returns[at + 1 - count : at + 1]
        mean = 0.0
        for place in range(count):
            mean += last[place]
        mean /= count
        squares = 0.0
        same = True
        for place in range(count):
            same = same and last[place] == last[0]
            squares += (last[place] - mean) ** 2
        found[at] = 0.0 if same else np.sqrt(squares / (count - 1))
    return found


@numba.njit(nogil=True)
def _measured(prices: Floats, volumes: Floats, sessions: Integers, told: Floats) -> None:
    """Write what no set of rules changes, a row each: T's and V's measures, u r, and whether.

    told: sigma; tanh((price - vwap) / (sigma vwap)); u r; of shape (3, bars). Where there is no
    score, sigma is 0.
    """
    bars = len(prices)
    returns = np.zeros(bars)
    for at in range(1, bars):
        returns[at] = np.log(prices[at] / prices[at - 1])
    short, long = _deviations(returns, RETURNS), _deviations(returns, LONG_RETURNS)
    usual, vwap = simple(volumes, VOLUMES), weighted(prices, volumes, sessions)
    for at in range(bars):
        sigma = short[at]
        if sigma == 0.0 or usual[at] == 0.0 or np.isnan(vwap[at]):
            continue
        told[0, at] = sigma
        told[1, at] = np.tanh((prices[at] - vwap[at]) / (sigma * vwap[at]))
        busy = min(max(volumes[at] / usual[at], LEAST_VOLUME), MOST_VOLUME)
        calm = min(1.0, 2 * long[at] / sigma) if long[at] != 0.0 else 1.0
        told[2, at] = busy * calm


@numba.njit(nogil=True)
def _fired(prices: Floats, told: Floats, by: Floats, fired: Integers) -> None:
    """Write the sign of each bar's signal, 0 where there is none: `Pattern`, step by step."""
    fast, slow = exponential(prices, by[0]), exponential(prices, by[1])
    above = crossed = since_cross = last = since_fired = 0
    for at in range(len(prices)):
        since_cross += 1
        side = (1 if fast[at] > slow[at] else 0) - (1 if fast[at] < slow[at] else 0)
        if side not in (0, above):
            crossed, since_cross = (side if above != 0 else 0), 0
            above = side
        since_fired += 1
        sigma = told[0, at]
        if sigma == 0.0:
            continue
        trend = np.tanh((fast[at] - slow[at]) / (sigma * slow[at]))
        cross = crossed * 2.0 ** -(since_cross // HALVES_AFTER)
        score = (TREND * trend + VWAP * told[1, at] + CROSS * cross) * told[2, at]
        sign = 1 if score > 0 else -1
        if abs(score) <= by[2] or (sign == last and since_fired < by[3]):
            continue
        fired[at] = last = sign
        since_fired = 0


@numba.njit(nogil=True, parallel=True)
def _sweep(  # type: ignore[no-untyped-def]  # numba compiles it for what it is given
    prices, volumes, sessions, counts, sets, horizon, signals, judged, hits, gain
):
    many = len(sets)
    told = np.zeros((len(counts), 3, prices.shape[1]))
    for row in numba.prange(len(counts)):
        there = counts[row]
        _measured(prices[row, :there], volumes[row, :there], sessions[row, :there], told[row])
    for pair in numba.prange(len(counts) * many):
        row, column = pair // many, pair % many
        count = counts[row]
        fired = np.zeros(count, dtype=np.int64)
        if count > 0:
            _fired(prices[row, :count], told[row], sets[column], fired)
        for at in range(count):
            if fired[at] == 0:
                continue
            signals[row, column] += 1
            if at + horizon < count:
                moved = fired[at] * np.log(prices[row, at + horizon] / prices[row, at])
                judged[row, column] += 1
                hits[row, column] += 1 if moved > 0 else 0
                gain[row, column] += moved
