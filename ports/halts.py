"""What the core needs so that anything alarming can stop an account."""

from typing import Protocol
from uuid import UUID

from domain.kill_switch.latch import Level


class RaiseHalt(Protocol):
    """Stop an account: something does not add up, or a limit was broken."""

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Engage a latch on the account; engaged already is as good."""
        ...


class RaiseTenantHalt(Protocol):
    """Stop all of a tenant, as far as is said: its owners have fallen silent."""

    async def __call__(self, *, tenant_id: UUID, latch_id: UUID, level: Level, reason: str) -> None:
        """Engage that latch; engaged or released already is as good."""
        ...
