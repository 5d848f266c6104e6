"""What the core needs to keep anyone from asking too much."""

import math
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many a second in the long run, and at most burst at once."""

    name: str
    per_s: float
    burst: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.per_s) and self.per_s > 0 and self.burst >= 1):
            raise ValueError(f"a rate and its burst are positive: {self}")

    def shared_by(self, processes: int) -> "RateLimit":
        """Return the part that one of several processes may give away by itself.

        At least one at once: with a burst below the number of processes, all together give
        away up to one each.
        """
        return replace(self, per_s=self.per_s / processes, burst=max(1, self.burst // processes))


class RateLimits(Protocol):
    """Token buckets by limit and key, counted over all processes that share them."""

    async def take(self, *, limit: RateLimit, key: str, cost: int = 1) -> float:
        """Take all of the cost at once, or nothing.

        Returns 0 when it was taken, else the seconds until it can be. Exact however many ask
        at the same moment. An adapter that cannot reach the others gives away its own part
        only (`RateLimit.shared_by`), and a cost beyond that part waits until it can. Raises
        ValueError for a cost that no bucket holds.
        """
        ...


def check_cost(limit: RateLimit, *, cost: int) -> None:
    """Raise ValueError for a cost that the limit can never admit."""
    if not 1 <= cost <= limit.burst:
        raise ValueError(f"a cost of {limit.name} is 1 to {limit.burst}, not {cost}")
