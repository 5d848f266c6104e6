"""Hold invitations and password resets: one-time tokens that a person hands to another."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An address that may join a tenant in a role, until it lapses, is used or withdrawn."""

    id: UUID
    tenant_id: UUID
    email: str
    role: str
    digest: bytes
    invited_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it can be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at

    def accepted(self, at: datetime) -> "Invitation":
        """Return it as used."""
        return replace(self, accepted_at=at)

    def withdrawn(self, at: datetime) -> "Invitation":
        """Return it as taken back; one that was used stays used."""
        if self.accepted_at is not None or self.withdrawn_at is not None:
            return self
        return replace(self, withdrawn_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset:
    """A token by which a user sets a new password without the old one."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    digest: bytes
    created_at: datetime
    expires_at: datetime
    # When it was used, or another took its place.
    used_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it can be used."""
        return self.used_at is None and now < self.expires_at
