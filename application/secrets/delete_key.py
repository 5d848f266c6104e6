"""Delete an API key and erase its credentials."""

from dataclasses import dataclass
from uuid import UUID

from application.secrets.commands import KeyDeleted, KeyVersionMismatch
from application.secrets.context import KeyContext
from application.shared.asker import Asker
from ports.api_keys import API_KEYS, address_of
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteKey:
    """Delete a key, sealed or not: nobody needs the secret to throw it away."""

    context: KeyContext

    async def __call__(
        self, *, key_id: UUID, asker: Asker, expected_version: int | None
    ) -> KeyDeleted | KeyVersionMismatch:
        """Delete it; raises ApiKeyNotFound."""
        context = self.context

        async def delete(work: Work) -> KeyDeleted | KeyVersionMismatch:
            key = await context.found(work, key_id)
            if expected_version is not None and key.version != expected_version:
                return KeyVersionMismatch(current=key)
            if not await work.records(API_KEYS).remove(key.id, version=key.version):
                raise Conflict(f"API key {key_id} changed meanwhile")
            await work.erase(address_of(tenant_id=key.tenant_id, key_id=key.id))
            await context.tell(
                work, key, what="delete", asker=asker, at=context.changes.clock.now()
            )
            return KeyDeleted()

        return await context.changes.run(delete, tenant_id=asker.tenant_id)
