"""Keep idempotency keys and their answers in memory."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.database import MemoryDatabase
from ports.idempotency import InFlight, KeyClaim, PriorAnswer, UsedOtherwise
from ports.ids import Ids
from ports.time import Clock

KEYS_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredClaim:
    request_hash: bytes
    claim: UUID
    lapses_at: float
    answer: PriorAnswer | None = None


class MemoryIdempotencyKeys:
    """Keys in memory, the oldest forgotten first once there are too many.

    The database has the keys whose answers are stored with their changes.
    """

    def __init__(
        self, *, clock: Clock, ids: Ids, database: MemoryDatabase, keys_max: int = KEYS_MAX
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._database = database
        self._keys_max = keys_max
        self._kept: OrderedDict[tuple[UUID, str], _StoredClaim] = OrderedDict()

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Take the key, or say what stands against it."""
        now = self._clock.monotonic()
        kept = self._kept.get((tenant_id, key))
        if kept is not None:
            if kept.request_hash != request_hash:
                return UsedOtherwise()
            if kept.answer is not None:
                return kept.answer
            if now < kept.lapses_at:
                return InFlight(retry_after_s=max(1, math.ceil(kept.lapses_at - now)))
        if (tenant_id, key) in self._database.replies:
            return UsedOtherwise()
        claim = self._ids.new()
        self._database.claimed[(tenant_id, key)] = request_hash
        self._kept[(tenant_id, key)] = _StoredClaim(
            request_hash=request_hash, claim=claim, lapses_at=now + lapse_s
        )
        self._kept.move_to_end((tenant_id, key))
        while len(self._kept) > self._keys_max:
            forgotten, _ = self._kept.popitem(last=False)
            self._database.claimed.pop(forgotten, None)
        return KeyClaim(claim)

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Store the answer if the claim is still held."""
        kept = self._kept.get((tenant_id, key))
        if kept is None or kept.claim != claim or kept.answer is not None:
            return False
        self._kept[(tenant_id, key)] = _StoredClaim(
            request_hash=kept.request_hash,
            claim=claim,
            lapses_at=kept.lapses_at,
            answer=PriorAnswer(status=status, body=body),
        )
        return True

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Give the key back if the claim is still held and nothing was answered."""
        kept = self._kept.get((tenant_id, key))
        if kept is not None and kept.claim == claim and kept.answer is None:
            del self._kept[(tenant_id, key)]
            self._database.claimed.pop((tenant_id, key), None)
