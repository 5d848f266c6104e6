"""Keep to a broker's rate limit: calls a second, with a reserve for bursts."""

from dataclasses import dataclass

from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings:
    """How many calls a second in the long run, and how many at once after a pause."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not 0 < self.per_second < float("inf"):
            raise InvalidValue(field="per_second", problem="must be above 0, and finite")
        if self.burst < 1:
            raise InvalidValue(field="burst", problem="must be at least 1")


class RateBudget:
    """A token bucket that can be drawn on ahead: who waits, waits in order."""

    def __init__(self, settings: RateSettings) -> None:
        self._settings = settings
        self._tokens = float(settings.burst)
        self._filled_at_s: float | None = None

    def take(self, *, now_s: float, wait_max_s: float) -> float | None:
        """Take a call; return the seconds to wait before making it, None for too long."""
        own = self._settings
        if self._filled_at_s is not None:
            gained = max(now_s - self._filled_at_s, 0.0) * own.per_second
            self._tokens = min(self._tokens + gained, float(own.burst))
        self._filled_at_s = now_s
        wait_s = max(1.0 - self._tokens, 0.0) / own.per_second
        if wait_s > wait_max_s:
            return None
        self._tokens -= 1.0
        return wait_s
