"""What the core needs to know of users and access tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.identity.access import NOTHING, Access
from domain.identity.factors import FactorSummary
from domain.identity.invitation import Invitation
from domain.identity.login_features import LoginHabits
from domain.identity.session import Device, Session
from domain.identity.tenant import Principal, Tenant, User


class Users(Protocol):
    """Tenants and their users."""

    async def found(
        self, *, tenant: Tenant, owner: User, audit: AuditEntry | None = None, first: bool = True
    ) -> bool:
        """Store a tenant, its owner and the entry; False, and nothing, when there is one.

        first: when any tenant exists already; else one of that name.
        """
        ...

    async def with_email(self, *, email: str) -> Sequence[User]:
        """Return the users with that e-mail address (`normal_address`), oldest first.

        Each tenant has one at most; whoever asks chooses among tenants.
        """
        ...

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        ...

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        ...


class People(Protocol):
    """What is shown of a tenant's users and of their sessions, and who knows a device."""

    async def users(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[User]:
        """Return the tenant's users by ascending id (the order they came), after `after`."""
        ...

    async def sessions(
        self, *, user_id: UUID, now: datetime, limit: int, after: UUID | None = None
    ) -> Sequence[Session]:
        """Return the user's open sessions by ascending id."""
        ...

    async def invitations(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[Invitation]:
        """Return the tenant's invitations by ascending id, used and withdrawn ones too."""
        ...

    async def device(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        ...

    async def known_by(self, user: User) -> tuple[LoginHabits, FactorSummary]:
        """Return in short how a user logs in, and which second factors they have."""
        ...


class PasswordHasher(Protocol):
    """Hash and check passwords with bounded concurrency."""

    async def hash(self, password: str) -> str:
        """Return a salted hash; raises HasherBusy when too many wait."""
        ...

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell whether the password has that hash; raises HasherBusy, StorageCorrupt."""
        ...

    def is_outdated(self, hash: str) -> bool:
        """Tell whether the hash was made with other parameters than those of today."""
        ...


class HasherBusy(Exception):
    """Too many hashes wait already: answer 503 and Retry-After."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An RSA key that tokens can be checked with; modulus and exponent in base64url."""

    kid: str
    modulus: str
    exponent: str


class AccessTokens(Protocol):
    """Issue and verify signed access tokens."""

    def issue(
        self,
        *,
        user_id: UUID,
        tenant_id: UUID,
        session: Session | None = None,
        access: Access = NOTHING,
    ) -> tuple[str, Principal]:
        """Return a signed token for a user of a tenant, and what it says.

        One of a session ends with it at the latest. Of access it says what they may stop, and
        nothing where that names too many accounts.
        """
        ...

    def public_keys(self) -> Sequence[PublicKey]:
        """Return the keys that tokens now in use are signed with, the one that signs first."""
        ...

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken."""
        ...


class InvalidToken(Exception):
    """The token is malformed, forged, expired or not for us."""
