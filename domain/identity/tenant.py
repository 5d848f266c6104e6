"""Hold who may come in: tenants, users and the claims of an access token."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.identity.access import NOTHING, Access
from domain.identity.address import normal_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A household or desk whose data no other tenant sees."""

    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person of a tenant; the password is kept as an Argon2id hash only."""

    id: UUID
    tenant_id: UUID
    email: str
    password_hash: str
    created_at: datetime
    name: str = ""
    # Set while the person may not come in.
    disabled_at: datetime | None = None
    # A token without a session that was signed before is void.
    tokens_from: datetime | None = None
    # Until when a password that was drawn for them lets them in; None for one of their own.
    password_until: datetime | None = None

    @property
    def address(self) -> str:
        """What their e-mail address is compared by."""
        return normal_address(self.email)

    def may_use_password(self, at: datetime) -> bool:
        """Tell whether their password lets in then, where it is right."""
        return self.password_until is None or at < self.password_until


class PrincipalKind(StrEnum):
    """What stands behind a token."""

    # A log-in, or the key of the data folder.
    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a name, no secret
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: read from a verified access token.

    The token only says who it is; access is what they may do, read from storage. Without
    it nothing is allowed.
    """

    user_id: UUID
    tenant_id: UUID
    token_id: str
    expires_at: datetime
    access: Access = NOTHING
    # None for a token that was signed with the data folder's key, without a log-in.
    session_id: UUID | None = None
    # When the password was last given; of a token without a session, when it was signed.
    authenticated_at: datetime | None = None
    kind: PrincipalKind = PrincipalKind.PERSON
    # What the token itself says that they may stop, for while storage cannot be asked.
    signed: Access = NOTHING

    def is_after(self, authenticated_at: datetime) -> bool:
        """Tell whether the token is of that time, to the second that tokens know, or later."""
        known_at = self.authenticated_at
        return known_at is not None and known_at >= authenticated_at.replace(microsecond=0)

    @property
    def actor(self) -> str:
        """The name under which the audit trail knows them."""
        return f"user:{self.user_id}"
