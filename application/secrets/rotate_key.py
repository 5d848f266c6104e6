"""Put new credentials in place of an API key's old ones, which are erased."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.secrets.commands import KeyStored, RotateOutcome, WithdrawalRefused
from application.secrets.context import KeyContext
from application.shared.asker import Asker
from domain.secrets.api_key import Credentials
from ports.api_keys import API_KEYS
from ports.broker_credentials import CredentialsRefused
from ports.secrets import SealedRow
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKey:
    """Ask the broker about the new ones first: until they hold, the old ones stay."""

    context: KeyContext

    async def __call__(
        self, credentials: Credentials, *, key_id: UUID, asker: Asker
    ) -> RotateOutcome:
        """Return the key as stored, or why not.

        Raises ApiKeyNotFound, Conflict, SecretsSealed, KeysUnavailable, broker errors.
        """
        context = self.context
        context.check_unsealed()
        before = await context.find(tenant_id=asker.tenant_id, key_id=key_id)
        said = await context.ask(credentials, broker=before.broker, environment=before.environment)
        at = context.changes.clock.now()
        if isinstance(said, CredentialsRefused):
            await context.refuse(
                before, what="rotate_refused", asker=asker, at=at, reason=said.reason
            )
            return said
        after = replace(
            before,
            masked=credentials.masked,
            permissions=said.permissions,
            verified=True,
            verified_at=at,
            rotated_at=at,
            updated_at=at,
            reminded_at=None,
            version=before.version + 1,
        )
        if after.can_withdraw and not after.allows_withdrawal:
            reason = "it can withdraw"
            await context.refuse(after, what="rotate_refused", asker=asker, at=at, reason=reason)
            return WithdrawalRefused()

        async def store(sealed: SealedRow) -> bool:
            async def change(work: Work) -> bool:
                # What it was last used at is no change of its version: the latest stays.
                now = await work.records(API_KEYS).get(key_id)
                if now is None:
                    return False
                changed = await context.change(
                    work,
                    replace(after, last_used_at=now.last_used_at),
                    what="rotate",
                    asker=asker,
                    at=at,
                    key_before=before.masked,
                )
                if changed:
                    await work.seal(sealed)
                return changed

            return await context.changes.run(change, tenant_id=after.tenant_id)

        stored = await context.sealed_and(
            credentials, tenant_id=after.tenant_id, key_id=after.id, store=store
        )
        if not stored:
            raise Conflict(f"API key {key_id} changed meanwhile")
        return KeyStored(key=after)
