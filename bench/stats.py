"""Medians, spreads and fair comparisons for the benchmark; standard library only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

REPEATS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The middle of a sample and how far the sample lies around it."""

    median: float
    quartile_low: float
    quartile_high: float
    minimum: float
    maximum: float
    count: int

    @property
    def iqr(self) -> float:
        """The distance between the quartiles: the spread that one outlier cannot move."""
        return self.quartile_high - self.quartile_low


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides measured in turn, and the ratio of ours to the reference, pair by pair."""

    ours: Spread
    reference: Spread
    ratio: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """What a sample of single operations took, in the sample's own unit."""

    p50: float
    p99: float
    mean: float
    maximum: float
    count: int


def percentile(sample: Sequence[float], *, rank: float) -> float:
    """Give the value below which `rank` percent of the sample lies.

    Neighbouring order statistics are interpolated linearly (Hyndman and Fan 1996, type 7).
    ValueError when the sample is empty or not finite, or the rank lies outside 0..100.
    """
    return _at_rank(_ordered(sample), rank=rank)


def summarise(sample: Sequence[float]) -> Spread:
    """Reduce repeated measurements to their median and quartiles."""
    ordered = _ordered(sample)
    return Spread(
        median=_at_rank(ordered, rank=50),
        quartile_low=_at_rank(ordered, rank=25),
        quartile_high=_at_rank(ordered, rank=75),
        minimum=ordered[0],
        maximum=ordered[-1],
        count=len(ordered),
    )


def latency(sample: Sequence[float]) -> Latency:
    """Reduce the times of single operations to the figures a reader compares."""
    ordered = _ordered(sample)
    return Latency(
        p50=_at_rank(ordered, rank=50),
        p99=_at_rank(ordered, rank=99),
        mean=fmean(ordered),
        maximum=ordered[-1],
        count=len(ordered),
    )


def compare(
    ours: Callable[[], float], reference: Callable[[], float], *, repeats: int
) -> Comparison:
    """Measure both sides in turn, `repeats` times each, and keep every pair's ratio.

    As `interleave`, which it calls, each callable measures once and returns its figure.
    """
    our_figures, reference_figures = interleave(ours, reference, repeats=repeats)
    return Comparison(
        ours=summarise(our_figures),
        reference=summarise(reference_figures),
        ratio=summarise([a / b for a, b in zip(our_figures, reference_figures, strict=True)]),
    )


def interleave(
    ours: Callable[[], float], reference: Callable[[], float], *, repeats: int
) -> tuple[list[float], list[float]]:
    """Measure both sides in turn and give their figures; equal indices were neighbours in time.

    The side that goes first alternates, so that a machine that slows down or warms up
    during the run favours neither. ValueError when `repeats` is out of bounds or a side
    returns a figure that is not positive and finite: a ratio would mean nothing.
    """
    if not 1 <= repeats <= REPEATS_MAX:
        raise ValueError(f"repeats must be between 1 and {REPEATS_MAX}, got {repeats}")
    our_figures: list[float] = []
    reference_figures: list[float] = []
    sides = (
        ("ours", ours, our_figures),
        ("reference", reference, reference_figures),
    )
    for turn in range(repeats):
        for name, measure, figures in sides if turn % 2 == 0 else reversed(sides):
            figures.append(_positive(measure(), side=name, turn=turn))
    return our_figures, reference_figures


def _ordered(sample: Sequence[float]) -> list[float]:
    if not sample:
        raise ValueError("a sample needs at least one value, got none")
    ordered = sorted(sample)
    # NaN breaks sorting silently, so every value is looked at.
    if not all(isfinite(value) for value in ordered):
        raise ValueError("a sample needs finite values, got NaN or infinity")
    return ordered


def _at_rank(ordered: Sequence[float], *, rank: float) -> float:
    if not 0 <= rank <= 100:
        raise ValueError(f"rank must be between 0 and 100, got {rank}")
    position = (len(ordered) - 1) * rank / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _positive(figure: float, *, side: str, turn: int) -> float:
    if not isfinite(figure) or figure <= 0:
        raise ValueError(f"{side} gave {figure} in turn {turn}: a figure must be positive")
    return figure
