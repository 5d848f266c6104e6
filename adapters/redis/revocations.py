"""Remember in Redis, for a moment, what the authority said of a token."""

from datetime import datetime
from hashlib import sha256

from adapters.redis.client import RedisAway, RedisLink
from ports.revocations import Revocations
from ports.time import Clock

# Half of the second within which everyone knows of a revocation: asking takes the rest.
GOOD_MS = 500
_ENDED, _GOOD = b"ended", b"good"


class RedisRevocations:
    """Ended tokens, cached in front of the authority (port Revocations).

    "Ended" is kept until the token would have expired. "Good" is kept for half a second and
    never written over "ended". What Redis does not say, the authority does: a Redis that is
    away or lost its memory lets nobody in.
    """

    def __init__(self, *, link: RedisLink, authority: Revocations, clock: Clock) -> None:
        self._link = link
        self._authority = authority
        self._clock = clock

    async def revoke(self, *, token_id: str, expires_at: datetime) -> None:
        """End a token; returns when the authority has it."""
        await self._authority.revoke(token_id=token_id, expires_at=expires_at)
        left_ms = int((expires_at - self._clock.now()).total_seconds() * 1000)
        if left_ms <= 0:
            return
        try:
            await self._link.ask("SET", self._key(token_id), _ENDED, "PX", left_ms)
        except RedisAway:
            # Whoever still takes it for good asks again within half a second.
            return

    async def is_revoked(self, token_id: str) -> bool:
        """Tell whether a token was ended; raises StorageUnavailable of the authority."""
        key = self._key(token_id)
        try:
            said = await self._link.ask("GET", key)
        except RedisAway:
            return await self._authority.is_revoked(token_id)
        if said in (_ENDED, _GOOD):
            return bool(said == _ENDED)
        ended = await self._authority.is_revoked(token_id)
        if not ended:
            try:
                await self._link.ask("SET", key, _GOOD, "NX", "PX", GOOD_MS)
            except RedisAway:
                return False
        return ended

    def _key(self, token_id: str) -> str:
        return self._link.key("revoked", sha256(token_id.encode()).hexdigest())
