"""Count in Redis the failures that all processes saw."""

from hashlib import sha256

from adapters.redis.client import RedisAway, RedisLink, Script
from ports.attempts import Attempts

_REMEMBERED_MS = 86_400_000
# Failures are bounded so that the power stays a small number.
_BEGIN = Script("""\
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'failures', 'open_at')
local open_at = tonumber(known[2] or 0)
if now < open_at then
    return open_at - now
end
local failures = tonumber(known[1] or 0)
local wait = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ math.min(failures, 16))
redis.call('HSET', KEYS[1], 'failures', failures + 1, 'open_at', string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return -1
""")
_UNCHECKED = Script("""\
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
if failures <= 1 then
    return redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'failures', failures - 1, 'open_at', 0)
return 1
""")


class RedisAttempts:
    """Failures by key in all processes (port Attempts).

    alone counts this process's own as well, and decides while Redis is away. Keys are kept
    as digests: an e-mail address is nobody's business there.
    """

    def __init__(self, *, link: RedisLink, alone: Attempts) -> None:
        self._link = link
        self._alone = alone

    async def begin(self, *, key: str, first_wait_s: float, longest_wait_s: float) -> float | None:
        """Count a try as failed until told otherwise; return seconds to wait, or None."""
        own_wait_s = await self._alone.begin(
            key=key, first_wait_s=first_wait_s, longest_wait_s=longest_wait_s
        )
        args = [first_wait_s * 1000, longest_wait_s * 1000, _REMEMBERED_MS]
        try:
            wait_ms = await self._link.run(_BEGIN, keys=[self._key(key)], args=args)
        except RedisAway:
            return own_wait_s
        return None if wait_ms < 0 else wait_ms / 1000

    async def succeeded(self, key: str) -> None:
        """Forget the failures of a key; those that Redis cannot be told of lapse there."""
        await self._alone.succeeded(key)
        try:
            await self._link.ask("DEL", self._key(key))
        except RedisAway:
            return

    async def unchecked(self, key: str) -> None:
        """Take back a try that came to nothing."""
        await self._alone.unchecked(key)
        try:
            await self._link.run(_UNCHECKED, keys=[self._key(key)], args=[])
        except RedisAway:
            return

    def _key(self, key: str) -> str:
        return self._link.key("attempts", sha256(key.encode()).hexdigest())
