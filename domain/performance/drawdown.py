"""Measure how far an equity curve fell from its peaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall: its depth as a fraction of the peak, where it began and ended.

    peak and trough are indexes into the curve; equal when it never fell.
    """

    depth: float
    peak: int
    trough: int


def drawdowns(equity: Sequence[float]) -> list[float]:
    """Return at each value the fraction that is missing to the highest one so far.

    (peak - value) / peak: 0 at a peak, 1 when all is lost, more with debts. Raises
    InvalidValue when the curve does not start above zero.
    """
    if equity and not equity[0] > 0:
        raise InvalidValue(field="equity", problem=f"must start above 0, not at {equity[0]}")
    return [
        (peak - value) / peak for value, peak in zip(equity, accumulate(equity, max), strict=True)
    ]


def deepest_drawdown(equity: Sequence[float]) -> Drawdown:
    """Return the deepest drawdown, the first of several equal ones.

    The maximum drawdown of Magdon-Ismail and Atiya 2004, "Maximum Drawdown", Risk 17(10).
    """
    falls = drawdowns(equity)
    if not falls:
        return Drawdown(depth=0.0, peak=0, trough=0)
    trough = max(range(len(falls)), key=falls.__getitem__)
    peak = max(range(trough + 1), key=equity.__getitem__)
    if falls[trough] == 0:
        return Drawdown(depth=0.0, peak=trough, trough=trough)
    return Drawdown(depth=falls[trough], peak=peak, trough=trough)
