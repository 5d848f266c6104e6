"""Keep answers within one process, for a while."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from ports.cache import CacheKey, CachePolicy, Load
from ports.randomness import Randomness
from ports.time import Clock

ENTRIES_MAX = 10_000
BYTES_MAX = 67_108_864


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes | None
    fresh_until: float
    kept_until: float

    @property
    def size(self) -> int:
        return len(self.value or b"")


class MemoryCache:
    """Answers of this process; those unused for longest go first when there are too many."""

    def __init__(
        self,
        *,
        clock: Clock,
        randomness: Randomness,
        entries_max: int = ENTRIES_MAX,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._entries: OrderedDict[CacheKey, _Entry] = OrderedDict()
        self._bytes = 0
        self._flights: dict[CacheKey, asyncio.Task[bytes | None]] = {}

    async def get_or_load(self, *, key: CacheKey, load: Load, policy: CachePolicy) -> bytes | None:
        """Return a fresh answer, or load it once for all who ask."""
        entry = self._entries.get(key)
        if entry is not None and self._clock.monotonic() < entry.fresh_until:
            self._entries.move_to_end(key)
            return entry.value
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._load(key, load=load, policy=policy))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Who asked first may leave: the others still wait for it.
        return await asyncio.shield(flight)

    async def forget(self, key: CacheKey) -> bool:
        """Drop an answer; nobody else needs to be told."""
        self._drop(key)
        self._flights.pop(key, None)
        return True

    async def _load(self, key: CacheKey, *, load: Load, policy: CachePolicy) -> bytes | None:
        own = asyncio.current_task()
        try:
            value = await load()
        except Exception:
            entry = self._entries.get(key)
            if entry is not None and self._clock.monotonic() < entry.kept_until:
                return entry.value
            raise
        # One that was forgotten meanwhile may be older than what made it be forgotten.
        if self._flights.get(key) is own:
            self._keep(key, value=value, policy=policy)
        return value

    def _keep(self, key: CacheKey, *, value: bytes | None, policy: CachePolicy) -> None:
        self._drop(key)
        lasts_s = policy.lasts_s(absent=value is None, chance=self._randomness.random())
        if lasts_s <= 0 or len(value or b"") > policy.size_max_bytes:
            return
        fresh_until = self._clock.monotonic() + lasts_s
        entry = _Entry(value, fresh_until=fresh_until, kept_until=fresh_until + policy.stale_s)
        self._entries[key] = entry
        self._bytes += entry.size
        while len(self._entries) > self._entries_max or self._bytes > self._bytes_max:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: CacheKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size

    def _landed(self, key: CacheKey, flight: "asyncio.Task[bytes | None]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        # Looked at, so that a failure nobody waits for any more is no warning.
        if not flight.cancelled():
            flight.exception()
