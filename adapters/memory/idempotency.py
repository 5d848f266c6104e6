"""Keep claims and answers in memory."""

from dataclasses import dataclass, field
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.accounts.change import Reply
from ports.idempotency import Answered, Claimed, InFlight, Mismatch
from ports.time import Clock

CLAIM_S = 60.0


@dataclass(frozen=True, slots=True)
class MemoryIdempotencyKeys:
    """Claims of one process (port IdempotencyKeys); answers are in the database."""

    link: MemoryLink
    clock: Clock
    _claims: dict[tuple[UUID, str], tuple[bytes, float]] = field(default_factory=dict)

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes
    ) -> Claimed | InFlight | Answered | Mismatch:
        """Claim the key, or say who has it."""
        database = await self.link.enter()
        reply = database.replies.get((tenant_id, key))
        if reply is not None:
            return Answered(reply) if reply.request_hash == request_hash else Mismatch()
        now = self.clock.monotonic()
        claim = self._claims.get((tenant_id, key))
        if claim is not None and now - claim[1] < CLAIM_S:
            return InFlight() if claim[0] == request_hash else Mismatch()
        self._claims[(tenant_id, key)] = (request_hash, now)
        return Claimed()

    async def complete(self, *, tenant_id: UUID, reply: Reply) -> None:
        """Store the answer under a claimed key."""
        database = await self.link.enter()
        database.replies[(tenant_id, reply.key)] = reply
        self._claims.pop((tenant_id, reply.key), None)

    async def release(self, *, tenant_id: UUID, key: str) -> None:
        """Give a claimed key back unanswered."""
        self._claims.pop((tenant_id, key), None)
