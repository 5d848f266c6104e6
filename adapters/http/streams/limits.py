"""Bound how fast one reader may send messages."""

from ports.time import Clock


class MessageRate:
    """A token bucket: so many messages a second, after a burst."""

    __slots__ = ("_burst", "_clock", "_filled_at", "_left", "_per_s")

    def __init__(self, *, clock: Clock, per_s: float, burst: int) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = float(burst)
        self._left = float(burst)
        self._filled_at = clock.monotonic()

    def admits(self) -> bool:
        """Count one message; tell whether it is within the rate."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
