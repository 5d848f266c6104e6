"""Try many patterns on past prices by a kernel on an NVIDIA GPU."""

import math
from collections.abc import Sequence
from typing import Any

import numba
import numba.cuda
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
from domain.signals.sweep import SweepPrices, SweepResult, checked_horizon

# numba types some of what it offers for GPUs, and none of what kernels are made of.
cuda: Any = numba.cuda
THREADS = 64
_FLOAT = numba.float64


class NoGpu(Exception):
    """No GPU answers; the message says why."""


def check_gpu() -> None:
    """Raise NoGpu where no GPU answers to numba."""
    try:
        cuda.current_context()
    except Exception as problem:  # noqa: BLE001 - numba's kinds differ by its version
        said = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise NoGpu(f"no GPU answers: {said}") from None


def sweep_on_gpu(
    prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int
) -> SweepResult:
    """Return what every set fired on every symbol (port PatternSweeps).

    Every pair of symbol and rules is one thread. Threads of a warp read one symbol's bars.
    """
    checked_horizon(horizon)
    shape = (len(prices.counts), len(rules))
    signals, judged, hits = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    gain = np.zeros(shape)
    if signals.size:
        sets = [(one.fast, one.slow, one.threshold, float(one.again_after)) for one in rules]
        given = [
            cuda.to_device(np.ascontiguousarray(one))
            for one in (
                prices.prices.astype(np.float64),
                prices.volumes.astype(np.float64),
                prices.sessions.astype(np.int64),
                prices.counts.astype(np.int64),
                np.array(sets, dtype=np.float64),
            )
        ]
        out = [cuda.to_device(one) for one in (signals, judged, hits, gain)]
        blocks = -(-signals.size // THREADS)
        _sweep[blocks, THREADS](*given, horizon, *out)
        signals, judged, hits, gain = (one.copy_to_host() for one in out)
    return SweepResult(signals=signals, judged=judged, hits=hits, gain=gain)


@cuda.jit(device=True)
def _deviation(returns, count, last):  # type: ignore[no-untyped-def]  # numba compiles it
    """Return the sample deviation of the last so many of a ring, 0 where they are all one."""
    mean = 0.0
    for back in range(last):
        mean += returns[(count - 1 - back) % LONG_RETURNS]
    mean /= last
    squares = 0.0
    same = True
    first = returns[(count - 1) % LONG_RETURNS]
    for back in range(last):
        one = returns[(count - 1 - back) % LONG_RETURNS]
        if one != first:
            same = False
        squares += (one - mean) * (one - mean)
    if same:
        return 0.0
    return math.sqrt(squares / (last - 1))


@cuda.jit(device=True)
def _score(  # type: ignore[no-untyped-def]  # numba compiles it for what it is given
    price, volume, fast, slow, vwap, sigma, usual, crossed, since_cross, returns, known
):
    """Return the score of a bar, as `Pattern` has it."""
    trend = math.tanh((fast - slow) / (sigma * slow))
    distance = math.tanh((price - vwap) / (sigma * vwap))
    cross = crossed * 2.0 ** (-(since_cross // HALVES_AFTER))
    # Not by min and max, whose kernels numba's CUDA target cannot type.
    busy = volume / usual
    if busy < LEAST_VOLUME:
        busy = LEAST_VOLUME
    elif busy > MOST_VOLUME:
        busy = MOST_VOLUME
    calm = 1.0
    if known >= LONG_RETURNS:
        long = _deviation(returns, known, LONG_RETURNS)
        if long != 0.0 and 2.0 * long < sigma:
            calm = 2.0 * long / sigma
    return (TREND * trend + VWAP * distance + CROSS * cross) * busy * calm


@cuda.jit(device=True)
def _usual(recent, at):  # type: ignore[no-untyped-def]  # numba compiles it
    """Return the mean of the latest volumes."""
    count = at + 1 if at + 1 < VOLUMES else VOLUMES  # noqa: FURB136 - as for `busy` above
    whole = 0.0
    for place in range(count):
        whole += recent[place]
    return whole / count


@cuda.jit(device=True)
def _try(  # type: ignore[no-untyped-def]  # numba compiles it for what it is given
    prices, volumes, sessions, count, by, horizon
):
    """Return signals, judged, hits and gain of one set on one symbol: `Pattern`, step by step."""
    returns = cuda.local.array(LONG_RETURNS, _FLOAT)
    recent = cuda.local.array(VOLUMES, _FLOAT)
    fast = slow = prices[0]
    worth = traded = gain = 0.0
    above = crossed = since_cross = told = since_fired = known = 0
    signals = judged = hits = 0
    for at in range(count):
        price, volume = prices[at], volumes[at]
        if at > 0:
            returns[known % LONG_RETURNS] = math.log(price / prices[at - 1])
            known += 1
            fast += by[0] * (price - fast)
            slow += by[1] * (price - slow)
        since_cross += 1
        side = (1 if fast > slow else 0) - (1 if fast < slow else 0)
        if side not in (0, above):
            crossed = side if above != 0 else 0
            since_cross = 0
            above = side
        if at == 0 or sessions[at] != sessions[at - 1]:
            worth = traded = 0.0
        worth += price * volume
        traded += volume
        recent[at % VOLUMES] = volume
        since_fired += 1
        if traded == 0.0 or known < RETURNS:
            continue
        sigma, usual = _deviation(returns, known, RETURNS), _usual(recent, at)
        if sigma == 0.0 or usual == 0.0:
            continue
        vwap = worth / traded
        score = _score(
            price, volume, fast, slow, vwap, sigma, usual, crossed, since_cross, returns, known
        )
        sign = 1 if score > 0 else -1
        if abs(score) <= by[2] or (sign == told and since_fired < by[3]):
            continue
        told = sign
        since_fired = 0
        signals += 1
        if at + horizon < count:
            moved = sign * math.log(prices[at + horizon] / price)
            judged += 1
            hits += 1 if moved > 0 else 0
            gain += moved
    return signals, judged, hits, gain


@cuda.jit
def _sweep(  # type: ignore[no-untyped-def]  # numba compiles it for what it is given
    prices, volumes, sessions, counts, sets, horizon, signals, judged, hits, gain
):
    pair = cuda.grid(1)
    many = len(sets)
    if pair >= len(counts) * many:
        return
    row, column = pair // many, pair % many
    if counts[row] == 0:
        return
    found = _try(prices[row], volumes[row], sessions[row], counts[row], sets[column], horizon)
    signals[row, column] = found[0]
    judged[row, column] = found[1]
    hits[row, column] = found[2]
    gain[row, column] = found[3]
