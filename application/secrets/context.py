"""Share what every use case of API keys does: ask the broker, seal, tell, and audit."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.accounts.book_store import AccountNotFound
from application.secrets.commands import ApiKeyNotFound
from application.shared.asker import Asker
from application.shared.change import Changes
from application.shared.sealing import seal_and_store
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import ApiKey, Credentials, Environment
from domain.shared.notices import Notice
from domain.shared.values import InvalidValue
from ports.accounts import AccountDirectory
from ports.api_keys import API_KEYS, ApiKeys, address_of
from ports.broker_credentials import BrokerCredentials, CredentialsHold, CredentialsRefused
from ports.secrets import (
    SealedRow,
    SealedStore,
    SecretsSealed,
    SecretVault,
)
from ports.storage import StorageCorrupt
from ports.work import EVERY, AtMost, Look, Work

CHANNEL = "secrets"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContext:
    """What the use cases of API keys work with."""

    keys: ApiKeys
    changes: Changes
    vault: SecretVault
    store: SealedStore
    brokers: Mapping[str, BrokerCredentials]
    accounts: AccountDirectory

    def check_unsealed(self) -> None:
        """Raise SecretsSealed before a broker is asked about what could not be kept."""
        if self.vault.why_sealed is not None:
            raise SecretsSealed(self.vault.why_sealed)

    async def find(self, *, tenant_id: UUID, key_id: UUID) -> ApiKey:
        """Return a key; raises ApiKeyNotFound."""
        async with self.changes.works.look(tenant_id) as look:
            return await self.found(look, key_id)

    async def found(self, look: Look, key_id: UUID) -> ApiKey:
        """Return a key as a transaction sees it; raises ApiKeyNotFound."""
        found = await look.records(API_KEYS).get(key_id)
        if found is None:
            raise ApiKeyNotFound(key_id)
        return found

    async def listed(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        due_by: datetime | None = None,
    ) -> Sequence[ApiKey]:
        """Return keys by ascending id, behind `after`; with due_by those due by then."""
        where = EVERY if due_by is None else {"due_at": AtMost(due_by)}
        async with self.changes.works.look(tenant_id) as look:
            return await look.records(API_KEYS).list(limit=limit, after=after, where=where)

    async def change(
        self, work: Work, after: ApiKey, *, what: str, asker: Asker, at: datetime, **detail: str
    ) -> bool:
        """Store and tell a change of the version before; False when it is of another."""
        if not await work.records(API_KEYS).update(after):
            return False
        await self.tell(work, after, what=what, asker=asker, at=at, **detail)
        return True

    async def name_is_taken(self, work: Work, key: ApiKey) -> bool:
        """Tell whether another key of the tenant has the name."""
        found = await work.records(API_KEYS).list(limit=1, where={"name": key.name})
        return any(one.id != key.id for one in found)

    async def check_account(self, account_id: UUID | None, *, tenant_id: UUID) -> None:
        """Raise AccountNotFound unless an account that a key is for is the tenant's."""
        if account_id is None:
            return
        found = await self.accounts.find(tenant_id=tenant_id, account_id=account_id)
        if found is None:
            raise AccountNotFound(account_id)

    async def ask(
        self, credentials: Credentials, *, broker: str, environment: Environment
    ) -> CredentialsHold | CredentialsRefused:
        """Ask the broker what credentials are good for; raises InvalidValue, broker errors."""
        asked = self.brokers.get(broker)
        if asked is None:
            known = ", ".join(sorted(self.brokers))
            raise InvalidValue(field="broker", problem=f"must be one of {known}")
        said = await asked.verify(credentials)
        if isinstance(said, CredentialsHold) and said.environment is not environment:
            return CredentialsRefused(f"they are for {said.environment}, not for {environment}")
        return said

    async def sealed_and(
        self,
        credentials: Credentials,
        *,
        tenant_id: UUID,
        key_id: UUID,
        store: Callable[[SealedRow], Awaitable[T]],
    ) -> T:
        """Seal credentials and store them; see seal_and_store."""
        row = address_of(tenant_id=tenant_id, key_id=key_id)
        return await seal_and_store(self.vault, _written(credentials), row=row, store=store)

    async def opened(self, key: ApiKey) -> Credentials:
        """Return a key's credentials; raises as SecretVault.open, and StorageCorrupt."""
        row = address_of(tenant_id=key.tenant_id, key_id=key.id)
        sealed = await self.store.get(row)
        if sealed is None:
            raise StorageCorrupt(f"API key {key.id} has no credentials")
        return _read(await self.vault.open(sealed, row=row))

    async def tell(
        self, work: Work, key: ApiKey, *, what: str, asker: Asker, at: datetime, **detail: str
    ) -> None:
        """Write the audit entry and the notice of something that is done to a key."""
        notice = Notice(
            id=self.changes.ids.new(),
            tenant_id=key.tenant_id,
            account_id=None,
            channel=CHANNEL,
            sequence=0,
            type=f"api_key.{_PAST[what]}",
            subject=str(key.id),
            at=at,
            market_at=None,
            body={**_described(key), **detail},
        )
        await work.audit(self._entry(key, what=what, asker=asker, at=at, **detail))
        await work.tell(notice)

    async def refuse(
        self, key: ApiKey, *, what: str, asker: Asker, at: datetime, reason: str
    ) -> None:
        """Write the audit entry of something that was asked of a key and not done."""
        entry = self._entry(key, what=what, asker=asker, at=at, reason=reason)
        await self.changes.run(lambda work: work.audit(entry), tenant_id=key.tenant_id)

    def _entry(
        self, key: ApiKey, *, what: str, asker: Asker, at: datetime, **detail: str
    ) -> AuditEntry:
        return AuditEntry(
            id=self.changes.ids.new(),
            tenant_id=key.tenant_id,
            account_id=key.account_id,
            actor=asker.actor,
            action=f"api_key.{what}",
            subject=str(key.id),
            at=at,
            trace_id=asker.trace_id,
            detail=tuple({**_described(key), **detail}.items()),
        )


_PAST = {
    "create": "created",
    "update": "updated",
    "rotate": "rotated",
    "delete": "deleted",
    "verify": "verified",
    "remind": "rotation_due",
}


def _described(key: ApiKey) -> dict[str, str]:
    return {
        "name": key.name,
        "broker": key.broker,
        "environment": key.environment.value,
        "key": key.masked,
        "permissions": " ".join(sorted(key.permissions)),
        "allows_withdrawal": str(key.allows_withdrawal).lower(),
        "verified": str(key.verified).lower(),
        "due_at": key.due_at.isoformat(),
        "version": str(key.version),
    }


def _written(credentials: Credentials) -> bytes:
    said = {
        "key": credentials.key,
        "secret": credentials.secret,
        "passphrase": credentials.passphrase,
    }
    return json.dumps(said).encode()


def _read(plaintext: bytes) -> Credentials:
    try:
        said = json.loads(plaintext)
        return Credentials(key=said["key"], secret=said["secret"], passphrase=said["passphrase"])
    except (ValueError, KeyError, TypeError):
        # The parser's problem would repeat the secret.
        raise StorageCorrupt("opened credentials are not what we write") from None
