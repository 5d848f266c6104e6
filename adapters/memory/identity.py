"""Keep tenants and users in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.identity.member import founder
from domain.identity.tenant import Tenant, User


@dataclass(frozen=True, slots=True)
class MemoryUsers:
    """Tenants and users in memory."""

    link: MemoryLink

    async def found(self, *, tenant: Tenant, owner: User) -> bool:
        """Store the first tenant and its owner; False when there is one."""
        database = await self.link.enter()
        if database.tenants:
            return False
        database.tenants[tenant.id] = tenant
        database.users[owner.id] = owner
        database.members[owner.id] = founder(owner)
        return True

    async def by_email(self, *, email: str) -> User | None:
        """Return the user with that e-mail address, case ignored."""
        database = await self.link.enter()
        wanted = email.casefold()
        return next(
            (user for user in database.users.values() if user.email.casefold() == wanted), None
        )

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        database = await self.link.enter()
        return database.users.get(user_id)

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        database = await self.link.enter()
        return list(database.tenants.values())
