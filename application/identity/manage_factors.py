"""Let users keep their second factors: authenticator apps, and the codes for the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking, IdentityDeps
from application.identity.factor_tries import FactorTries, ProofRefused
from application.identity.notify import notify
from application.identity.proofs import CodeProofs
from application.identity.unknown_user import UserNotFound
from domain.identity.factor_codes import (
    BACKUP_BYTES,
    BACKUP_CODES,
    SEED_BYTES,
    AppCode,
    backup_text,
    digest_of_backup,
    read_code,
)
from domain.identity.factors import BackupCode, FactorKind, Recovery, TotpFactor
from domain.identity.tenant import PrincipalKind, User
from ports.factors import address_of
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope
from ports.secrets import KeyStale, KeysUnavailable, SealedRow

_ATTEMPTS_MAX = 4


class FactorNotFound(Exception):
    """There is no such factor, it is another user's, or nobody confirmed it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A new app that waits for its first code; what is told here is told once."""

    factor: TotpFactor
    seed: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)
    confirm_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCodes:
    """Backup codes, told here and nowhere else; every earlier one is void."""

    codes: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFactors:
    """What a user has to show beside the password."""

    apps: Sequence[TotpFactor]
    codes_left: int
    recovery: Recovery | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyFactors:
    """The user has as many apps as there may be."""

    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFactor:
    """The user has no app or passkey that backup codes could stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageFactors:
    """A user's own second factors."""

    deps: IdentityDeps
    proofs: CodeProofs
    tries: FactorTries
    kinds: FactorsOf

    async def list(self, asking: Asking) -> OwnFactors:
        """Return the user's apps that count, the codes left, and an open recovery."""
        user_id = asking.principal.user_id

        async def work(scope: IdentityScope) -> OwnFactors:
            apps = await scope.factors.totps(user_id)
            return OwnFactors(
                apps=[one for one in apps if one.is_active],
                codes_left=await scope.factors.codes_left(user_id),
                recovery=await scope.factors.recovery(user_id),
            )

        return await self.deps.look(work)

    async def enrol(self, asking: Asking, *, label: str) -> Enrolled | TooManyFactors | NeedsPerson:
        """Make a seed; it counts once a code has shown that it arrived.

        A second enrolment takes the place of an unfinished one. Raises SecretsSealed.
        """
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        seed = self.deps.randomness.token(SEED_BYTES)
        factor = TotpFactor(
            id=self.deps.ids.new(),
            tenant_id=asking.tenant_id,
            user_id=asking.principal.user_id,
            label=label,
            created_at=self.deps.clock.now(),
        )
        row, vault = address_of(factor), self.proofs.vault
        for _ in range(_ATTEMPTS_MAX):
            sealed = SealedRow(row=row, sealed=await vault.seal(seed, row=row))
            try:
                made = await self.deps.attempt(
                    partial(self._add, asking=asking, factor=factor, sealed=sealed)
                )
            except KeyStale:
                await vault.refresh()
                continue
            if isinstance(made, TooManyFactors):
                return made
            codes = self.proofs.codes
            uri = codes.uri(seed=seed, account=made.email)
            return Enrolled(
                factor=factor,
                seed=codes.text(seed),
                uri=uri,
                picture=codes.picture(uri),
                confirm_by=factor.created_at + self.tries.limits.enrolment,
            )
        raise KeysUnavailable("the key versions change faster than a seed is sealed")

    async def confirm(
        self, asking: Asking, *, factor_id: UUID, code: str
    ) -> NewCodes | ProofRefused | NeedsPerson:
        """Let an app count, by its first code; raises FactorNotFound, SecretsSealed."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        user_id, read = asking.principal.user_id, read_code(code)
        found = None
        if isinstance(read, AppCode):
            found = await self.proofs.step(read.digits, user_id=user_id, pending=True)
        texts = self._drawn()

        async def work(scope: IdentityScope) -> NewCodes | ProofRefused:
            user = await _user(scope, asking)
            at = self.deps.clock.now()
            factor = await self._waiting(scope, user, factor_id=factor_id, at=at)
            waits = await self.tries.waits(scope, user, at=at)
            if waits is not None:
                # Its code would let the app count.
                return waits

            async def spend(inner: IdentityScope, now: datetime) -> FactorKind | None:
                if found is None or found[0] != factor.id:
                    return None
                step = found[1]
                await inner.factors.keep_totp(
                    replace(factor, confirmed_at=now, last_step=step, last_used_at=now)
                )
                return FactorKind.TOTP

            shown = await self.tries.take(
                scope, user, spend=spend, at=at, place="enrolment", trace_id=asking.trace_id
            )
            if isinstance(shown, ProofRefused):
                return shown
            await self._put_codes(scope, user, texts=texts, at=at)
            await self._record(scope, asking, "factor.confirm", factor)
            await self._tell(scope, asking, user, kind="factor_added", factor=factor)
            return NewCodes(codes=texts)

        return await self.deps.attempt(work)

    async def remove(self, asking: Asking, *, factor_id: UUID) -> NeedsPerson | None:
        """Take an app away, and with the last factor the backup codes; raises FactorNotFound."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()

        async def work(scope: IdentityScope) -> None:
            user = await _user(scope, asking)
            at = self.deps.clock.now()
            kinds = await self.kinds.within(scope, user_id=user.id)
            others = kinds - {FactorKind.TOTP, FactorKind.BACKUP_CODE}
            apps = {one.id: one for one in await scope.factors.totps(user.id)}
            factor = apps.pop(factor_id, None)
            if factor is None:
                raise FactorNotFound(f"no factor {factor_id}")
            await scope.factors.keep_totp(factor.removed(at))
            if not others and not any(one.is_active for one in apps.values()):
                await scope.factors.put_codes((), user_id=user.id, at=at)
            await self._record(scope, asking, "factor.remove", factor)
            if factor.is_active:
                await self._tell(scope, asking, user, kind="factor_removed", factor=factor)

        await self.deps.attempt(work)
        return None

    async def renew_codes(self, asking: Asking) -> NewCodes | NoFactor | NeedsPerson:
        """Make new backup codes; those of before are void."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        texts = self._drawn()

        async def work(scope: IdentityScope) -> NewCodes | NoFactor:
            user = await _user(scope, asking)
            if not await self.kinds.within(scope, user_id=user.id):
                return NoFactor()
            await self._put_codes(scope, user, texts=texts, at=self.deps.clock.now())
            await self._record(scope, asking, "factor.backup_codes", None)
            await self._tell(scope, asking, user, kind="backup_codes_renewed", factor=None)
            return NewCodes(codes=texts)

        return await self.deps.attempt(work)

    def _drawn(self) -> Sequence[str]:
        return [backup_text(self.deps.randomness.token(BACKUP_BYTES)) for _ in range(BACKUP_CODES)]

    async def _add(
        self, scope: IdentityScope, *, asking: Asking, factor: TotpFactor, sealed: SealedRow
    ) -> User | TooManyFactors:
        user = await _user(scope, asking)
        apps = await scope.factors.totps(user.id)
        allowed = self.tries.limits.totp_max
        if sum(one.is_active for one in apps) >= allowed:
            return TooManyFactors(allowed=allowed)
        for one in apps:
            if not one.is_active:
                await scope.factors.keep_totp(one.removed(factor.created_at))
        await scope.factors.add_totp(factor, sealed=sealed)
        await self._record(scope, asking, "factor.enrol", factor)
        return user

    async def _waiting(
        self, scope: IdentityScope, user: User, *, factor_id: UUID, at: datetime
    ) -> TotpFactor:
        lasts = self.tries.limits.enrolment
        for one in await scope.factors.totps(user.id):
            if one.id == factor_id and one.is_pending(at, lasts=lasts):
                return one
        raise FactorNotFound(f"no factor {factor_id} waits for a code")

    async def _put_codes(
        self, scope: IdentityScope, user: User, *, texts: Sequence[str], at: datetime
    ) -> None:
        codes = [
            BackupCode(
                digest=digest_of_backup(text),
                tenant_id=user.tenant_id,
                user_id=user.id,
                created_at=at,
            )
            for text in texts
        ]
        await scope.factors.put_codes(codes, user_id=user.id, at=at)

    async def _record(
        self, scope: IdentityScope, asking: Asking, action: str, factor: TotpFactor | None
    ) -> None:
        await scope.audit.add(
            self.deps.entry(
                tenant_id=asking.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(factor.id if factor is not None else asking.principal.user_id),
                at=self.deps.clock.now(),
                trace_id=asking.trace_id,
                detail=(("label", factor.label),) if factor is not None else (),
            )
        )

    async def _tell(
        self,
        scope: IdentityScope,
        asking: Asking,
        user: User,
        *,
        kind: str,
        factor: TotpFactor | None,
    ) -> None:
        detail = (("factor", FactorKind.TOTP.value), ("label", factor.label)) if factor else ()
        await notify(
            scope, user, kind=kind, detail=detail, deps=self.deps, trace_id=asking.trace_id
        )


async def _user(scope: IdentityScope, asking: Asking) -> User:
    user = await scope.users.get(asking.principal.user_id)
    if user is None:
        raise UserNotFound(asking.principal.user_id)
    return user
