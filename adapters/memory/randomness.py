"""Draw the same chance for the same seed."""

import math
import random


class SeededRandomness:
    """Chance that repeats with its seed: for tests and replays, never for secrets."""

    __slots__ = ("_source",)

    def __init__(self, seed: int | str) -> None:
        self._source = random.Random(f"randomness/{seed}")  # noqa: S311 - a seed must repeat a run

    def random(self) -> float:
        """Return a number of [0, 1)."""
        return self._source.random()

    def uniform(self, *, low: float, high: float) -> float:
        """Return a number of [low, high]."""
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"uniform needs finite low <= high, not {low} and {high}")
        return self._source.uniform(low, high)

    def token(self, size: int) -> bytes:
        """Return that many bytes, the same for the same seed."""
        if size < 1:
            raise ValueError(f"a token has at least 1 byte, not {size}")
        return self._source.randbytes(size)
