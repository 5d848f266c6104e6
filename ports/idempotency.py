"""What the core needs so that a repeated request is answered, not done again."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.accounts.change import Reply


@dataclass(frozen=True, slots=True)
class Claimed:
    """The key is ours: do the work, then complete or release."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """Another request with this key is being worked on right now."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The key was used before; `reply` is the first answer."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used before with another request."""


class IdempotencyKeys(Protocol):
    """Answers by key and tenant, for requests whose work cannot carry its answer along.

    A claim that is neither completed nor released, because its process died, lapses after
    60 seconds; what it guards must therefore be safe to repeat.
    """

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes
    ) -> Claimed | InFlight | Answered | Mismatch:
        """Claim the key, or say who has it; of concurrent claims exactly one wins."""
        ...

    async def complete(self, *, tenant_id: UUID, reply: Reply) -> None:
        """Store the answer under a claimed key."""
        ...

    async def release(self, *, tenant_id: UUID, key: str) -> None:
        """Give a claimed key back unanswered: the request failed and may be repeated."""
        ...
