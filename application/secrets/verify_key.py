"""Ask the broker whether an API key still holds, and what it may do."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.secrets.commands import KeyAsker, KeyChecked
from application.secrets.desk import KeyDesk
from ports.broker_credentials import CredentialsHold
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """Open the credentials, show them to the broker, and keep what it says."""

    desk: KeyDesk

    async def __call__(self, *, key_id: UUID, asker: KeyAsker) -> KeyChecked:
        """Return the key with what the broker says of it now.

        Raises ApiKeyNotFound, Conflict, SecretsSealed, KeysUnavailable, SecretUnreadable,
        broker errors.
        """
        desk = self.desk
        key = await desk.find(tenant_id=asker.tenant_id, key_id=key_id)
        credentials = await desk.opened(key)
        said = await desk.ask(credentials, broker=key.broker, environment=key.environment)
        at = desk.clock.now()
        after = replace(key, verified_at=at, last_used_at=at, verified=True)
        reason = ""
        if isinstance(said, CredentialsHold):
            after = replace(after, permissions=said.permissions)
            if after.can_withdraw and not after.allows_withdrawal:
                after, reason = replace(after, verified=False), "it can withdraw"
        else:
            after, reason = replace(after, verified=False), said.reason
        told = desk.told(after, what="verify", asker=asker, at=at, reason=reason)
        if not await desk.keys.verified(after, told=told):
            raise Conflict(f"API key {key_id} changed meanwhile")
        return KeyChecked(key=after, reason=reason)
