"""What one line of the benchmark table says, and how it is made from repeated measurements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median, quantiles


class Better(StrEnum):
    """Which way a figure improves: a latency is better lower, a throughput higher."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured line: ours, the reference beside it, and whether the goal was met.

    `ratio` is ours over the reference, `goal` a bound on that ratio, or on `ours` where there is
    no reference. `spread` holds the quartiles of whatever the goal speaks about.
    """

    name: str
    unit: str
    better: Better
    ours: float
    reference: float | None = None
    reference_name: str | None = None
    ratio: float | None = None
    goal: float | None = None
    spread: tuple[float, float]

    def __post_init__(self) -> None:
        if (self.reference is None) != (self.reference_name is None):
            raise ValueError(f"row {self.name}: a reference needs a name, and a name a reference")
        if (self.reference is None) != (self.ratio is None):
            raise ValueError(f"row {self.name}: a ratio and a reference come together")
        for field in ("ours", "reference", "ratio", "goal"):
            value: float | None = getattr(self, field)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"row {self.name}: {field} is {value}, not a finite figure >= 0")

    @property
    def met(self) -> bool | None:
        """Say whether the goal was met; None where the row has no goal."""
        if self.goal is None:
            return None
        judged = self.ours if self.ratio is None else self.ratio
        return judged <= self.goal if self.better is Better.LOWER else judged >= self.goal


def compare(
    *,
    name: str,
    unit: str,
    better: Better,
    ours: Sequence[float],
    reference: Sequence[float],
    reference_name: str,
    goal: float | None = None,
) -> Row:
    """Make a row from two sides measured in turn.

    `ours[i]` and `reference[i]` were measured one after the other, so what slowed the machine
    slowed both: the ratio is the median of the pairs' ratios. ValueError when the sides differ in
    length, are empty, or a reference is zero.
    """
    if len(ours) != len(reference):
        raise ValueError(f"row {name}: {len(ours)} of ours but {len(reference)} of the reference")
    if 0 in reference:
        raise ValueError(f"row {name}: {reference_name} measured 0 {unit}; measure more of it")
    ratios = [left / right for left, right in zip(ours, reference, strict=True)]
    return Row(
        name=name,
        unit=unit,
        better=better,
        ours=_middle(ours, name=name),
        reference=_middle(reference, name=name),
        reference_name=reference_name,
        ratio=_middle(ratios, name=name),
        goal=goal,
        spread=_quartiles(ratios),
    )


def alone(
    *, name: str, unit: str, better: Better, ours: Sequence[float], goal: float | None = None
) -> Row:
    """Make a row that has no peer; its goal bounds the figure itself. ValueError when empty."""
    return Row(
        name=name,
        unit=unit,
        better=better,
        ours=_middle(ours, name=name),
        goal=goal,
        spread=_quartiles(ours),
    )


def _middle(sample: Sequence[float], *, name: str) -> float:
    if not sample:
        raise ValueError(f"row {name}: nothing was measured")
    return median(sample)


def _quartiles(sample: Sequence[float]) -> tuple[float, float]:
    if len(sample) == 1:
        return (sample[0], sample[0])
    low, _, high = quantiles(sample, n=4, method="inclusive")
    return (low, high)
