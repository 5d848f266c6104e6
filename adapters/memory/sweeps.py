"""Try patterns on past prices without a compiler: the reference itself."""

from collections.abc import Sequence

from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, SweepResult, sweep


class PlainPatternSweeps:
    """Bar by bar, in Python (port PatternSweeps)."""

    def run(
        self, prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int
    ) -> SweepResult:
        """Return what every set fired on every symbol."""
        return sweep(prices, rules=rules, horizon=horizon)
