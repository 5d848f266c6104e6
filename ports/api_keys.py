"""What the core needs to keep the API keys of brokers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.secrets.address import RowAddress
from domain.secrets.api_key import ApiKey
from domain.shared.notices import Notice
from ports.secrets import SealedRow

TABLE = "api_keys"
COLUMN = "credentials"


class NameTaken(Exception):
    """The tenant has another key of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The audit entry and the notice of a change, stored with it.

    The notice gets the next number of its channel, whatever number it comes with.
    """

    audit: AuditEntry
    notice: Notice | None = None


def address_of(*, tenant_id: UUID, key_id: UUID) -> RowAddress:
    """Return where a key's credentials are sealed."""
    return RowAddress(tenant_id=tenant_id, table=TABLE, column=COLUMN, row=str(key_id))


class ApiKeys(Protocol):
    """API keys of a tenant with their sealed credentials; every change is all or nothing."""

    async def add(self, key: ApiKey, *, sealed: SealedRow, told: Told) -> None:
        """Store a new key; raises NameTaken, KeyStale."""
        ...

    async def get(self, *, tenant_id: UUID, key_id: UUID) -> ApiKey | None:
        """Return the key, None for another tenant's or none."""
        ...

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[ApiKey]:
        """Return keys by ascending id, behind `after`; with due_by those due by then."""
        ...

    async def change(self, key: ApiKey, *, sealed: SealedRow | None, told: Told) -> bool:
        """Replace the key if its stored version is key.version - 1.

        sealed: new credentials in place of the former ones. last_used_at stays the later one.
        Raises NameTaken, KeyStale.
        """
        ...

    async def verified(self, key: ApiKey, *, told: Told) -> bool:
        """Store what the broker told of a key: verified, permissions, verified_at, last use.

        Its version stays. False, and nothing, when it is not there at that version any more.
        """
        ...

    async def remove(self, key: ApiKey, *, told: Told) -> bool:
        """Delete the key and its sealed credentials if it still is of that version."""
        ...

    async def to_remind(self, *, before: datetime, limit: int) -> Sequence[ApiKey]:
        """Return keys of every tenant whose reminder may be due, by ascending id."""
        ...

    async def reminded(self, key: ApiKey, *, at: datetime, told: Told) -> bool:
        """Store that somebody was reminded, unless another process was first."""
        ...

    async def refused(self, audit: AuditEntry) -> None:
        """Store that something was asked of a key and not done."""
        ...

    async def history(
        self, *, tenant_id: UUID, key_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[AuditEntry]:
        """Return what was done with a key, oldest first, also of one that was deleted."""
        ...
