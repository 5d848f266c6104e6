"""Read brokers' API keys from the wire, and show all of them but the secret."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.wire import PRINTABLE, Name, Text, id_of, moment, time_of
from application.secrets.commands import CreateApiKey, KeyFields
from application.secrets.facade import SecretsUseCases
from domain.audit.entry import AuditEntry
from domain.secrets.api_key import (
    ROTATE_DAYS_DEFAULT,
    ROTATE_DAYS_MAX,
    SECRET_MAX,
    SECRET_MIN,
    ApiKey,
    Credentials,
    Environment,
)

_Key = Annotated[str, Meta(min_length=1, max_length=SECRET_MAX, pattern=PRINTABLE)]
_Secret = Annotated[str, Meta(min_length=SECRET_MIN, max_length=SECRET_MAX, pattern=PRINTABLE)]
_Label = Annotated[str, Meta(max_length=500, pattern=PRINTABLE)]
_Days = Annotated[int, Meta(ge=1, le=ROTATE_DAYS_MAX)]
_Moment = Annotated[datetime, Meta(tz=True)]


class ApiKeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What may be changed of a key."""

    name: Name
    label: _Label = ""
    account_id: UUID | None = None
    allow_withdrawal: bool = False
    expires_at: _Moment | None = None
    rotate_every_days: _Days = ROTATE_DAYS_DEFAULT

    def fields(self) -> KeyFields:
        """Return the fields as the core takes them."""
        return KeyFields(
            name=self.name,
            label=self.label,
            account_id=self.account_id,
            allows_withdrawal=self.allow_withdrawal,
            expires_at=self.expires_at,
            rotate_every_days=self.rotate_every_days,
        )


class CredentialsBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the broker gave out."""

    key: _Key
    secret: _Secret
    passphrase: _Key | None = None

    def credentials(self) -> Credentials:
        """Return them as the core takes them."""
        return Credentials(key=self.key, secret=self.secret, passphrase=self.passphrase)

    def __repr__(self) -> str:
        return "CredentialsBody()"


class NewApiKeyBody(ApiKeyBody, forbid_unknown_fields=True, kw_only=True):
    """A new key of a broker."""

    broker: Text
    environment: Literal["live", "paper"]
    key: _Key
    secret: _Secret
    passphrase: _Key | None = None

    def command(self) -> CreateApiKey:
        """Return the command."""
        return CreateApiKey(
            fields=self.fields(),
            broker=self.broker,
            environment=Environment(self.environment),
            credentials=Credentials(key=self.key, secret=self.secret, passphrase=self.passphrase),
        )

    def __repr__(self) -> str:
        return "NewApiKeyBody()"


class CredentialsView(msgspec.Struct):
    """Credentials in full: shown once."""

    key: str
    secret: str
    passphrase: str | None

    def __repr__(self) -> str:
        return "CredentialsView()"


class ApiKeyView(msgspec.Struct, kw_only=True):
    """A key as anyone with the right may see it; key is masked but for its end."""

    id: str
    name: str
    label: str
    broker: str
    environment: str
    account_id: str | None
    key: str
    permissions: list[str]
    allow_withdrawal: bool
    verified: bool
    verified_at: str
    created_at: str
    updated_at: str
    rotated_at: str
    last_used_at: str | None
    expires_at: str | None
    expired: bool
    rotate_every_days: int
    rotation_due_at: str
    due: bool
    version: int


class ApiKeyIssued(ApiKeyView, kw_only=True):
    """A key with its credentials, which leave this once; null in an answer that is repeated."""

    credentials: CredentialsView | None


class ApiKeyPage(msgspec.Struct):
    """Keys in the order they were made."""

    items: list[ApiKeyView]
    next_cursor: str | None


class ApiKeyChecked(msgspec.Struct):
    """What the broker says of a key now; reason says why it does not hold."""

    valid: bool
    reason: str
    key: ApiKeyView


class KeyEventView(msgspec.Struct):
    """One thing that was done with a key: by whom, from where and with what program.

    ip and user_agent are empty where it was no request: a command line, a task.
    """

    id: str
    at: str
    actor: str
    ip: str
    user_agent: str
    action: str
    detail: dict[str, str]
    trace_id: str


class KeyEventPage(msgspec.Struct):
    """What was done with a key, oldest first."""

    items: list[KeyEventView]
    next_cursor: str | None


def key_view(key: ApiKey, *, facade: SecretsUseCases) -> ApiKeyView:
    """Show a key."""
    return ApiKeyView(**_shown(key, now=facade.context.changes.clock.now()))


def issued_view(key: ApiKey, *, credentials: Credentials, facade: SecretsUseCases) -> ApiKeyIssued:
    """Show a key with its credentials, to whoever has just brought them."""
    return ApiKeyIssued(
        **_shown(key, now=facade.context.changes.clock.now()),
        credentials=CredentialsView(
            key=credentials.key, secret=credentials.secret, passphrase=credentials.passphrase
        ),
    )


_ISSUED = msgspec.json.Decoder(ApiKeyIssued)


def without_credentials(body: bytes) -> bytes:
    """Return an answer as it may be stored: without what leaves only once."""
    kept = msgspec.structs.replace(_ISSUED.decode(body), credentials=None)
    return msgspec.json.encode(kept)


def event_view(entry: AuditEntry) -> KeyEventView:
    """Show an audit entry of a key."""
    return KeyEventView(
        id=str(entry.id),
        at=moment(entry.at),
        actor=entry.actor,
        ip=entry.ip,
        user_agent=entry.user_agent,
        action=entry.action,
        detail=dict(entry.detail),
        trace_id=entry.trace_id,
    )


def _shown(key: ApiKey, *, now: datetime) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "label": key.label,
        "broker": key.broker,
        "environment": key.environment.value,
        "account_id": id_of(key.account_id),
        "key": key.masked,
        "permissions": sorted(key.permissions),
        "allow_withdrawal": key.allows_withdrawal,
        "verified": key.verified,
        "verified_at": moment(key.verified_at),
        "created_at": moment(key.created_at),
        "updated_at": moment(key.updated_at),
        "rotated_at": moment(key.rotated_at),
        "last_used_at": time_of(key.last_used_at),
        "expires_at": time_of(key.expires_at),
        "expired": key.is_expired(now),
        "rotate_every_days": key.rotate_every_days,
        "rotation_due_at": moment(key.rotation_due_at),
        "due": key.is_due(now),
        "version": key.version,
    }
