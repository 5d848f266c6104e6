"""Tell which second factors a user has, whoever keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.deps import IdentityDeps
from domain.identity.factors import FactorKind
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class AllFactors:
    """Every kind of factor there is: one question for who logs in (port FactorsOf).

    Backup codes alone are no factor: without an app or a passkey they count for nothing.
    """

    providers: Sequence[FactorsOf]

    async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
        """Return which kinds a user can show now; raises StorageUnavailable."""
        found: set[FactorKind] = set()
        for provider in self.providers:
            found |= await provider.kinds(user_id)
        return _counted(found)

    async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
        """Return them as they are in a transaction that has the user."""
        found: set[FactorKind] = set()
        for provider in self.providers:
            found |= await provider.within(scope, user_id=user_id)
        return _counted(found)

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take all of a user's factors, within a transaction; return how many it were."""
        removed = 0
        for provider in self.providers:
            removed += await provider.remove_all(scope, user_id=user_id)
        return removed


def _counted(found: set[FactorKind]) -> frozenset[FactorKind]:
    return frozenset() if found == {FactorKind.BACKUP_CODE} else frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpKinds:
    """Authenticator apps and backup codes as factors (port FactorsOf)."""

    deps: IdentityDeps

    async def kinds(self, user_id: UUID) -> frozenset[FactorKind]:
        """Return which of the two a user can show now; raises StorageUnavailable."""
        return await self.deps.look(lambda scope: self.within(scope, user_id=user_id))

    async def within(self, scope: IdentityScope, *, user_id: UUID) -> frozenset[FactorKind]:
        """Return them as they are in a transaction that has the user."""
        found = set()
        if any(one.is_active for one in await scope.factors.totps(user_id)):
            found.add(FactorKind.TOTP)
        if await scope.factors.codes_left(user_id):
            found.add(FactorKind.BACKUP_CODE)
        return frozenset(found)

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take a user's apps and backup codes; return how many apps it were."""
        at = self.deps.clock.now()
        apps = await scope.factors.totps(user_id)
        for one in apps:
            await scope.factors.keep_totp(one.removed(at))
        await scope.factors.put_codes((), user_id=user_id, at=at)
        return sum(one.is_active for one in apps)
