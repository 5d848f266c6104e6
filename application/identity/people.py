"""Show a tenant's users, and keep one of them, or a command key, out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.identity.deps import Asking, IdentityDeps, end_all
from application.identity.passwords import UserNotFound
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.session import SessionEnd
from domain.identity.tenant import Principal, User
from ports import identity
from ports.identity_scope import IdentityScope


class NotPermitted(Exception):
    """Who asks may not do that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOneself:
    """Nobody disables themselves: the last one would lock everybody out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FounderManages:
    """Only the user who came first may manage others, until roles say who may."""

    people: identity.People

    async def check(self, principal: Principal) -> None:
        """Raise NotPermitted unless it is the tenant's first user who asks."""
        first = await self.people.users(tenant_id=principal.tenant_id, limit=1)
        if not first or first[0].id != principal.user_id:
            raise NotPermitted("only the tenant's owner may do that")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageUsers:
    """A tenant's users and command keys."""

    deps: IdentityDeps
    people: identity.People

    async def list(
        self, asking: Asking, *, limit: int, after: UUID | None = None
    ) -> Sequence[User]:
        """Return the tenant's users, oldest first."""
        return await self.people.users(tenant_id=asking.tenant_id, limit=limit, after=after)

    async def disable(self, asking: Asking, *, user_id: UUID) -> User | NotOneself:
        """Keep a user out and end all of their sessions; raises UserNotFound."""
        if user_id == asking.principal.user_id:
            return NotOneself()

        async def work(scope: IdentityScope) -> User:
            user = await self._of_tenant(scope, asking, user_id)
            if user.disabled_at is not None:
                return user
            at = self.deps.clock.now()
            user, ended = await end_all(scope, user, at=at, end=SessionEnd.DISABLED)
            user = replace(user, disabled_at=at)
            await scope.invitations.void_resets(user_id=user.id, at=at)
            detail = (("sessions_ended", str(ended)),)
            await self._keep(scope, asking, user, kind=ChangeKind.USER_DISABLED, detail=detail)
            return user

        return await self.deps.attempt(work)

    async def enable(self, asking: Asking, *, user_id: UUID) -> User:
        """Let a user in again, who has to log in anew; raises UserNotFound."""

        async def work(scope: IdentityScope) -> User:
            user = await self._of_tenant(scope, asking, user_id)
            if user.disabled_at is None:
                return user
            user = replace(user, disabled_at=None)
            await self._keep(scope, asking, user, kind=ChangeKind.USER_ENABLED)
            return user

        return await self.deps.attempt(work)

    async def set_key(self, asking: Asking, *, key_id: str, enabled: bool) -> None:
        """Let a command key be used, or refuse what it signs from now on."""

        async def work(scope: IdentityScope) -> None:
            at = self.deps.clock.now()
            if enabled:
                kind = ChangeKind.KEY_ENABLED
                changed = await scope.endings.enable_key(tenant_id=asking.tenant_id, key_id=key_id)
            else:
                kind = ChangeKind.KEY_DISABLED
                changed = await scope.endings.disable_key(
                    tenant_id=asking.tenant_id, key_id=key_id, at=at
                )
            if not changed:
                return
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=asking.tenant_id,
                    actor=asking.principal.actor,
                    action="command_key.enable" if enabled else "command_key.disable",
                    subject=key_id,
                    at=at,
                    trace_id=asking.trace_id,
                )
            )
            await scope.endings.tell(
                IdentityChange(
                    tenant_id=asking.tenant_id, user_id=None, token_id=key_id, kind=kind, at=at
                )
            )

        await self.deps.attempt(work)

    async def _of_tenant(self, scope: IdentityScope, asking: Asking, user_id: UUID) -> User:
        user = await scope.users.get(user_id)
        if user is None or user.tenant_id != asking.tenant_id:
            raise UserNotFound(f"no user {user_id}")
        return user

    async def _keep(
        self,
        scope: IdentityScope,
        asking: Asking,
        user: User,
        *,
        kind: ChangeKind,
        detail: tuple[tuple[str, str], ...] = (),
    ) -> None:
        at = self.deps.clock.now()
        await scope.users.update(user)
        action = "user.disable" if kind is ChangeKind.USER_DISABLED else "user.enable"
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(user.id),
                at=at,
                trace_id=asking.trace_id,
                detail=detail,
            )
        )
        await scope.endings.tell(
            IdentityChange(tenant_id=user.tenant_id, user_id=user.id, kind=kind, at=at)
        )
