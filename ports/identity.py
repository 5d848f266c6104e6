"""What the core needs to know of users and access tokens."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.identity.tenant import Principal, Tenant, User


class Users(Protocol):
    """Tenants and their users."""

    async def found(self, *, tenant: Tenant, owner: User) -> bool:
        """Store the first tenant and its owner; False when any tenant exists already."""
        ...

    async def by_email(self, *, email: str) -> User | None:
        """Return the user with that e-mail address, case ignored."""
        ...

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        ...

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        ...


class PasswordHasher(Protocol):
    """Hash and check passwords with bounded concurrency."""

    async def hash(self, password: str) -> str:
        """Return a salted hash; raises HasherBusy when too many wait."""
        ...

    async def verify(self, *, password: str, hash: str) -> bool:
        """Tell whether the password has that hash; raises HasherBusy, StorageCorrupt."""
        ...


class HasherBusy(Exception):
    """Too many hashes wait already: answer 503 and Retry-After."""


class AccessTokens(Protocol):
    """Issue and verify signed access tokens."""

    def issue(self, *, user_id: UUID, tenant_id: UUID) -> tuple[str, Principal]:
        """Return a signed token for a user of a tenant, and what it says."""
        ...

    def verify(self, token: str) -> Principal:
        """Return what a valid token says; raises InvalidToken."""
        ...


class InvalidToken(Exception):
    """The token is malformed, forged, expired or not for us."""
