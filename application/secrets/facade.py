"""Answer for the API keys of brokers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.secrets.commands import (
    ApiKeyNotFound,
    CreateApiKey,
    CreateOutcome,
    KeyChecked,
    KeyDeleted,
    KeyFields,
    KeyVersionMismatch,
    RotateOutcome,
    UpdateOutcome,
)
from application.secrets.context import KeyContext
from application.secrets.create_key import CreateKey
from application.secrets.delete_key import DeleteKey
from application.secrets.rotate_key import RotateKey
from application.secrets.update_key import UpdateKey
from application.secrets.verify_key import VerifyKey
from application.shared.asker import Asker
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import ApiKey, Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsUseCases:
    """Everything that can be asked of API keys."""

    context: KeyContext
    create_key: CreateKey
    update_key: UpdateKey
    rotate_key: RotateKey
    delete_key: DeleteKey
    verify_key: VerifyKey

    async def create(self, command: CreateApiKey, *, asker: Asker) -> CreateOutcome:
        """Keep a key; see CreateKey."""
        return await self.create_key(command, asker=asker)

    async def get(self, *, tenant_id: UUID, key_id: UUID) -> ApiKey:
        """Return a key; raises ApiKeyNotFound."""
        return await self.context.find(tenant_id=tenant_id, key_id=key_id)

    async def list(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None, due: bool = False
    ) -> Sequence[ApiKey]:
        """Return keys in the order they were made; with due only those that are due."""
        due_by = self.context.changes.clock.now() if due else None
        return await self.context.listed(
            tenant_id=tenant_id, limit=limit, after=after, due_by=due_by
        )

    async def update(
        self,
        fields: KeyFields,
        *,
        key_id: UUID,
        asker: Asker,
        expected_version: int | None = None,
    ) -> UpdateOutcome:
        """Change a key; see UpdateKey."""
        return await self.update_key(
            fields, key_id=key_id, asker=asker, expected_version=expected_version
        )

    async def rotate(
        self, credentials: Credentials, *, key_id: UUID, asker: Asker
    ) -> RotateOutcome:
        """Put new credentials in place of a key's; see RotateKey."""
        return await self.rotate_key(credentials, key_id=key_id, asker=asker)

    async def delete(
        self, *, key_id: UUID, asker: Asker, expected_version: int | None = None
    ) -> KeyDeleted | KeyVersionMismatch:
        """Delete a key; see DeleteKey."""
        return await self.delete_key(key_id=key_id, asker=asker, expected_version=expected_version)

    async def verify(self, *, key_id: UUID, asker: Asker) -> KeyChecked:
        """Ask the broker about a key; see VerifyKey."""
        return await self.verify_key(key_id=key_id, asker=asker)

    async def history(
        self, *, tenant_id: UUID, key_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[AuditEntry]:
        """Return what was done with a key, also with one that was deleted.

        Raises ApiKeyNotFound for one that never was, or is another tenant's.
        """
        keys = self.context.keys
        found = await keys.history(tenant_id=tenant_id, key_id=key_id, limit=limit, after=after)
        if not found and after is None:
            raise ApiKeyNotFound(key_id)
        return found
