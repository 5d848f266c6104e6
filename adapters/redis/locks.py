"""Keep brief locks in Redis."""

from adapters.redis.client import RedisAway, RedisLink, Script
from ports.locks import HeldLock, LocksUnavailable
from ports.randomness import Randomness

_TOKEN_BYTES = 16
_GIVE_BACK = Script("""\
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
""")


class RedisLocks:
    """Locks as keys that expire, each holding the token of its taking (port Locks)."""

    def __init__(self, *, link: RedisLink, randomness: Randomness) -> None:
        self._link = link
        self._randomness = randomness

    def key(self, name: str) -> str:
        """Return where a lock is kept."""
        return self._link.key("lock", name)

    async def take(self, *, name: str, lasts_s: float) -> HeldLock | None:
        """Take it for so long; None: another has it."""
        token = self._randomness.token(_TOKEN_BYTES).hex()
        lasts_ms = max(1, round(lasts_s * 1000))
        try:
            taken = await self._link.ask("SET", self.key(name), token, "NX", "PX", lasts_ms)
        except RedisAway as problem:
            raise LocksUnavailable(str(problem)) from problem
        return None if taken is None else HeldLock(name, token)

    async def give_back(self, held: HeldLock) -> bool:
        """Let the next one have it; False when it was not held any more."""
        try:
            gone = await self._link.run(_GIVE_BACK, keys=[self.key(held.name)], args=[held.token])
        except RedisAway as problem:
            raise LocksUnavailable(str(problem)) from problem
        return bool(gone)
