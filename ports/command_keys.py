"""What the core's edge needs to know who signed a command."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Producer:
    """Who may send commands: for one tenant, under one name, maybe for some accounts only."""

    key_id: str
    tenant_id: UUID
    actor: str
    # Whose rights it has besides; None leaves those that the key itself gives.
    user_id: UUID | None = None
    # None means every account of the tenant, and the tenant's own matters.
    accounts: frozenset[UUID] | None = None

    def may_touch(self, account_id: UUID | None) -> bool:
        """Tell whether the key reaches an account, or with None the whole tenant."""
        return self.accounts is None or account_id in self.accounts


class CommandKeys(Protocol):
    """Keys of those who send commands."""

    def verify(self, *, key_id: str, content: bytes, mac: bytes) -> Producer | None:
        """Return whose key made the MAC over exactly these bytes, None for any doubt.

        How long it takes tells nothing of the key.
        """
        ...


class ProducerStatus(Protocol):
    """Whether those who send commands still may."""

    async def may_send(self, *, tenant_id: UUID, key_id: str, actor: str) -> bool:
        """Tell whether neither the key nor the user behind it is disabled.

        A change is known within a second. Raises StorageUnavailable when it is not known.
        """
        ...
