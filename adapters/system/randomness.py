"""Draw from the machine's random source."""

import math
import random
import secrets


class SystemRandomness:
    """Chance that nobody can foresee."""

    __slots__ = ("_source",)

    def __init__(self) -> None:
        self._source = random.SystemRandom()

    def random(self) -> float:
        """Return a number of [0, 1)."""
        return self._source.random()

    def uniform(self, *, low: float, high: float) -> float:
        """Return a number of [low, high]."""
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError(f"uniform needs finite low <= high, not {low} and {high}")
        return self._source.uniform(low, high)

    def token(self, size: int) -> bytes:
        """Return that many bytes fit for a secret."""
        if size < 1:
            raise ValueError(f"a token has at least 1 byte, not {size}")
        return secrets.token_bytes(size)
