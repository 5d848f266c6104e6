"""Hold passkeys, and the challenges that they answer once."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.shared.values import InvalidValue

LABEL_LENGTH_MAX = 64
# What a user may have: more than anyone owns devices, few enough to be looked through.
PASSKEYS_MAX = 20
CHALLENGE_BYTES = 32
CHALLENGE_LASTS = timedelta(minutes=5)
# The longest that the standard allows (Web Authentication Level 3, 6.5.1).
CREDENTIAL_ID_MAX = 1_023
PUBLIC_KEY_MAX = 2_048
TRANSPORTS_MAX = 8
TRANSPORT_LENGTH_MAX = 32
_COUNT_BELOW = 2**32


class Purpose(StrEnum):
    """What a challenge was made for; an answer to one of another purpose is worth nothing."""

    REGISTER = "register"
    # Without a user: whoever answers is known by their passkey.
    LOG_IN = "log_in"
    # Behind a right password.
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A credential of a user: the public half of a key pair that never leaves its authenticator."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    # The authenticator's own name of it, the same nowhere else.
    credential_id: bytes
    # A COSE key (RFC 9052).
    public_key: bytes
    # 0 for ever of those that do not count.
    sign_count: int
    transports: tuple[str, ...]
    # Which make of authenticator it is, all zero where it does not tell.
    aaguid: UUID
    backup_eligible: bool
    backed_up: bool
    label: str
    created_at: datetime
    used_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.label) <= LABEL_LENGTH_MAX or not self.label.isprintable():
            raise InvalidValue(
                field="label", problem=f"must be 1 to {LABEL_LENGTH_MAX} printable characters"
            )
        if not 1 <= len(self.credential_id) <= CREDENTIAL_ID_MAX:
            raise InvalidValue(
                field="credential.id", problem=f"must be 1 to {CREDENTIAL_ID_MAX} bytes"
            )
        if not 1 <= len(self.public_key) <= PUBLIC_KEY_MAX:
            raise InvalidValue(field="public_key", problem=f"must be 1 to {PUBLIC_KEY_MAX} bytes")
        if not 0 <= self.sign_count < _COUNT_BELOW:
            raise InvalidValue(field="sign_count", problem="must be of 32 bits")
        if self.backed_up and not self.backup_eligible:
            raise InvalidValue(field="backed_up", problem="is said of one that cannot be")

    @property
    def user_handle(self) -> bytes:
        """The name under which authenticators know its user; it tells nothing of them."""
        return handle_of(self.user_id)

    def counts_on(self, sign_count: int) -> bool:
        """Tell whether the next answer may carry that count.

        A count that stands still or goes back means that two have the private key.
        """
        return sign_count > self.sign_count or sign_count == self.sign_count == 0

    def used(self, *, sign_count: int, backed_up: bool, at: datetime) -> "Passkey":
        """Return it as used."""
        used_at = at if self.used_at is None else max(at, self.used_at)
        return replace(self, sign_count=sign_count, backed_up=backed_up, used_at=used_at)

    def renamed(self, label: str) -> "Passkey":
        """Return it under another label; raises InvalidValue."""
        return replace(self, label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyChallenge:
    """A challenge that was handed out, kept as its SHA-256 until it is answered or lapses.

    user_id says who alone may answer, None is whoever has a passkey; bound_to in which session,
    or for which log-in that has shown its password.
    """

    digest: bytes
    tenant_id: UUID
    purpose: Purpose
    user_id: UUID | None
    bound_to: UUID | None
    expires_at: datetime

    def is_for(
        self, purpose: Purpose, *, user_id: UUID | None, bound_to: UUID | None, now: datetime
    ) -> bool:
        """Tell whether who answers is who was asked, for what they were asked, in time."""
        return (
            self.purpose is purpose
            and self.user_id == user_id
            and self.bound_to == bound_to
            and now < self.expires_at
        )


def handle_of(user_id: UUID) -> bytes:
    """Return what stands for a user in their authenticators."""
    return user_id.bytes


def digest_of(challenge: bytes) -> bytes:
    """Return what is kept of a challenge."""
    return hashlib.sha256(challenge).digest()
