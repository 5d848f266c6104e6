"""Count log-in tries in memory."""

from collections import OrderedDict
from dataclasses import dataclass

from ports.identity import FIRST_WAIT_S, LONGEST_WAIT_S
from ports.time import Clock

# Each entry costs a slow hash to make: nobody fills this quickly enough to push others out.
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Tries:
    failures: int
    open_at: float


class MemoryLoginTries:
    """Failures per e-mail address for as long as the process lives (port LoginTries)."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    async def begin(self, email: str) -> float | None:
        """Count a try as failed; return seconds to wait, or None when it may be made."""
        key = email.casefold()
        now = self._clock.monotonic()
        before = self._tries.get(key)
        if before is not None and now < before.open_at:
            return before.open_at - now
        failures = before.failures if before is not None else 0
        # The exponent is bounded so that the power stays a small number.
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures, 16))
        self._tries[key] = _Tries(failures=failures + 1, open_at=now + wait_s)
        self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED_MAX:
            self._tries.popitem(last=False)
        return None

    async def succeeded(self, email: str) -> None:
        """Forget the failures of an address."""
        self._tries.pop(email.casefold(), None)

    async def unchecked(self, email: str) -> None:
        """Take back a try whose password was never checked."""
        key = email.casefold()
        tried = self._tries.get(key)
        if tried is not None:
            self._tries[key] = _Tries(failures=max(0, tried.failures - 1), open_at=0.0)
