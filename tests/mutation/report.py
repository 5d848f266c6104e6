"""Count what became of an area's mutants, and say it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.areas import Area
from tests.mutation.mutant import Mutant, by_file
from tests.mutation.verdict import Fate, Verdict

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mutants of an area."""

    area: Area
    all_made: int
    excused: int
    mutants: tuple[Mutant, ...]
    verdicts: Mapping[str, Verdict]
    stale: tuple[str, ...]
    seed: int

    @property
    def dead(self) -> int:
        """Return how many were noticed."""
        return sum(self.verdicts[one.id].is_dead for one in self.mutants)

    @property
    def score(self) -> float:
        """Return the part of them that was noticed."""
        return self.dead / len(self.mutants) if self.mutants else 1.0

    @property
    def is_met(self) -> bool:
        """Return whether the goal is met, and nothing on the list of equivalents is stale."""
        return self.score >= self.area.goal and not self.stale

    def survivors(self) -> list[Mutant]:
        """Return those that nobody noticed."""
        return [one for one in self.mutants if not self.verdicts[one.id].is_dead]

    def as_text(self) -> str:
        """Return the figures, file by file, then of the area."""
        lines = [f"{'':44}{'killed':>8}{'late':>6}{'survived':>10}{'unreached':>11}{'score':>9}"]
        for path, mutants in by_file(self.mutants).items():
            counts = self._counts(mutants)
            dead = counts[Fate.KILLED] + counts[Fate.LATE]
            lines.append(
                f"{path:44}{counts[Fate.KILLED]:8}{counts[Fate.LATE]:6}{counts[Fate.SURVIVED]:10}"
                f"{counts[Fate.UNREACHED]:11}{dead / len(mutants):9.1%}"
            )
        cpu_s = sum(one.cpu_s for one in self.verdicts.values())
        lines.append(
            f"{self.area.name}: {self.dead} of {len(self.mutants)} killed, {self.score:.1%}"
            f" (goal {self.area.goal:.0%}); {self.excused} equivalent;"
            f" {cpu_s / max(1, len(self.mutants)):.2f} s of CPU each"
        )
        if len(self.mutants) < self.all_made - self.excused:
            low, high = wilson(self.dead, len(self.mutants))
            lines.append(
                f"a sample of {self.all_made - self.excused}, seed {self.seed}:"
                f" {low:.1%} to {high:.1%} with 95 % confidence"
            )
        lines += [f"stale in the list of equivalents: {one}" for one in self.stale]
        return "\n".join(lines) + "\n"

    def _counts(self, mutants: list[Mutant]) -> dict[Fate, int]:
        fates = [self.verdicts[one.id].fate for one in mutants]
        return {fate: fates.count(fate) for fate in Fate}


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion, at 95 %.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927).
    """
    if not tries:
        return 0.0, 1.0
    part, square = hits / tries, _Z_95**2
    middle = (part + square / (2 * tries)) / (1 + square / tries)
    spread = (
        _Z_95
        / (1 + square / tries)
        * math.sqrt(part * (1 - part) / tries + square / (4 * tries**2))
    )
    return max(0.0, middle - spread), min(1.0, middle + spread)


def write_survivors(report: Report, path: Path) -> None:
    """Write each survivor as a diff."""
    path.write_text("".join(f"{one.diff()}\n\n" for one in report.survivors()))
