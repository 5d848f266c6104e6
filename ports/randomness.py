"""What the core needs of chance."""

from typing import Protocol


class Randomness(Protocol):
    """Chance, for jitter and for secrets."""

    def random(self) -> float:
        """Return a number of [0, 1)."""
        ...

    def uniform(self, *, low: float, high: float) -> float:
        """Return a number of [low, high]; raises ValueError unless low <= high, both finite."""
        ...

    def token(self, size: int) -> bytes:
        """Return that many random bytes, unpredictable where the adapter is the system's.

        Raises ValueError when size is below 1.
        """
        ...
