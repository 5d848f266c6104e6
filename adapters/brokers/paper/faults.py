"""Make the venue nasty on purpose: lost calls, late sight, odd reports, by the dice."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from domain.shared.values import InvalidValue
from ports.broker import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSettings:
    """How often each fault strikes, as probabilities of 0 to 1, and times in seconds.

    unavailable: refused before it was sent. lost_request: never arrives. lost_reply: takes
    effect, the answer is lost. rejection: refused for no reason. hidden: an accepted order
    stays invisible to find and open_orders for at most hidden_s. duplicate_report and
    reordered_report: comes twice; comes after its successors, at most reorder_s late.
    """

    unavailable: float = 0.0
    lost_request: float = 0.0
    lost_reply: float = 0.0
    rejection: float = 0.0
    hidden: float = 0.0
    hidden_s: float = 1.0
    duplicate_report: float = 0.0
    reordered_report: float = 0.0
    reorder_s: float = 0.05
    latency_min_s: float = 0.0
    latency_max_s: float = 0.0

    def __post_init__(self) -> None:
        for own in fields(self):
            value = getattr(self, own.name)
            largest = math.inf if own.name.endswith("_s") else 1.0
            if not (math.isfinite(value) and 0 <= value <= largest):
                right = "0 or more, and finite" if largest > 1 else "a probability of 0 to 1"
                raise InvalidValue(field=own.name, problem=f"must be {right}, not {value}")
        if self.latency_min_s > self.latency_max_s:
            raise InvalidValue(field="latency_min_s", problem="must not exceed latency_max_s")


class Faults:
    """Roll the dice for one venue; the same dice make the same faults."""

    __slots__ = ("_roll", "settings")

    def __init__(self, *, settings: FaultSettings, roll: Callable[[], float]) -> None:
        """Take a source of numbers of [0, 1), such as Randomness.random."""
        self.settings = settings
        self._roll = roll

    def strikes(self, probability: float) -> bool:
        """Tell whether a fault of that probability strikes now; impossible ones do not roll."""
        return probability > 0 and self._roll() < probability

    def latency_s(self) -> float:
        """Return how long the next way to or from the venue takes."""
        low, high = self.settings.latency_min_s, self.settings.latency_max_s
        return low if low == high else low + (high - low) * self._roll()

    def hidden_s(self) -> float:
        """Return for how long a newly accepted order stays invisible."""
        if not self.strikes(self.settings.hidden):
            return 0.0
        return self.settings.hidden_s * self._roll()

    def scrambled(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Return the reports with some of them doubled and some behind their successors."""
        chance = self.settings
        if not (chance.duplicate_report or chance.reordered_report):
            return reports
        told: list[Report] = []
        held: list[Report] = []
        for report in reports:
            (held if self.strikes(chance.reordered_report) else told).append(report)
            if self.strikes(chance.duplicate_report):
                told.append(report)
        return [*told, *reversed(held)]
