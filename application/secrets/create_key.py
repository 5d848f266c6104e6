"""Keep a broker's API key, once the broker has said what it can do."""

from dataclasses import dataclass, replace
from datetime import datetime

from application.secrets.commands import (
    CreateApiKey,
    CreateOutcome,
    KeyNameTaken,
    KeyStored,
    TooManyKeys,
    WithdrawalRefused,
)
from application.secrets.context import KeyContext
from application.shared.asker import Asker
from domain.secrets.api_key import ApiKey
from domain.shared.values import InvalidValue, checked_time
from ports.api_keys import API_KEYS
from ports.broker_credentials import CredentialsRefused
from ports.secrets import SealedRow
from ports.work import Work

KEYS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateKey:
    """Ask the broker first: what it does not know, or what can withdraw, is not kept."""

    context: KeyContext

    async def __call__(self, command: CreateApiKey, *, asker: Asker) -> CreateOutcome:
        """Return the key as stored, or why not.

        Raises InvalidValue, SecretsSealed, KeysUnavailable, broker and storage errors.
        """
        context = self.context
        context.check_unsealed()
        key = self._key(command, asker=asker, at=context.changes.clock.now())
        await context.check_account(key.account_id, tenant_id=key.tenant_id)
        listed = await context.listed(tenant_id=asker.tenant_id, limit=KEYS_MAX)
        if len(listed) >= KEYS_MAX:
            return TooManyKeys(KEYS_MAX)
        if any(one.name == key.name for one in listed):
            return KeyNameTaken()
        said = await context.ask(
            command.credentials, broker=key.broker, environment=key.environment
        )
        at = context.changes.clock.now()
        if isinstance(said, CredentialsRefused):
            await context.refuse(key, what="create_refused", asker=asker, at=at, reason=said.reason)
            return said
        key = replace(key, permissions=said.permissions, verified_at=at)
        if key.can_withdraw and not key.allows_withdrawal:
            reason = "it can withdraw"
            await context.refuse(key, what="create_refused", asker=asker, at=at, reason=reason)
            return WithdrawalRefused()

        async def store(sealed: SealedRow) -> CreateOutcome:
            async def add(work: Work) -> CreateOutcome:
                keys = work.records(API_KEYS)
                if await keys.count() >= KEYS_MAX:
                    return TooManyKeys(KEYS_MAX)
                if await context.name_is_taken(work, key):
                    return KeyNameTaken()
                await keys.add(key)
                await work.seal(sealed)
                await context.tell(work, key, what="create", asker=asker, at=at)
                return KeyStored(key=key)

            return await context.changes.run(add, tenant_id=key.tenant_id)

        return await context.sealed_and(
            command.credentials, tenant_id=key.tenant_id, key_id=key.id, store=store
        )

    def _key(self, command: CreateApiKey, *, asker: Asker, at: datetime) -> ApiKey:
        fields = command.fields
        return ApiKey(
            id=self.context.changes.ids.new(),
            tenant_id=asker.tenant_id,
            name=fields.name,
            label=fields.label,
            broker=command.broker,
            environment=command.environment,
            account_id=fields.account_id,
            masked=command.credentials.masked,
            permissions=frozenset(),
            allows_withdrawal=fields.allows_withdrawal,
            created_at=at,
            updated_at=at,
            rotated_at=at,
            verified_at=at,
            expires_at=checked_expiry(fields.expires_at, now=at),
            rotate_every_days=fields.rotate_every_days,
        )


def checked_expiry(expires_at: datetime | None, *, now: datetime) -> datetime | None:
    """Return an expiry that is still to come; raises InvalidValue."""
    if expires_at is None:
        return None
    checked = checked_time(expires_at, field="expires_at")
    if checked <= now:
        raise InvalidValue(field="expires_at", problem="must be later than now")
    return checked
