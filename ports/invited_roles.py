"""What the core needs of roles when somebody joins."""

from typing import Protocol

from domain.identity.tenant import User
from ports.identity_scope import IdentityScope


class TenantFull(Exception):
    """Nothing was stored: the tenant has as many members as there may be."""


class InvitedRoles(Protocol):
    """Roles that invitations can name."""

    def check(self, role: str) -> None:
        """Raise InvalidValue unless the role is one that a person can have."""
        ...

    async def assign(self, scope: IdentityScope, *, user: User, role: str) -> None:
        """Give a user who joins just now the role, in the same transaction; raises TenantFull."""
        ...
