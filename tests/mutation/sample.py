"""Draw mutants evenly, and say what the draw tells of all of them."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Folders of the core, and how much of their mutants the tests must notice.
AREAS = {
    "risk": ("risk", 0.95),
    "orders": ("orders", 0.85),
    "ledger": ("accounts", 0.85),
    "kill_switch": ("kill_switch", 0.85),
}
_NOTICED = frozenset({"killed", "timeout", "segfault"})
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the mutants that were drawn of an area; of: how many there are."""

    area: str
    of: int
    fates: Mapping[str, str]

    @property
    def noticed(self) -> int:
        """Return how many some test noticed."""
        return sum(fate in _NOTICED for fate in self.fates.values())

    @property
    def is_met(self) -> bool:
        """Return whether the goal may be met: the interval that the draw leaves reaches it."""
        whole = len(self.fates) == self.of
        score = self.noticed / self.of if whole else wilson(self.noticed, len(self.fates))[1]
        return score >= AREAS[self.area][1]

    def survivors(self) -> list[str]:
        """Return those that no test noticed."""
        return [name for name, fate in self.fates.items() if fate not in _NOTICED]

    def as_text(self) -> str:
        """Return the figures in a line."""
        low, high = wilson(self.noticed, len(self.fates))
        counts = ", ".join(
            f"{count} {fate}" for fate, count in Counter(self.fates.values()).items()
        )
        return (
            f"{self.area}: {self.noticed} of {len(self.fates)} drawn from {self.of} noticed,"
            f" {low:.1%} to {high:.1%} with 95 % confidence (goal {AREAS[self.area][1]:.0%});"
            f" {counts}\n"
        )


def names_of(area: str, mutants: Iterable[str]) -> list[str]:
    """Return the mutants of an area."""
    folder, _ = AREAS[area]
    starts = (f"domain.{folder}.", f"application.{folder}.")
    return sorted(name for name in mutants if name.startswith(starts))


def drawn(names: Sequence[str], *, sample: int, seed: int) -> list[str]:
    """Return so many of them, the same for the same seed."""
    return sorted(random.Random(seed).sample(sorted(names), min(sample, len(names))))


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion, at 95 %.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927).
    """
    if not tries:
        return 0.0, 1.0
    part, square = hits / tries, _Z_95**2
    middle = (part + square / (2 * tries)) / (1 + square / tries)
    spread = math.sqrt(part * (1 - part) / tries + square / (4 * tries**2))
    spread *= _Z_95 / (1 + square / tries)
    return max(0.0, middle - spread), min(1.0, middle + spread)
