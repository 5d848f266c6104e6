"""Change what a person wrote about an API key; its credentials stay."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.secrets.commands import (
    KeyFields,
    KeyNameTaken,
    KeyStored,
    KeyVersionMismatch,
    UpdateOutcome,
    WithdrawalRefused,
)
from application.secrets.context import KeyContext
from application.secrets.create_key import checked_expiry
from application.shared.asker import Asker
from domain.secrets.api_key import ApiKey
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateKey:
    """Replace the written fields of a key."""

    context: KeyContext

    async def __call__(
        self, fields: KeyFields, *, key_id: UUID, asker: Asker, expected_version: int | None
    ) -> UpdateOutcome:
        """Return the key as stored; raises ApiKeyNotFound, InvalidValue, Conflict.

        With expected_version it changes only if the key still is of that version.
        """
        context = self.context
        await context.check_account(fields.account_id, tenant_id=asker.tenant_id)
        at = context.changes.clock.now()

        async def change(work: Work) -> UpdateOutcome:
            # Read where it is stored: what the broker said of it meanwhile must not be undone.
            before = await context.found(work, key_id)
            if expected_version is not None and before.version != expected_version:
                return KeyVersionMismatch(current=before)
            after = _written(before, fields=fields, at=at)
            if after.can_withdraw and not after.allows_withdrawal:
                return WithdrawalRefused()
            if await context.name_is_taken(work, after):
                return KeyNameTaken()
            allowed = str(before.allows_withdrawal).lower()
            changed = await context.change(
                work, after, what="update", asker=asker, at=at, allowed_withdrawal=allowed
            )
            if not changed:
                raise Conflict(f"API key {key_id} changed meanwhile")
            return KeyStored(key=after)

        return await context.changes.run(change, tenant_id=asker.tenant_id)


def _written(before: ApiKey, *, fields: KeyFields, at: datetime) -> ApiKey:
    expires_at = fields.expires_at
    if expires_at != before.expires_at:
        expires_at = checked_expiry(expires_at, now=at)
    after = replace(
        before,
        name=fields.name,
        label=fields.label,
        account_id=fields.account_id,
        allows_withdrawal=fields.allows_withdrawal,
        expires_at=expires_at,
        rotate_every_days=fields.rotate_every_days,
        updated_at=at,
        version=before.version + 1,
    )
    # What is due at another time is to be reminded of again.
    return after if after.due_at == before.due_at else replace(after, reminded_at=None)
