"""What the core needs to keep the API keys of brokers."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.api_key import ApiKey, KeyReminder
from ports.work import Kind

TABLE = "api_keys"
COLUMN = "credentials"
API_KEYS = Kind(
    TABLE, ApiKey, find_by=("name", "due_at"), computed=("due_at",), proven_as="api_key"
)
# That somebody was reminded changes nothing that is proven.
KEY_REMINDERS = Kind(TABLE, KeyReminder)


def address_of(*, tenant_id: UUID, key_id: UUID) -> RowAddress:
    """Return where a key's credentials are sealed."""
    return RowAddress(tenant_id=tenant_id, table=TABLE, column=COLUMN, row=str(key_id))


class ApiKeys(Protocol):
    """What is asked of API keys beside their records: what the trail says."""

    async def history(
        self, *, tenant_id: UUID, key_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[AuditEntry]:
        """Return what was done with a key, oldest first, also of one that was deleted."""
        ...
