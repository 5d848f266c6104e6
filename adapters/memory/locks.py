"""Keep brief locks within one process."""

from ports.locks import HeldLock
from ports.randomness import Randomness
from ports.time import Clock

_TOKEN_BYTES = 16
_NAMES_MAX = 10_000


class MemoryLocks:
    """Locks by name, each with the token of its taking and the time when it lapses."""

    def __init__(self, *, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._held: dict[str, tuple[str, float]] = {}

    async def take(self, *, name: str, lasts_s: float) -> HeldLock | None:
        """Take it for so long; None: another has it."""
        now = self._clock.monotonic()
        found = self._held.get(name)
        if found is not None and now < found[1]:
            return None
        if len(self._held) >= _NAMES_MAX:
            self._held = {key: one for key, one in self._held.items() if now < one[1]}
        token = self._randomness.token(_TOKEN_BYTES).hex()
        self._held[name] = (token, now + lasts_s)
        return HeldLock(name, token)

    async def give_back(self, held: HeldLock) -> bool:
        """Let the next one have it; False when it was not held any more."""
        found = self._held.get(held.name)
        if found is None or found[0] != held.token:
            return False
        del self._held[held.name]
        return self._clock.monotonic() < found[1]
