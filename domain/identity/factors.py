"""Hold what somebody shows beside the password: factors, challenges, and the way back without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LABEL_MAX = 100
HOUR = timedelta(hours=1)


class FactorKind(StrEnum):
    """What can be shown beside a password."""

    TOTP = "totp"
    BACKUP_CODE = "backup_code"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSummary:
    """Which second factors a user has; since is when the oldest app or passkey came."""

    has_app: bool = False
    has_code: bool = False
    has_passkey: bool = False
    since: datetime | None = None

    @property
    def kinds(self) -> frozenset[FactorKind]:
        """What can be shown. Backup codes alone are no factor: they stand in for another."""
        if not self.has_app and not self.has_passkey:
            return frozenset()
        there = (
            (FactorKind.TOTP, self.has_app),
            (FactorKind.BACKUP_CODE, self.has_code),
            (FactorKind.PASSKEY, self.has_passkey),
        )
        return frozenset(kind for kind, has in there if has)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorLimits:
    """How long things are good for, and how often one may guess."""

    challenge: timedelta = timedelta(minutes=5)
    # An enrolment that nobody confirms is over.
    enrolment: timedelta = timedelta(minutes=15)
    recovery: timedelta = timedelta(hours=48)
    tries_challenge: int = 5
    # In any hour, over all challenges and step-ups: of each device on which the user has shown a
    # factor, and of all strangers together.
    tries_hour: int = 10
    # Of the strangers of one network, and of a known device away from home.
    tries_network: int = 5
    totp_max: int = 5

    def __post_init__(self) -> None:
        spans = (self.challenge, self.enrolment, self.recovery)
        counts = (self.tries_challenge, self.tries_hour, self.tries_network, self.totp_max)
        if min(spans) <= timedelta(0) or min(counts) < 1:
            raise ValueError("the limits of factors are positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpFactor:
    """An authenticator app of a user; its seed is sealed elsewhere, under this id."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    label: str
    created_at: datetime
    # None until a code has shown that the app has the seed.
    confirmed_at: datetime | None = None
    removed_at: datetime | None = None
    # The last time step that let anyone in: no code of it, or of an earlier one, does again.
    last_step: int = -1
    last_used_at: datetime | None = None
    # The session that began it; None for a token without one.
    session_id: UUID | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether its codes count."""
        return self.confirmed_at is not None and self.removed_at is None

    def is_pending(self, now: datetime, *, lasts: timedelta) -> bool:
        """Tell whether it still waits for its first code."""
        waits = self.confirmed_at is None and self.removed_at is None
        return waits and now < self.created_at + lasts

    def removed(self, at: datetime) -> "TotpFactor":
        """Return it as gone."""
        return replace(self, removed_at=at)


def making_way(
    apps: Sequence[TotpFactor], *, new: TotpFactor, limits: FactorLimits
) -> Sequence[TotpFactor]:
    """Return the unconfirmed apps, of all oldest first, that are over when a new one is begun.

    Each session has one: whoever is in beside the user cannot take theirs away. There are as
    many as a user may have apps; of more sessions the oldest one's makes way.
    """
    waiting = [one for one in apps if not one.is_active]
    others = [
        one
        for one in waiting
        if one.session_id != new.session_id
        and one.is_pending(new.created_at, lasts=limits.enrolment)
    ]
    left = others[-(limits.totp_max - 1) :] if limits.totp_max > 1 else []
    return [one for one in waiting if one not in left]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCode:
    """A code that is good once, where the app is not at hand; kept as its SHA-256."""

    digest: bytes
    tenant_id: UUID
    user_id: UUID
    created_at: datetime
    # When it was used, or another set took its place.
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A log-in whose password was right and that still has to show a factor.

    It carries what the log-in asked for. Only a right password makes one, so no stranger can
    use up its tries.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    digest: bytes
    created_at: datetime
    expires_at: datetime
    lasting: bool
    remember: bool
    device_label: str
    tries: int = 0
    # When it was answered, or made void.
    used_at: datetime | None = None

    def is_open(self, now: datetime, *, tries_max: int) -> bool:
        """Tell whether it may still be answered."""
        return self.used_at is None and now < self.expires_at and self.tries < tries_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A request to take away all factors of a user who lost them, once the delay is over."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    asked_at: datetime
    effective_at: datetime
    done_at: datetime | None = None
    canceled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it neither came about nor was canceled."""
        return self.done_at is None and self.canceled_at is None

    def is_due(self, now: datetime) -> bool:
        """Tell whether the delay is over."""
        return self.is_open and now >= self.effective_at

    def canceled(self, at: datetime) -> "Recovery":
        """Return it as taken back."""
        return replace(self, canceled_at=at)


def retry_after(tries: Sequence[datetime], *, now: datetime, allowed: int) -> timedelta | None:
    """Return how long to wait once an hour has seen so many tries, None while there is room."""
    recent = sorted(at for at in tries if at > now - HOUR)
    if len(recent) < allowed:
        return None
    return recent[-allowed] + HOUR - now
