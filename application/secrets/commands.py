"""Say what can be asked of brokers' API keys and what comes back."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.secrets.api_key import ROTATE_DAYS_DEFAULT, ApiKey, Credentials, Environment
from domain.shared.refusals import Absent
from ports.broker_credentials import CredentialsRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFields:
    """What a person writes about a key, and may change later."""

    name: str
    label: str = ""
    account_id: UUID | None = None
    allows_withdrawal: bool = False
    expires_at: datetime | None = None
    rotate_every_days: int = ROTATE_DAYS_DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """A new key of a broker, with the credentials that the broker gave out."""

    fields: KeyFields
    broker: str
    environment: Environment
    credentials: Credentials = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStored:
    """The key is kept as shown."""

    key: ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChecked:
    """What the broker said of a key; reason is empty where it holds."""

    key: ApiKey
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawalRefused:
    """The key can move money out of the broker, and nobody allowed that: nothing was stored."""


@dataclass(frozen=True, slots=True)
class KeyNameTaken:
    """The tenant has another key of that name: nothing was stored."""


@dataclass(frozen=True, slots=True)
class TooManyKeys:
    """The tenant has as many keys as there may be."""

    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersionMismatch:
    """The key changed since it was read: nothing was done."""

    current: ApiKey


@dataclass(frozen=True, slots=True)
class KeyDeleted:
    """The key and its credentials are gone."""


class ApiKeyNotFound(Absent):
    """There is no such key, or it is another tenant's."""

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"API key {key_id} does not exist")
        self.key_id = key_id


CreateOutcome = KeyStored | CredentialsRefused | WithdrawalRefused | KeyNameTaken | TooManyKeys
UpdateOutcome = KeyStored | KeyVersionMismatch | WithdrawalRefused | KeyNameTaken
RotateOutcome = KeyStored | CredentialsRefused | WithdrawalRefused
