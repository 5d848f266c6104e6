"""What the core needs to end an access token before its time."""

from datetime import datetime
from typing import Protocol


class Revocations(Protocol):
    """Which tokens were ended, by their ids.

    A token that was revoked is known as such to every process within a second, and until it
    would have expired anyway, whatever becomes of any cache.
    """

    async def revoke(self, *, token_id: str, expires_at: datetime) -> None:
        """End a token; returns when that is safe. Raises StorageUnavailable."""
        ...

    async def is_revoked(self, token_id: str) -> bool:
        """Tell whether a token was ended; raises StorageUnavailable when that is not known."""
        ...
