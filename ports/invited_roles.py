"""What the core needs of roles when somebody joins."""

from typing import Protocol

from domain.identity.tenant import User
from domain.shared.refusals import Conflicting
from ports.identity_scope import IdentityScope


class TenantFull(Conflicting):
    """Nothing was stored: the tenant has as many members as there may be."""

    slug = "too-many-members"

    def __init__(self, allowed: int) -> None:
        super().__init__(f"the tenant has as many members as there may be: {allowed}")


class InvitedRoles(Protocol):
    """Roles that invitations can name."""

    def check(self, role: str) -> None:
        """Raise InvalidValue unless the role is one that a person can have."""
        ...

    async def assign(self, scope: IdentityScope, *, user: User, role: str) -> None:
        """Give a user who joins just now the role, in the same transaction; raises TenantFull."""
        ...
