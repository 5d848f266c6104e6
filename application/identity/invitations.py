"""Invite people into a tenant, and let them join."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.identity.deps import Asking, IdentityDeps, actor_of
from application.identity.passwords import (
    PasswordPolicy,
    TokenSpent,
    WeakPassword,
    WrongPassword,
    words_of,
)
from application.identity.throttle import LoginThrottle
from domain.identity.invitation import Invitation
from domain.identity.one_time import LENGTH_MAX, Prefix, digest_of
from domain.identity.session import Visitor
from domain.identity.tenant import User
from domain.shared.refusals import Absent
from domain.shared.values import InvalidValue
from ports.identity import PasswordHasher, People, Users
from ports.identity_scope import IdentityScope
from ports.invited_roles import InvitedRoles

_EMAIL_MAX = 254


class InvitationNotFound(Absent):
    """There is no such invitation, or it is another tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation and its one-time token, told here and nowhere else."""

    invitation: Invitation
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressTaken:
    """Somebody in the tenant has that address already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTry:
    """Who joins by an invitation's token, under which name and with which password."""

    token: str = field(repr=False)
    name: str
    password: str = field(repr=False)
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The new user."""

    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """Invitations of a tenant."""

    deps: IdentityDeps
    users: Users
    people: People
    hasher: PasswordHasher
    policy: PasswordPolicy
    throttle: LoginThrottle
    roles: InvitedRoles
    lasts: timedelta

    async def invite(self, asking: Asking, *, email: str, role: str) -> Invited | AddressTaken:
        """Return a new invitation; one of the same address before it is withdrawn.

        Raises InvalidValue for what is no address or no role.
        """
        check_email(email)
        self.roles.check(role)
        # Another tenant's users are none of this one's business.
        found = await self.users.with_email(email=email)
        if any(one.tenant_id == asking.tenant_id for one in found):
            return AddressTaken()
        token = self.deps.secret(Prefix.INVITATION)

        async def work(scope: IdentityScope) -> Invited:
            at = self.deps.clock.now()
            for earlier in await scope.invitations.open_for(
                tenant_id=asking.tenant_id, email=email
            ):
                await scope.invitations.keep(earlier.withdrawn(at))
            invitation = Invitation(
                id=self.deps.ids.new(),
                tenant_id=asking.tenant_id,
                email=email,
                role=role,
                digest=digest_of(token),
                invited_by=asking.principal.user_id,
                created_at=at,
                expires_at=at + self.lasts,
            )
            await scope.invitations.keep(invitation)
            await self._tell(scope, asking, invitation, action="invitation.make")
            return Invited(invitation=invitation, token=token)

        return await self.deps.attempt(work)

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None
    ) -> Sequence[Invitation]:
        """Return the tenant's invitations, oldest first."""
        return await self.people.invitations(tenant_id=asking.tenant_id, limit=limit, after=after)

    async def withdraw(self, asking: Asking, *, invitation_id: UUID) -> Invitation:
        """Take an invitation back; raises InvitationNotFound. One that was used stays so."""

        async def work(scope: IdentityScope) -> Invitation:
            found = await scope.invitations.get(
                tenant_id=asking.tenant_id, invitation_id=invitation_id
            )
            if found is None:
                raise InvitationNotFound(f"no invitation {invitation_id}")
            withdrawn = found.withdrawn(self.deps.clock.now())
            if withdrawn is not found:
                await scope.invitations.keep(withdrawn)
                await self._tell(scope, asking, withdrawn, action="invitation.withdraw")
            return withdrawn

        return await self.deps.attempt(work)

    async def accept(
        self, tried: JoinTry
    ) -> Joined | TokenSpent | WeakPassword | WrongPassword | AddressTaken:
        """Make the invited a user and a member; raises HasherBusy, TenantFull.

        WrongPassword says only that too many ask from that network.
        """
        waits = await self.throttle.admit(tried.visitor.network)
        if waits:
            return WrongPassword(retry_after_s=math.ceil(waits))
        invitation = await self._open(tried.token)
        if invitation is None:
            return TokenSpent()
        user = User(
            id=self.deps.ids.new(),
            tenant_id=invitation.tenant_id,
            email=invitation.email,
            password_hash="",
            created_at=self.deps.clock.now(),
            name=tried.name,
        )
        problem = await self.policy.problem(tried.password, words=words_of(user))
        if problem is not None:
            return problem
        made = await self.hasher.hash(tried.password)

        async def work(scope: IdentityScope) -> Joined | TokenSpent | AddressTaken:
            at = self.deps.clock.now()
            found = await scope.invitations.find(digest_of(tried.token))
            if found is None or not found.is_open(at):
                return TokenSpent()
            joined = User(
                id=user.id,
                tenant_id=found.tenant_id,
                email=found.email,
                password_hash=made,
                created_at=at,
                name=tried.name,
            )
            if not await scope.users.add(joined):
                return AddressTaken()
            await self.roles.assign(scope, user=joined, role=found.role)
            await scope.invitations.keep(found.accepted(at))
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=joined.tenant_id,
                    actor=actor_of(joined.id),
                    action="invitation.accept",
                    subject=str(found.id),
                    at=at,
                    trace_id=tried.trace_id,
                    detail=(("role", found.role), ("user", str(joined.id))),
                )
            )
            return Joined(user=joined)

        return await self.deps.attempt(work)

    async def _open(self, token: str) -> Invitation | None:
        if len(token) > LENGTH_MAX:
            return None
        found = await self.deps.attempt(lambda scope: scope.invitations.find(digest_of(token)))
        return found if found is not None and found.is_open(self.deps.clock.now()) else None

    async def _tell(
        self, scope: IdentityScope, asking: Asking, invitation: Invitation, *, action: str
    ) -> None:
        await scope.audit.add(
            self.deps.entry(
                tenant_id=asking.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(invitation.id),
                at=self.deps.clock.now(),
                trace_id=asking.trace_id,
                detail=(("email", invitation.email), ("role", invitation.role)),
            )
        )


def check_email(email: str) -> None:
    """Raise InvalidValue for what cannot be an address."""
    before, at, behind = email.partition("@")
    if not (before and at and behind) or len(email) > _EMAIL_MAX or not email.isprintable():
        raise InvalidValue(field="email", problem="must be an address such as owner@example.com")
