"""Tell which second factors a user has, and take them away, whoever keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.deps import IdentityDeps
from domain.identity.factors import FactorKind
from ports.factors_of import KeepsFactors
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class AllFactors:
    """Every kind of factor there is: one question for who logs in (port FactorsOf).

    Which there are is asked at once; providers take away what is theirs.
    """

    deps: IdentityDeps
    providers: Sequence[KeepsFactors]

    async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
        """Return which kinds a user can show now; raises StorageUnavailable."""
        return await self.deps.look(lambda scope: self.within(scope, user_id=user_id))

    async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
        """Return them as they are in a transaction that has the user."""
        return (await scope.factors.ways(user_id)).kinds

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take all of a user's factors, within a transaction; return how many it were."""
        removed = 0
        for provider in self.providers:
            removed += await provider.remove_all(scope, user_id=user_id)
        return removed


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFactors:
    """Authenticator apps and backup codes (port KeepsFactors)."""

    deps: IdentityDeps

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take a user's apps and backup codes; return how many apps it were."""
        at = self.deps.clock.now()
        apps = await scope.factors.totps(user_id)
        for one in apps:
            await scope.factors.keep_totp(one.removed(at))
        await scope.factors.put_codes((), user_id=user_id, at=at)
        return sum(one.is_active for one in apps)
