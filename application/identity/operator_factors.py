"""Let whoever holds the installation take a user's factors away, by name and with an entry."""

from dataclasses import dataclass

from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from domain.identity.factors import FactorKind
from domain.identity.tenant import User
from ports.factors_of import FactorsOf
from ports.identity import Users
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFactors:
    """What is done over the database itself: no owner of a tenant can do it to another user."""

    deps: IdentityDeps
    users: Users
    factors: FactorsOf

    async def kinds(self, *, email: str) -> frozenset[FactorKind] | None:
        """Return which kinds a user has, None where nobody has that address."""
        user = await self.users.by_email(email=email)
        return await self.factors.kinds(user.id) if user is not None else None

    async def remove(self, *, email: str, actor: str) -> int | None:
        """Take all factors of a user; return how many, None where nobody has that address."""
        user = await self.users.by_email(email=email)
        if user is None:
            return None
        return await self.deps.attempt(lambda scope: self._remove(scope, user, actor=actor))

    async def _remove(self, scope: IdentityScope, user: User, *, actor: str) -> int:
        at = self.deps.clock.now()
        await scope.users.get(user.id)
        removed = await self.factors.remove_all(scope, user_id=user.id)
        await scope.factors.void_challenges(user_id=user.id, at=at)
        recovery = await scope.factors.recovery(user.id)
        if recovery is not None:
            await scope.factors.keep_recovery(recovery.canceled(at))
        detail = (("factors", str(removed)),)
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=actor,
                action="factor.remove_all",
                subject=actor_of(user.id),
                at=at,
                detail=detail,
            )
        )
        await notify(scope, user, kind="factors_removed", detail=detail, deps=self.deps)
        return removed
