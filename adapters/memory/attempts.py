"""Count failures within one process."""

from collections import OrderedDict
from dataclasses import dataclass

from ports.time import Clock

# Each entry costs a slow hash to make: nobody fills this quickly enough to push others out.
REMEMBERED_MAX = 10_000
# Bounded so that the power stays a small number.
DOUBLINGS_MAX = 16


@dataclass(frozen=True, slots=True)
class _Tries:
    failures: int
    open_at: float


class MemoryAttempts:
    """Failures by key, for as long as the process lives."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    async def begin(self, *, key: str, first_wait_s: float, longest_wait_s: float) -> float | None:
        """Count a try as failed until told otherwise; return seconds to wait, or None."""
        now = self._clock.monotonic()
        before = self._tries.get(key)
        if before is not None and now < before.open_at:
            return before.open_at - now
        failures = before.failures if before is not None else 0
        wait_s = min(longest_wait_s, first_wait_s * 2.0 ** min(failures, DOUBLINGS_MAX))
        self._tries[key] = _Tries(failures=failures + 1, open_at=now + wait_s)
        self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED_MAX:
            self._tries.popitem(last=False)
        return None

    async def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._tries.pop(key, None)

    async def unchecked(self, key: str) -> None:
        """Take back a try that came to nothing."""
        tried = self._tries.get(key)
        if tried is not None:
            self._tries[key] = _Tries(failures=max(0, tried.failures - 1), open_at=0.0)
