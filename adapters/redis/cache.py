"""Keep answers in Redis, and let one of all processes find each."""

import asyncio
import struct
from dataclasses import dataclass
from hashlib import sha256

from adapters.redis.client import RedisAway, RedisLink, Script
from adapters.redis.locks import RedisLocks
from ports.cache import CacheKey, CachePolicy, Load
from ports.locks import HeldLock, LocksUnavailable
from ports.randomness import Randomness
from ports.time import Clock, Sleeper

_FIRST_LOOK_S = 0.005
_LONGEST_LOOK_S = 0.1
# Whether there is an answer, and how long it may stand in once it lapsed; then the answer.
_HEAD = struct.Struct(">?Q")
_READ = Script("return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}")
# Only by who still holds the lock: a load that took too long, or was forgotten, is not kept.
_KEEP = Script("""\
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
    return 0
end
redis.call('DEL', KEYS[2])
if tonumber(ARGV[3]) > 0 then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
""")


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes | None
    fresh: bool


class RedisCache:
    """Answers of all processes (port Cache).

    Within a process, all who ask share one look-up; among processes, who takes the lock
    loads. While Redis is away every process loads for itself and keeps nothing.
    """

    def __init__(
        self,
        *,
        link: RedisLink,
        locks: RedisLocks,
        clock: Clock,
        sleeper: Sleeper,
        randomness: Randomness,
    ) -> None:
        self._link = link
        self._locks = locks
        self._clock = clock
        self._sleeper = sleeper
        self._randomness = randomness
        self._flights: dict[CacheKey, asyncio.Task[bytes | None]] = {}

    async def get_or_load(self, *, key: CacheKey, load: Load, policy: CachePolicy) -> bytes | None:
        """Return a fresh answer, or load it once for all who ask."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._find(key, load=load, policy=policy))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Who asked first may leave: the others still wait for it.
        return await asyncio.shield(flight)

    async def forget(self, key: CacheKey) -> bool:
        """Drop an answer, and the right to keep one that is being loaded."""
        self._flights.pop(key, None)
        try:
            await self._link.ask("DEL", self._name(key), self._lock_key(key))
        except RedisAway:
            return False
        return True

    async def _find(self, key: CacheKey, *, load: Load, policy: CachePolicy) -> bytes | None:
        entry = await self._read(key)
        if entry is not None and entry.fresh:
            return entry.value
        give_up_at = self._clock.monotonic() + policy.load_s
        look_s = _FIRST_LOOK_S
        held: HeldLock | None = None
        while held is None:
            try:
                held = await self._locks.take(name=_digest(key), lasts_s=policy.load_s)
            except LocksUnavailable:
                break
            entry = await self._read(key)
            if entry is not None and entry.fresh:
                await self._give_back(held)
                return entry.value
            if held is None:
                if self._clock.monotonic() >= give_up_at:
                    break
                await self._sleeper.sleep(look_s)
                look_s = min(look_s * 2, _LONGEST_LOOK_S)
        try:
            value = await load()
        except Exception:
            await self._give_back(held)
            if entry is not None and policy.stale_s > 0:
                return entry.value
            raise
        await self._keep(key, value=value, policy=policy, held=held)
        return value

    async def _read(self, key: CacheKey) -> _Entry | None:
        """Return what is kept; None while Redis is away, and for what is not ours."""
        try:
            kept, left_ms = await self._link.run(_READ, keys=[self._name(key)], args=[])
        except RedisAway:
            return None
        if not isinstance(kept, bytes) or len(kept) < _HEAD.size:
            return None
        there, stale_ms = _HEAD.unpack_from(kept)
        return _Entry(kept[_HEAD.size :] if there else None, fresh=left_ms > stale_ms)

    async def _keep(
        self, key: CacheKey, *, value: bytes | None, policy: CachePolicy, held: HeldLock | None
    ) -> None:
        if held is None:
            return
        lasts_s = policy.lasts_s(absent=value is None, chance=self._randomness.random())
        stale_ms = round(policy.stale_s * 1000)
        kept_ms = round(lasts_s * 1000) + stale_ms if lasts_s > 0 else 0
        body = value or b""
        if len(body) > policy.size_max_bytes:
            kept_ms, body = 0, b""
        names = [self._name(key), self._lock_key(key)]
        head = _HEAD.pack(value is not None, stale_ms)
        try:
            await self._link.run(_KEEP, keys=names, args=[held.token, head + body, kept_ms])
        except RedisAway:
            # The lock lapses by itself.
            return

    async def _give_back(self, held: HeldLock | None) -> None:
        if held is None:
            return
        try:
            await self._locks.give_back(held)
        except LocksUnavailable:
            return

    def _name(self, key: CacheKey) -> str:
        digest = sha256(key.name.encode()).hexdigest()
        return self._link.key("cache", key.space, digest, tenant_id=key.tenant_id)

    def _lock_key(self, key: CacheKey) -> str:
        return self._locks.key(_digest(key))

    def _landed(self, key: CacheKey, flight: "asyncio.Task[bytes | None]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        # Looked at, so that a failure nobody waits for any more is no warning.
        if not flight.cancelled():
            flight.exception()


def _digest(key: CacheKey) -> str:
    whole = "\0".join(("cache", str(key.tenant_id), key.space, key.name))
    return sha256(whole.encode()).hexdigest()
