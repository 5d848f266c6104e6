"""Bound how much anyone may ask: by group of routes, for a principal or a network."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from litestar.types import HTTPScope, Scope

from adapters.http.clients import client_of
from adapters.http.cors import Headers
from adapters.http.open_paths import HEALTH
from adapters.http.problem_kinds import TOO_MANY
from adapters.http.problems import Problem, later
from domain.identity.session import Visitor
from ports.rate_limits import RateLimit, RateLimits
from ports.time import Clock

ORDERS_PATH = "/api/v1/orders"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ORDERING = (f"{ORDERS_PATH}/", "/api/v1/order-groups")
_STOPPING = frozenset({f"{ORDERS_PATH}/cancel-all", "/api/v1/kill-switch/activate"})
KEYS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What each group of routes allows.

    auth: logging in and what else is under /auth. open: whatever is asked without a token
    that holds. shared: the groups that are counted over all processes.
    """

    auth: RateLimit = field(default=RateLimit(name="auth", per_s=50, burst=1_000))
    open: RateLimit = field(default=RateLimit(name="open", per_s=200, burst=5_000))
    orders: RateLimit = field(default=RateLimit(name="orders", per_s=5_000, burst=20_000))
    changes: RateLimit = field(default=RateLimit(name="changes", per_s=1_000, burst=10_000))
    reads: RateLimit = field(default=RateLimit(name="reads", per_s=5_000, burst=20_000))
    shared: frozenset[str] = field(default=frozenset({"auth", "changes", "open"}))

    def __post_init__(self) -> None:
        unknown = self.shared - GROUPS
        if unknown:
            raise ValueError(f"no group of routes is called {', '.join(sorted(unknown))}")


GROUPS = frozenset({"auth", "open", "orders", "changes", "reads"})


def group_of(method: str, path: str) -> str | None:
    """Return the group of what a principal asks, None for what is never held up.

    That is what stops trading: cancels, the activation of the kill switch, pausing an agent.
    """
    if path == ORDERS_PATH and method == "POST":
        return "orders"
    if method in _READING:
        return "reads"
    path = path.rstrip("/")
    if path in _STOPPING or (method == "DELETE" and path.startswith(_ORDERING)):
        return None
    if path.startswith("/api/v1/agents/") and path.endswith("/pause"):
        return None
    if path == ORDERS_PATH or path.startswith(_ORDERING):
        return "orders"
    return "auth" if path.startswith("/api/v1/auth/") else "changes"


class Bucket:
    """One group's buckets within this process, by who asks (GCRA, ITU-T I.371).

    Without a wait in it: this is on every request. The bucket asked least recently goes
    first when there are too many.
    """

    __slots__ = ("_capacity_s", "_each_s", "_full_at", "_keys_max", "limit", "policy")

    def __init__(self, limit: RateLimit, *, keys_max: int = KEYS_MAX) -> None:
        self.limit = limit
        self._each_s = 1.0 / limit.per_s
        self._capacity_s = limit.burst / limit.per_s
        self._keys_max = keys_max
        self._full_at: OrderedDict[int | str, float] = OrderedDict()
        window_s = max(1, math.ceil(self._capacity_s))
        self.policy = (
            b"ratelimit-policy",
            b'"%b";q=%d;w=%d' % (_name(limit), limit.burst, window_s),
        )

    def take(self, key: int | str, *, now: float) -> float:
        """Take one; return the seconds that the bucket then needs to be full, or minus the wait."""
        full_at = self._full_at.get(key, now)
        if full_at < now:
            full_at = now
        lacks_s = full_at + self._each_s - now
        # The sums round: what is a billionth of a second early is in time.
        if lacks_s - self._capacity_s > 1e-9:
            return self._capacity_s - lacks_s
        self._full_at[key] = full_at + self._each_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys_max:
            self._full_at.popitem(last=False)
        return lacks_s

    def give_back(self, key: int | str) -> None:
        """Take one less: what it was taken for did not come about."""
        if key in self._full_at:
            self._full_at[key] -= self._each_s

    def told(self, lacks_s: float) -> Headers:
        """Return the headers of an answer: the policy, and what is left once that is under half.

        draft-ietf-httpapi-ratelimit-headers-10: RateLimit-Policy and RateLimit.
        """
        if lacks_s * 2 <= self._capacity_s:
            return (self.policy,)
        left = max(0, math.floor((self._capacity_s - lacks_s) * self.limit.per_s + 1e-6))
        return (self.policy, self.left(left, after_s=lacks_s))

    def left(self, left: int, *, after_s: float) -> tuple[bytes, bytes]:
        """Return how many more there may be, and after how many seconds more again."""
        return b"ratelimit", b'"%b";r=%d;t=%d' % (_name(self.limit), left, math.ceil(after_s))


class RouteRates:
    """Counts requests, first within this process, then over all where that is set."""

    def __init__(self, rates: Rates, *, limits: RateLimits, clock: Clock) -> None:
        self._limits = limits
        self._now = clock.monotonic
        self._shared = rates.shared
        each = (rates.auth, rates.open, rates.orders, rates.changes, rates.reads)
        self._buckets = {limit.name: Bucket(limit) for limit in each}
        self._over_all = {
            name: RateLimit(name=f"http-{name}", per_s=one.limit.per_s, burst=one.limit.burst)
            for name, one in self._buckets.items()
        }

    async def principal(self, scope: HTTPScope, *, who: UUID) -> tuple[Problem | None, Headers]:
        """Count what a principal asks; return why it stops here, and headers of the answer."""
        group = group_of(scope["method"], scope["path"])
        return (None, ()) if group is None else await self._take(group, key=who.int)

    async def anyone(self, scope: HTTPScope) -> tuple[Problem | None, Headers]:
        """Count what is asked of an open path, by the network that it comes from."""
        path = scope["path"]
        if path in HEALTH:
            return None, ()
        group = "auth" if path.startswith("/api/v1/auth/") else "open"
        return await self._take(group, key=_network(scope))

    async def stranger(self, scope: Scope) -> tuple[Problem | None, Headers]:
        """Count a request whose token does not hold; whoever has one that does is not counted."""
        return await self._take("open", key=_network(scope))

    @contextmanager
    def guess(self, scope: Scope) -> Iterator[None]:
        """Look at storage for a stranger, who may be found to be none; raises the problem.

        A network has no more such looks in hand than strangers of its may ask. Whoever they
        show to be a stranger is then counted as one, and nobody else.
        """
        bucket, key = self._buckets["open"], _network(scope)
        lacks_s = bucket.take(key, now=self._now())
        if lacks_s < 0:
            raise _too_many("open", wait_s=-lacks_s)
        try:
            yield
        finally:
            bucket.give_back(key)

    async def _take(self, group: str, *, key: int | str) -> tuple[Problem | None, Headers]:
        bucket = self._buckets[group]
        lacks_s = bucket.take(key, now=self._now())
        wait_s = -lacks_s if lacks_s < 0 else 0.0
        if not wait_s and group in self._shared:
            wait_s = await self._limits.take(limit=self._over_all[group], key=str(key))
        if not wait_s:
            return None, bucket.told(lacks_s)
        left = bucket.left(0, after_s=max(1, math.ceil(wait_s)))
        return _too_many(group, wait_s=wait_s), (bucket.policy, left)


def _too_many(group: str, *, wait_s: float) -> Problem:
    detail = f"too many requests of the kind {group}: come back after Retry-After seconds"
    return later(detail, retry_after_s=max(1, math.ceil(wait_s)), kind=TOO_MANY)


def _network(scope: Scope) -> str:
    return Visitor(ip=client_of(scope)).network


def _name(limit: RateLimit) -> bytes:
    return limit.name.encode()
