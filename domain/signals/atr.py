"""Measure how far a price usually moves in a day."""

import math

from domain.shared.values import InvalidValue

PERIOD = 20


class AverageTrueRange:
    """The average true range of bars, in the price's currency per unit.

    True range = max(high, previous close) - min(low, previous close). The first average is
    the mean of `period` ranges, then value += (range - value) / period (Wilder 1978, "New
    Concepts in Technical Trading Systems"). Mutable: it is brought up with every bar.
    """

    __slots__ = ("_close", "_count", "_period", "_sum")

    def __init__(self, *, period: int = PERIOD) -> None:
        if period < 1:
            raise InvalidValue(field="period", problem=f"must be at least 1, not {period}")
        self._period = period
        self._count = 0
        self._sum = 0.0
        self._close: float | None = None

    @property
    def value(self) -> float | None:
        """The average, None until `period` bars went in."""
        return self._sum / self._period if self._count >= self._period else None

    def update(self, *, high: float, low: float, close: float) -> None:
        """Take in the next bar; raise InvalidValue when a price is not finite."""
        if not math.isfinite(high + low + close):
            raise InvalidValue(field="bar", problem="must have finite prices")
        before = close if self._close is None else self._close
        spread = max(high, before) - min(low, before)
        if self._count >= self._period:
            self._sum -= self._sum / self._period
        self._sum += spread
        self._count += 1
        self._close = close

    def restate(self, ratio: float) -> None:
        """Express the average in new shares, of which a split makes `ratio` out of each."""
        if not (math.isfinite(ratio) and ratio > 0):
            raise InvalidValue(field="ratio", problem=f"must be above 0, not {ratio}")
        self._sum /= ratio
        if self._close is not None:
            self._close /= ratio
