"""What the core's edge needs so that a repeated request is answered, not carried out again."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """The key is the caller's until it completes, is released, or lapses."""

    claim: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Another request with this key is being carried out, or its outcome is not known yet."""

    retry_after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAnswer:
    """The key was used with the same request before: its answer, byte by byte."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class UsedOtherwise:
    """The key was used with another request before."""


class AlreadyAnswered(Exception):
    """The key has an answer already: nothing was stored; read the answer."""


class IdempotencyKeys(Protocol):
    """Claims on keys and the answers given under them, per tenant.

    For requests whose change and answer are not stored in one transaction. Orders and
    risk rules are: they keep their answers with the change. A key used for one of those is
    used otherwise here, and the other way round.
    """

    async def claim(
        self, *, tenant_id: UUID, key: str, request_hash: bytes, lapse_s: float
    ) -> KeyClaim | InFlight | PriorAnswer | UsedOtherwise:
        """Take the key, or say what stands against it; of many callers one takes it.

        A claim neither completed nor released lapses after lapse_s: then the same request
        may take the key again. Raises StorageUnavailable.
        """
        ...

    async def complete(
        self, *, tenant_id: UUID, key: str, claim: UUID, status: int, body: bytes
    ) -> bool:
        """Store the answer; False when the claim is no longer held, and nothing is stored."""
        ...

    async def release(self, *, tenant_id: UUID, key: str, claim: UUID) -> None:
        """Give the key back unused; nothing happens when the claim is no longer held."""
        ...
