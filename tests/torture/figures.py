"""Say how long things took."""

from collections.abc import Sequence


def quantile(values_ms: Sequence[float]) -> str:
    """Return the median, the 99th percentile and the largest in words."""
    parts = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    return ", ".join(f"{name} {at(values_ms, share):.1f} ms" for name, share in parts)


def at(values: Sequence[float], share: float) -> float:
    """Return the value below which the share lies, the higher neighbour; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
