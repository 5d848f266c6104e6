"""Keep tenants and users in memory, and show what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from adapters.memory.database import MemoryLink
from adapters.memory.devices import MemoryLoginHistory
from adapters.memory.factors import MemoryFactors
from adapters.memory.table import Table
from domain.audit.entry import AuditEntry
from domain.identity.address import normal_address
from domain.identity.change import IdentityChange
from domain.identity.factors import FactorSummary
from domain.identity.invitation import Invitation
from domain.identity.login_features import LoginHabits
from domain.identity.member import founder
from domain.identity.session import Device, Session
from domain.identity.tenant import Principal, Tenant, User


class _HasNumber(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=_HasNumber)


@dataclass(frozen=True, slots=True)
class MemoryUsers:
    """Tenants and users in memory."""

    link: MemoryLink

    async def found(
        self, *, tenant: Tenant, owner: User, audit: AuditEntry | None = None, first: bool = True
    ) -> bool:
        """Store a tenant, its owner and the entry; False when there is one."""
        database = await self.link.enter()
        if any(first or one.name == tenant.name for one in database.tenants.values()):
            return False
        database.tenants[tenant.id] = tenant
        database.users[owner.id] = owner
        database.members[owner.id] = founder(owner)
        if audit is not None:
            database.audit.append(audit)
        database.identity_version += 1
        return True

    async def with_email(self, *, email: str) -> Sequence[User]:
        """Return the users with that e-mail address, oldest first."""
        database = await self.link.enter()
        wanted = normal_address(email)
        found = [user for user in database.users.values() if user.address == wanted]
        return sorted(found, key=lambda user: user.id)

    async def find(self, *, user_id: UUID) -> User | None:
        """Return the user."""
        database = await self.link.enter()
        return database.users.get(user_id)

    async def tenants(self) -> Sequence[Tenant]:
        """Return every tenant, oldest first."""
        database = await self.link.enter()
        return list(database.tenants.values())


@dataclass(frozen=True, slots=True)
class MemoryPeople:
    """What is shown of users and sessions (port People)."""

    link: MemoryLink

    async def users(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[User]:
        """Return the tenant's users by ascending id, after `after`."""
        database = await self.link.enter()
        found = [user for user in database.users.values() if user.tenant_id == tenant_id]
        return _page(found, limit=limit, after=after)

    async def sessions(
        self, *, user_id: UUID, now: datetime, limit: int, after: UUID | None = None
    ) -> Sequence[Session]:
        """Return the user's open sessions by ascending id."""
        database = await self.link.enter()
        found = [
            session
            for session in database.sessions.values()
            if session.user_id == user_id and session.is_open(now)
        ]
        return _page(found, limit=limit, after=after)

    async def invitations(
        self, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[Invitation]:
        """Return the tenant's invitations by ascending id."""
        database = await self.link.enter()
        found = [one for one in database.invitations.values() if one.tenant_id == tenant_id]
        return _page(found, limit=limit, after=after)

    async def device(self, digest: bytes) -> Device | None:
        """Return the device whose token has that SHA-256."""
        database = await self.link.enter()
        return next((one for one in database.devices.values() if one.digest == digest), None)

    async def known_by(self, user: User) -> tuple[LoginHabits, FactorSummary]:
        """Return in short how a user logs in, and which second factors they have."""
        database = await self.link.enter()
        logins = MemoryLoginHistory(
            logins=Table(database.logins), failures=Table(database.login_failures)
        )
        factors = MemoryFactors(database, Table(database.passkeys))
        return await logins.habits(user.id), await factors.ways(user.id)


@dataclass(frozen=True, slots=True)
class MemoryIdentityFeed:
    """The feed of changed standings (port IdentityFeed)."""

    link: MemoryLink

    async def end(self) -> int:
        """Return the number of the latest change."""
        return len((await self.link.enter()).identity_changes)

    async def since(self, seq: int, *, limit: int) -> Sequence[IdentityChange]:
        """Return the changes behind a number, ascending."""
        database = await self.link.enter()
        return database.identity_changes[seq : seq + limit]


@dataclass(frozen=True, slots=True)
class MemoryCredentialStatus:
    """Whether somebody's standing holds right now (port Standings)."""

    link: MemoryLink

    async def holds(self, principal: Principal) -> bool:
        """Tell whether the user may come in and the token's session is not over."""
        database = await self.link.enter()
        user = database.users.get(principal.user_id)
        if user is None or user.tenant_id != principal.tenant_id or user.disabled_at is not None:
            return False
        if principal.session_id is not None:
            session = database.sessions.get(principal.session_id)
            if session is None or session.user_id != user.id:
                return False
            return session.ended_at is None and principal.is_after(session.authenticated_at)
        if principal.token_id in database.ended_tokens:
            return False
        signed_at, holds_from = principal.authenticated_at, user.tokens_from
        return holds_from is None or (signed_at is not None and signed_at >= holds_from)

    async def key_holds(self, *, tenant_id: UUID, key_id: str, user_id: UUID | None) -> bool:
        """Tell whether a command key may be used, and by that user if it is one's."""
        database = await self.link.enter()
        if (tenant_id, key_id) in database.disabled_keys:
            return False
        if user_id is None:
            return True
        user = database.users.get(user_id)
        return user is not None and user.tenant_id == tenant_id and user.disabled_at is None


def _page(found: Sequence[T], *, limit: int, after: UUID | None) -> list[T]:
    ordered = sorted(found, key=lambda one: one.id)
    return [one for one in ordered if after is None or one.id > after][:limit]
