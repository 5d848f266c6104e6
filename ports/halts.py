"""What the core needs so that anything alarming can stop an account."""

from typing import Protocol
from uuid import UUID


class RaiseHalt(Protocol):
    """Stop an account: something does not add up, or a limit was broken."""

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Engage a latch on the account; engaged already is as good."""
        ...
