"""What the core needs to know which kinds of second factor somebody has, whoever keeps them."""

from typing import Protocol
from uuid import UUID

from domain.identity.factors import FactorKind
from ports.identity_scope import IdentityScope


class KeepsFactors(Protocol):
    """Who keeps one kind of factor; a list of these is all that users can have."""

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take a user's factors of this kind, within a transaction; return how many it were."""
        ...


class FactorsOf(Protocol):
    """All second factors of users."""

    async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
        """Return which kinds a user can show now; raises StorageUnavailable."""
        ...

    async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
        """Return them as they are in a transaction that has the user."""
        ...

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take all of a user's factors, within a transaction; return how many it were."""
        ...
