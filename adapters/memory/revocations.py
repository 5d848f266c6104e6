"""Keep ended tokens in memory."""

from datetime import datetime

from ports.time import Clock

_SWEEP_AT = 10_000


class MemoryRevocations:
    """Ended tokens of this process, until each would have expired anyway."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._ended: dict[str, datetime] = {}
        self._sweep_at = _SWEEP_AT

    async def revoke(self, *, token_id: str, expires_at: datetime) -> None:
        """End a token."""
        now = self._clock.now()
        if len(self._ended) >= self._sweep_at:
            self._ended = {one: at for one, at in self._ended.items() if now < at}
            # None of those left may be dropped: look again when there are twice as many.
            self._sweep_at = max(_SWEEP_AT, 2 * len(self._ended))
        if now < expires_at:
            self._ended[token_id] = expires_at

    async def is_revoked(self, token_id: str) -> bool:
        """Tell whether a token was ended."""
        return token_id in self._ended
