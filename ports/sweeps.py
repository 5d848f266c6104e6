"""What the core needs to try many patterns on past prices."""

from collections.abc import Sequence
from typing import Protocol

from domain.signals.pattern import PatternRules
from domain.signals.sweep import SweepPrices, SweepResult


class PatternSweeps(Protocol):
    """Symbols by sets of rules: what `domain.signals.sweep.sweep` says, and faster."""

    def __call__(
        self, prices: SweepPrices, *, rules: Sequence[PatternRules], horizon: int
    ) -> SweepResult:
        """Return what every set fired on every symbol; raises InvalidValue for a horizon below 1.

        Counts are the reference's; a gain differs by rounding alone (1e-9). Pure: the same
        arrays give the same figures. It keeps a core busy: call it in a thread.
        """
        ...
