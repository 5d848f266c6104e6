"""Count in Redis what all processes are asked."""

from hashlib import sha256

from adapters.redis.client import RedisAway, RedisLink, Script
from ports.rate_limits import RateLimit, RateLimits, check_cost

# GCRA (ITU-T I.371): what is kept is when the bucket will be full again, in microseconds of
# the server's clock, which is one for all. Lua prints large numbers short: hence the format.
_TAKE = Script("""\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at < now then
    full_at = now
end
full_at = full_at + tonumber(ARGV[1])
local early = full_at - tonumber(ARGV[2]) - now
if early > 0.5 then
    return math.ceil(early)
end
local lasts_ms = math.ceil((full_at - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', math.max(1, lasts_ms))
return 0
""")
_US = 1_000_000


class RedisRateLimits:
    """Buckets of all processes (port RateLimits).

    Each question is put to alone too, this process's own limits, which hold its share: what
    they answer counts while Redis is away, and then they know already what was taken. A
    Redis that lost its memory starts with full buckets.
    """

    def __init__(self, *, link: RedisLink, alone: RateLimits, processes: int) -> None:
        self._link = link
        self._alone = alone
        self._processes = processes

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        """Take all of the cost at once, or nothing; return 0 or the seconds to wait."""
        check_cost(limit, cost=cost)
        share = limit.shared_by(self._processes)
        own_wait_s = await self._alone.take(limit=share, key=key, cost=min(cost, share.burst))
        if cost > share.burst:
            # More than this process may ever give away by itself.
            own_wait_s = max(own_wait_s, cost / share.per_s)
        bucket = self._link.key("rate", limit.name, sha256(key.encode()).hexdigest())
        args = [cost * _US / limit.per_s, limit.burst * _US / limit.per_s]
        try:
            wait_us = await self._link.run(_TAKE, keys=[bucket], args=args)
        except RedisAway:
            return own_wait_s
        return int(wait_us) / _US
