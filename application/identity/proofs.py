"""Check what somebody shows as a second factor, in two halves around a transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.identity.deps import IdentityDeps
from domain.identity.factor_codes import AppCode, OnceCode, read_code
from domain.identity.factors import FactorKind
from domain.identity.tenant import User
from ports.factors import TotpCodes, address_of
from ports.identity_scope import IdentityScope
from ports.secrets import SealedStore, SecretVault

# Uses up what was shown, within the transaction that has the user; None where it is not good.
Spend = Callable[[IdentityScope, datetime], Awaitable[FactorKind | None]]
# Looks at what was shown, before the transaction: opens secrets, checks signatures.
Proof = Callable[[User], Awaitable[Spend]]


async def _nothing(_scope: IdentityScope, _at: datetime) -> FactorKind | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProofs:
    """Codes of authenticator apps, and backup codes."""

    deps: IdentityDeps
    codes: TotpCodes
    vault: SecretVault
    sealed: SealedStore

    def of(self, code: str) -> Proof:
        """Return the proof that a typed code is."""

        async def look(user: User) -> Spend:
            match read_code(code):
                case AppCode(digits=digits):
                    return await self._of_app(user, digits)
                case OnceCode(digest=digest):
                    return _backup(user, digest)
                case None:
                    return _nothing

        return look

    async def step(
        self, code: str, *, user_id: UUID, waiting: UUID | None = None
    ) -> tuple[UUID, int] | None:
        """Return the app and the time step that six digits are of; None where they are of none.

        waiting names one that has yet to count, and is looked at in place of those that do.
        Raises SecretsSealed, KeysUnavailable: while seeds cannot be opened, no code is taken for
        wrong.
        """
        apps = await self.deps.look(lambda scope: scope.factors.totps(user_id))
        at = self.deps.clock.now()
        for app in apps:
            if not (app.is_active if waiting is None else app.id == waiting):
                continue
            row = address_of(app)
            sealed = await self.sealed.get(row)
            if sealed is None:
                # Removed since.
                continue
            step = self.codes.step_of(code, seed=await self.vault.open(sealed, row=row), at=at)
            if step is not None:
                return app.id, step
        return None

    async def _of_app(self, user: User, digits: str) -> Spend:
        found = await self.step(digits, user_id=user.id)
        if found is None:
            return _nothing
        factor_id, step = found

        async def spend(scope: IdentityScope, at: datetime) -> FactorKind | None:
            used = await scope.factors.use_step(factor_id, step=step, at=at)
            return FactorKind.TOTP if used else None

        return spend


def _backup(user: User, digest: bytes) -> Spend:
    async def spend(scope: IdentityScope, at: datetime) -> FactorKind | None:
        # A set without an app or passkey was made void with the last of these.
        used = await scope.factors.use_code(digest, user_id=user.id, at=at)
        return FactorKind.BACKUP_CODE if used else None

    return spend
