"""Follow two exponential moving averages of closes, and say when they cross."""

import math
from enum import StrEnum

from domain.shared.values import InvalidValue

FAST = 10
SLOW = 20


class Cross(StrEnum):
    """Which way the fast average went through the slow one."""

    UP = "up"
    DOWN = "down"


class Ema:
    """An exponential moving average that starts at the first price.

    value += alpha x (price - value), alpha = 2 / (period + 1) (Hunter 1986, "The
    Exponentially Weighted Moving Average", J. Quality Technology 18(4), with the weight
    that gives a simple average of `period` prices the same mean age). Ready once `period`
    prices went in. Mutable: it is brought up with every bar.
    """

    __slots__ = ("_alpha", "_count", "_period", "value")

    def __init__(self, *, period: int) -> None:
        if period < 1:
            raise InvalidValue(field="period", problem=f"must be at least 1, not {period}")
        self._period = period
        self._alpha = 2 / (period + 1)
        self._count = 0
        self.value = math.nan

    @property
    def is_ready(self) -> bool:
        """Whether enough prices went in."""
        return self._count >= self._period

    def update(self, price: float) -> float:
        """Take in the next price and return the average; raise InvalidValue if not finite."""
        if not math.isfinite(price):
            raise InvalidValue(field="price", problem=f"must be a finite number, not {price}")
        self.value = price if not self._count else self.value + self._alpha * (price - self.value)
        self._count += 1
        return self.value

    def restate(self, ratio: float) -> None:
        """Express the average in new shares, of which a split makes `ratio` out of each."""
        if not (math.isfinite(ratio) and ratio > 0):
            raise InvalidValue(field="ratio", problem=f"must be above 0, not {ratio}")
        self.value /= ratio


class EmaCross:
    """Compare a fast and a slow average after each close.

    Up: the fast one comes to stand at or above the slow one; down: it falls below. The
    first comparison, once both are ready, counts as a cross up when it finds the fast one
    at or above, and says nothing otherwise.
    """

    __slots__ = ("_above", "fast", "slow")

    def __init__(self, *, fast: int = FAST, slow: int = SLOW) -> None:
        if fast >= slow:
            raise InvalidValue(field="fast", problem=f"must be below slow ({slow}), not {fast}")
        self.fast = Ema(period=fast)
        self.slow = Ema(period=slow)
        self._above = False

    def update(self, close: float) -> Cross | None:
        """Take in the next close and say whether the averages crossed."""
        above = self.fast.update(close) >= self.slow.update(close)
        if not self.slow.is_ready or above is self._above:
            return None
        self._above = above
        return Cross.UP if above else Cross.DOWN

    def restate(self, ratio: float) -> None:
        """Express both averages in new shares after a split; no cross comes of it."""
        self.fast.restate(ratio)
        self.slow.restate(ratio)
