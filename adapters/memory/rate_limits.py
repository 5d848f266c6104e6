"""Count what is asked within one process."""

from collections import OrderedDict

from ports.rate_limits import RateLimit, check_cost
from ports.time import Clock

KEYS_MAX = 100_000


class MemoryRateLimits:
    """Buckets by the time at which each will be full again (GCRA, ITU-T I.371).

    The bucket asked least recently goes first when there are too many: it is full by then,
    unless somebody fills a hundred thousand others meanwhile.
    """

    def __init__(self, *, clock: Clock, keys_max: int = KEYS_MAX) -> None:
        self._clock = clock
        self._keys_max = keys_max
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        """Take all of the cost at once, or nothing; return 0 or the seconds to wait."""
        check_cost(limit, cost=cost)
        now = self._clock.monotonic()
        bucket = (limit.name, key)
        full_at = max(self._full_at.get(bucket, now), now) + cost / limit.per_s
        wait_s = full_at - limit.burst / limit.per_s - now
        # The sums above round: what is a billionth of a second early is in time.
        if wait_s > 1e-9:
            return wait_s
        self._full_at[bucket] = full_at
        self._full_at.move_to_end(bucket)
        while len(self._full_at) > self._keys_max:
            self._full_at.popitem(last=False)
        return 0.0
