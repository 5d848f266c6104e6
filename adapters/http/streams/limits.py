"""Bound how fast one reader may send messages."""

from collections.abc import Callable


class MessageRate:
    """A token bucket: so many messages a second, after a burst; now is a monotonic clock."""

    __slots__ = ("_burst", "_filled_at", "_left", "_now", "_per_s")

    def __init__(self, *, now: Callable[[], float], per_s: float, burst: int) -> None:
        self._now = now
        self._per_s = per_s
        self._burst = float(burst)
        self._left = float(burst)
        self._filled_at = now()

    def admits(self) -> bool:
        """Count one message; tell whether it is within the rate."""
        now = self._now()
        self._left = min(self._burst, self._left + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
