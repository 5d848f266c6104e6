"""Keep to what a broker takes in a second, before anything is promised to be sent."""

from dataclasses import dataclass, field

# A little below what the broker says: what was counted here leaves there a moment later.
SHARE = 0.9


@dataclass(slots=True)
class Pace:
    """How many sends may begin now; a second's worth may go at once."""

    per_second: float | None
    _left: float = field(init=False)
    _at_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._left = self._most

    @property
    def _most(self) -> float:
        return max(1.0, (self.per_second or 0.0) * SHARE)

    def room(self, *, now_s: float, wanted: int) -> int:
        """Return how many of those wanted may begin now."""
        if self.per_second is None:
            return wanted
        if self._at_s is not None:
            gained = max(now_s - self._at_s, 0.0) * self.per_second * SHARE
            self._left = min(self._left + gained, self._most)
        self._at_s = now_s
        return min(wanted, int(self._left))

    def spend(self, sends: int) -> None:
        """Count sends that begin."""
        if self.per_second is not None:
            self._left -= sends
