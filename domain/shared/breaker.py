"""Leave alone for a while whoever failed again and again."""

from dataclasses import dataclass, field

FAILURES_MAX = 5
OPEN_S = 30.0


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Opens after so many failures in a row, for so long; times are of a monotonic clock.

    Mutable: it counts. Once the time is over one failure counts like the first.
    """

    failures_max: int = FAILURES_MAX
    open_s: float = OPEN_S
    _failures: int = field(default=0, init=False)
    _open_until: float = field(default=0.0, init=False)

    def is_open(self, *, now_s: float) -> bool:
        """Tell whether nobody is to be asked."""
        return now_s < self._open_until

    def failed(self, *, now_s: float) -> None:
        """Count a failure."""
        self._failures += 1
        if self._failures >= self.failures_max:
            self._failures = 0
            self._open_until = now_s + self.open_s

    def succeeded(self) -> None:
        """Forget the failures before."""
        self._failures = 0
