"""Delete an API key and erase its credentials."""

from dataclasses import dataclass
from uuid import UUID

from application.secrets.commands import KeyAsker, KeyDeleted, KeyVersionMismatch
from application.secrets.desk import KeyDesk
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteKey:
    """Delete a key, sealed or not: nobody needs the secret to throw it away."""

    desk: KeyDesk

    async def __call__(
        self, *, key_id: UUID, asker: KeyAsker, expected_version: int | None
    ) -> KeyDeleted | KeyVersionMismatch:
        """Delete it; raises ApiKeyNotFound, and Conflict when it changed meanwhile."""
        desk = self.desk
        key = await desk.find(tenant_id=asker.tenant_id, key_id=key_id)
        if expected_version is not None and key.version != expected_version:
            return KeyVersionMismatch(current=key)
        told = desk.told(key, what="delete", asker=asker, at=desk.clock.now())
        if not await desk.keys.remove(key, told=told):
            raise Conflict(f"API key {key_id} changed meanwhile")
        return KeyDeleted()
