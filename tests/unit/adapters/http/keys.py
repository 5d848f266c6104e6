"""Keepers of idempotency keys that fail in the ways that real ones do."""

from uuid import UUID

from ports.idempotency import IdempotencyKeys, InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from ports.storage import StorageUnavailable


class HeldKeys:
    """Every key is claimed by someone who never came back."""

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Say that the key is in flight."""
        return InFlight(retry_after_s=int(lapse_s))

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Nothing is held."""
        return False

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Nothing is held."""


class DownKeys(HeldKeys):
    """Storage is away."""

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Fail as storage does."""
        raise StorageUnavailable("storage is away")


class WatchedKeys:
    """Real keys that remember what requests were known by."""

    def __init__(self, inner: IdempotencyKeys) -> None:
        self._inner = inner
        self.hashes: list[bytes] = []

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Remember the hash."""
        self.hashes.append(request_hash)
        return await self._inner.claim(
            tenant_id=tenant_id, key=key, request_hash=request_hash, lapse_s=lapse_s
        )

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Pass it on."""
        return await self._inner.complete(
            tenant_id=tenant_id, key=key, claim=claim, status=status, body=body
        )

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Pass it on."""
        await self._inner.release(tenant_id=tenant_id, key=key, claim=claim)
