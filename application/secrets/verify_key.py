"""Ask the broker whether an API key still holds, and what it may do."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.secrets.commands import KeyChecked
from application.secrets.context import KeyContext
from application.shared.asker import Asker
from ports.api_keys import API_KEYS
from ports.broker_credentials import CredentialsHold
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyKey:
    """Open the credentials, show them to the broker, and keep what it says."""

    context: KeyContext

    async def __call__(self, *, key_id: UUID, asker: Asker) -> KeyChecked:
        """Return the key with what the broker says of it now.

        Raises ApiKeyNotFound, Conflict, SecretsSealed, KeysUnavailable, SecretUnreadable,
        broker errors.
        """
        context = self.context
        key = await context.find(tenant_id=asker.tenant_id, key_id=key_id)
        credentials = await context.opened(key)
        said = await context.ask(credentials, broker=key.broker, environment=key.environment)
        at = context.changes.clock.now()
        after = replace(key, verified_at=at, last_used_at=at, verified=True)
        reason = ""
        if isinstance(said, CredentialsHold):
            after = replace(after, permissions=said.permissions)
            if after.can_withdraw and not after.allows_withdrawal:
                after, reason = replace(after, verified=False), "it can withdraw"
        else:
            after, reason = replace(after, verified=False), said.reason

        async def change(work: Work) -> bool:
            keys = work.records(API_KEYS)
            before = await keys.get(key_id)
            if before is None:
                return False
            used = at if before.last_used_at is None else max(at, before.last_used_at)
            told = replace(
                before,
                verified=after.verified,
                permissions=after.permissions,
                verified_at=at,
                last_used_at=used,
            )
            # Nobody changed it: its version stays.
            if not await keys.update(told, seen=key.version):
                return False
            await context.tell(work, after, what="verify", asker=asker, at=at, reason=reason)
            return True

        if not await context.changes.run(change, tenant_id=key.tenant_id):
            raise Conflict(f"API key {key_id} changed meanwhile")
        return KeyChecked(key=after, reason=reason)
