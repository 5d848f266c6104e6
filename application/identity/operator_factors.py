"""Let whoever holds the installation take a user's factors away, by name and with an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.cancel_recovery import cancel_recovery
from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from domain.identity.factors import FactorKind
from domain.identity.tenant import User
from ports.factors_of import FactorsOf
from ports.identity import Users
from ports.identity_scope import IdentityScope


class SeveralUsers(Exception):
    """More than one tenant has a user of that address; tenants are theirs."""

    def __init__(self, tenants: Sequence[UUID]) -> None:
        self.tenants = tenants
        super().__init__(f"users of {len(tenants)} tenants have that address")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorFactors:
    """What is done over the database itself: no owner of a tenant can do it to another user."""

    deps: IdentityDeps
    users: Users
    factors: FactorsOf

    async def kinds(
        self, *, email: str, tenant_id: UUID | None = None
    ) -> frozenset[FactorKind] | None:
        """Return which kinds a user has, None where nobody has that address.

        Raises SeveralUsers where no tenant is named and more than one has it.
        """
        user = await self._user(email, tenant_id=tenant_id)
        return await self.factors.kinds(user.id) if user is not None else None

    async def remove(self, *, email: str, actor: str, tenant_id: UUID | None = None) -> int | None:
        """Take all factors of a user; return how many, None where nobody has that address.

        Raises SeveralUsers likewise: nobody loses theirs for another's.
        """
        user = await self._user(email, tenant_id=tenant_id)
        if user is None:
            return None
        return await self.deps.attempt(lambda scope: self._remove(scope, user, actor=actor))

    async def _user(self, email: str, *, tenant_id: UUID | None) -> User | None:
        found = await self.users.with_email(email=email)
        meant = [one for one in found if tenant_id in (None, one.tenant_id)]
        if len(meant) > 1:
            raise SeveralUsers([one.tenant_id for one in meant])
        return meant[0] if meant else None

    async def _remove(self, scope: IdentityScope, user: User, *, actor: str) -> int:
        at = self.deps.clock.now()
        await scope.users.get(user.id)
        removed = await self.factors.remove_all(scope, user_id=user.id)
        await scope.factors.void_challenges(user_id=user.id, at=at)
        await cancel_recovery(
            scope,
            user,
            deps=self.deps,
            at=at,
            trace_id="",
            why="factor.remove_all",
            actor=actor,
        )
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
