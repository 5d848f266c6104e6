"""Say what patterns of many rules would have fired on past prices, and what came after."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.shared.values import InvalidValue
from domain.signals.pattern import Pattern, PatternRules

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPrices:
    """The bars of symbols, one below the other: price above 0, volume 0 or more, session's day.

    Each is of shape (symbols, bars); of a row the first counts[row] bars are there. Sessions are
    days since 1970.
    """

    prices: Floats
    volumes: Floats
    sessions: Integers
    counts: Integers

    def __post_init__(self) -> None:
        """Raise InvalidValue for arrays that are no prices."""
        shapes = {self.prices.shape, self.volumes.shape, self.sessions.shape}
        if len(shapes) != 1 or self.prices.ndim != 2 or self.counts.shape != self.prices.shape[:1]:
            problem = "must be of one shape (symbols, bars), with a count for each symbol"
            raise InvalidValue(field="prices", problem=problem)
        if ((self.counts < 0) | (self.counts > self.prices.shape[1])).any():
            raise InvalidValue(field="counts", problem="must be from 0 to the number of bars")
        there = np.arange(self.prices.shape[1]) < self.counts[:, None]
        if not (np.isfinite(self.prices) & (self.prices > 0))[there].all():
            raise InvalidValue(field="prices", problem="must be above 0")
        if not (np.isfinite(self.volumes) & (self.volumes >= 0))[there].all():
            raise InvalidValue(field="volumes", problem="must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """By symbol and rules, shape (symbols, rules): how often it fired, and what came after.

    Of those with `horizon` bars behind them: judged, how many there are; hits, after how many
    the price went where they pointed; gain, the sum of log returns that way. Figures of the very
    prices that the rules may have been chosen by: they claim nothing of others.
    """

    signals: Integers
    judged: Integers
    hits: Integers
    gain: Floats


def checked_horizon(horizon: int) -> int:
    """Return the horizon in bars, else raise InvalidValue."""
    if horizon < 1:
        raise InvalidValue(field="horizon", problem=f"must be at least 1, not {horizon}")
    return horizon


def sweep(prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int) -> SweepResult:
    """Read every symbol's pattern by every set of rules; the readable reference, bar by bar."""
    checked_horizon(horizon)
    shape = (len(prices.counts), len(rules))
    signals, judged, hits = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    gain = np.zeros(shape)
    for row, count in enumerate(prices.counts):
        closes = prices.prices[row, :count].tolist()
        volumes = prices.volumes[row, :count].tolist()
        days = [_EPOCH + timedelta(days=int(one)) for one in prices.sessions[row, :count]]
        for column, by in enumerate(rules):
            pattern = Pattern(rules=by)
            for at, (price, volume, day) in enumerate(zip(closes, volumes, days, strict=True)):
                bar = pattern.update(price=price, volume=volume, session=day)
                if not bar.fires or bar.score is None:
                    continue
                signals[row, column] += 1
                if at + horizon < count:
                    moved = math.log(closes[at + horizon] / price)
                    moved = moved if bar.score > 0 else -moved
                    judged[row, column] += 1
                    hits[row, column] += moved > 0
                    gain[row, column] += moved
    return SweepResult(signals=signals, judged=judged, hits=hits, gain=gain)
