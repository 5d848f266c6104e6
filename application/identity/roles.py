"""Say which roles a person may be invited in, until permissions know what each may do."""

from domain.identity.tenant import User
from domain.shared.values import InvalidValue
from ports.identity_scope import IdentityScope

_NAMES = ("owner", "trader", "viewer", "trustee", "auditor")


class NamedRoles:
    """The names of the roles (port InvitedRoles); who joins gets what every user has."""

    def check(self, role: str) -> None:
        """Raise InvalidValue unless the role is one that a person can have."""
        if role not in _NAMES:
            raise InvalidValue(field="role", problem=f"must be one of {', '.join(_NAMES)}")

    async def assign(self, scope: IdentityScope, *, user: User, role: str) -> None:
        """Give nothing: the invitation keeps the role that was meant."""
