"""Reckon a topic's figures: how late its messages are seen, and how many come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long messages took from their producer to us, in milliseconds, of so many."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    samples: int


def latency_of(samples_ms: Sequence[float]) -> Latency | None:
    """Return the figures of the samples, None without any.

    The percentiles are of the nearest rank: always a value that was measured.
    """
    if not samples_ms:
        return None
    ordered = sorted(max(0.0, one) for one in samples_ms)
    return Latency(
        p50_ms=_nearest_rank(ordered, 0.50),
        p99_ms=_nearest_rank(ordered, 0.99),
        max_ms=ordered[-1],
        samples=len(ordered),
    )


def per_second(ends: Sequence[tuple[float, int]]) -> float | None:
    """Return messages per second from (seconds, end offset) pairs, oldest first.

    None before there are two, and after a topic was made anew under its name.
    """
    if len(ends) < 2:
        return None
    (start_s, first), (stop_s, last) = ends[0], ends[-1]
    if stop_s <= start_s or last < first:
        return None
    return (last - first) / (stop_s - start_s)


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
