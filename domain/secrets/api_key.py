"""A broker's API key: what may be shown of it, what it may do, and when it is due."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.shared.values import InvalidValue

NAME_MAX = 100
SECRET_MIN = 16
SECRET_MAX = 4_096
ROTATE_DAYS_DEFAULT = 90
ROTATE_DAYS_MAX = 3_650
# A reminder comes this long before a rotation or an expiry is due.
REMIND_BEFORE = timedelta(days=7)
MASK = "****"
_TAIL = 4
# Of what is shorter than this, four characters are too much of it.
_TAILED_FROM = 16


class Environment(StrEnum):
    """Whose money the key trades."""

    LIVE = "live"
    PAPER = "paper"


class KeyPermission(StrEnum):
    """What a broker lets a key do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a broker is shown to prove who asks; never in a repr."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, value in (("key", self.key), ("secret", self.secret)):
            # The problem never repeats the value.
            if not 1 <= len(value) <= SECRET_MAX or not value.isprintable():
                problem = f"must be 1 to {SECRET_MAX} printable characters"
                raise InvalidValue(field=name, problem=problem)
        if len(self.secret) < SECRET_MIN:
            raise InvalidValue(
                field="secret", problem=f"must have at least {SECRET_MIN} characters"
            )
        if self.passphrase is not None and not 1 <= len(self.passphrase) <= SECRET_MAX:
            raise InvalidValue(field="passphrase", problem=f"must be 1 to {SECRET_MAX} characters")

    @property
    def masked(self) -> str:
        """The most that is ever shown of the key again."""
        return MASK + (self.key[-_TAIL:] if len(self.key) >= _TAILED_FROM else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReminder:
    """When somebody was last reminded of a key that is due."""

    id: UUID
    tenant_id: UUID
    version: int
    reminded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Everything about a broker's API key but the key.

    permissions are what the broker told at verified_at. rotated_at is when the present
    credentials came. version rises with every change that a person makes.
    """

    id: UUID
    tenant_id: UUID
    name: str
    label: str
    broker: str
    environment: Environment
    account_id: UUID | None
    masked: str
    permissions: frozenset[KeyPermission]
    allows_withdrawal: bool
    created_at: datetime
    updated_at: datetime
    rotated_at: datetime
    verified_at: datetime
    verified: bool = True
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    rotate_every_days: int = ROTATE_DAYS_DEFAULT
    reminded_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= NAME_MAX:
            raise InvalidValue(field="name", problem=f"must be 1 to {NAME_MAX} characters")
        if not 1 <= self.rotate_every_days <= ROTATE_DAYS_MAX:
            raise InvalidValue(
                field="rotate_every_days", problem=f"must be 1 to {ROTATE_DAYS_MAX} days"
            )

    @property
    def can_withdraw(self) -> bool:
        """Whether the broker would let it move money out."""
        return KeyPermission.WITHDRAW in self.permissions

    @property
    def rotation_due_at(self) -> datetime:
        """When new credentials should take the place of these."""
        return self.rotated_at + timedelta(days=self.rotate_every_days)

    @property
    def due_at(self) -> datetime:
        """The earlier of the rotation and the expiry."""
        ends = self.rotation_due_at
        return ends if self.expires_at is None else min(ends, self.expires_at)

    def is_due(self, now: datetime) -> bool:
        """Tell whether somebody should have acted by now."""
        return now >= self.due_at

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it may not be used any more."""
        return self.expires_at is not None and now >= self.expires_at

    def needs_reminder(self, now: datetime) -> bool:
        """Tell whether nobody was reminded yet of what is due soon."""
        begins = self.due_at - REMIND_BEFORE
        return now >= begins and (self.reminded_at is None or self.reminded_at < begins)
