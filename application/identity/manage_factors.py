"""Let users keep their second factors: authenticator apps, and the codes for the way back."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.backup_codes import drawn_codes, put_codes
from application.identity.deps import Asking, IdentityDeps
from application.identity.factor_added import FactorAdded, NewFactor
from application.identity.factor_results import (
    Confirmed,
    Enrolled,
    FactorNotFound,
    NewCodes,
    NoFactor,
    OwnFactors,
    TooManyFactors,
)
from application.identity.factor_tries import FactorTries, ProofRefused
from application.identity.notify import notify
from application.identity.proofs import CodeProofs
from application.identity.try_source import keep_proven
from application.identity.unknown_user import UserNotFound
from application.shared.sealing import seal_and_store
from domain.identity.factor_codes import SEED_BYTES, AppCode, read_code
from domain.identity.factors import FactorKind, TotpFactor, making_way
from domain.identity.guessing import TrySource
from domain.identity.tenant import PrincipalKind, User
from ports.factors import address_of
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope
from ports.secrets import SealedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageFactors:
    """A user's own second factors."""

    deps: IdentityDeps
    proofs: CodeProofs
    tries: FactorTries
    kinds: FactorsOf
    added: FactorAdded

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

        A second enrolment takes the place of the session's unfinished one. Raises SecretsSealed.
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
            session_id=asking.principal.session_id,
        )
        row, vault = address_of(factor), self.proofs.vault

        async def store(sealed: SealedRow) -> User | TooManyFactors:
            return await self.deps.attempt(
                partial(self._add, asking=asking, factor=factor, sealed=sealed)
            )

        made = await seal_and_store(vault, seed, row=row, store=store)
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

    async def confirm(
        self, asking: Asking, *, factor_id: UUID, code: str, keep_others: bool = False
    ) -> Confirmed | ProofRefused | NeedsPerson:
        """Let an app count, by its first code; raises FactorNotFound, SecretsSealed.

        If it is the user's first factor their other sessions end, unless keep_others.
        """
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        user_id, read = asking.principal.user_id, read_code(code)
        found = None
        if isinstance(read, AppCode):
            found = await self.proofs.step(read.digits, user_id=user_id, waiting=factor_id)
        texts = drawn_codes(self.deps.randomness)
        personal_tokens = await self.added.good_tokens(asking)

        async def work(scope: IdentityScope) -> Confirmed | ProofRefused:
            user = await _user(scope, asking)
            at = self.deps.clock.now()
            first = not await self.kinds.within(scope, user_id=user.id)
            factor = await self._waiting(scope, user, factor_id=factor_id, at=at)
            source = TrySource.enrolling(factor, network=asking.visitor.network)
            waits = await self.tries.waits(scope, user, source=source, at=at)
            if waits is not None:
                # Its code would let the app count, and tell who gave it the backup codes.
                return waits

            async def spend(inner: IdentityScope, now: datetime) -> FactorKind | None:
                if found is None:
                    return None
                step = found[1]
                await inner.factors.keep_totp(
                    replace(factor, confirmed_at=now, last_step=step, last_used_at=now)
                )
                return FactorKind.TOTP

            shown = await self.tries.take(
                scope,
                user,
                spend=spend,
                source=source,
                at=at,
                place="enrolment",
                trace_id=asking.trace_id,
            )
            if isinstance(shown, ProofRefused):
                return shown
            for other in await scope.factors.totps(user.id):
                if not other.is_active:
                    # Begun beside it, perhaps by whoever it is to keep out.
                    await scope.factors.keep_totp(other.removed(at))
            await keep_proven(scope, user, asking=asking, at=at)
            await put_codes(scope, user, texts=texts, at=at)
            await self._record(scope, asking, "factor.confirm", factor)
            new = NewFactor(
                named=_named(factor),
                asking=asking,
                at=at,
                first=first,
                keep_others=keep_others,
                personal_tokens=personal_tokens,
            )
            earlier = await self.added(scope, user, new)
            return Confirmed(codes=texts, earlier=earlier)

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
        texts = drawn_codes(self.deps.randomness)

        async def work(scope: IdentityScope) -> NewCodes | NoFactor:
            user = await _user(scope, asking)
            if not await self.kinds.within(scope, user_id=user.id):
                return NoFactor()
            await put_codes(scope, user, texts=texts, at=self.deps.clock.now())
            await self._record(scope, asking, "factor.backup_codes", None)
            await self._tell(scope, asking, user, kind="backup_codes_renewed", factor=None)
            return NewCodes(codes=texts)

        return await self.deps.attempt(work)

    async def _add(
        self, scope: IdentityScope, *, asking: Asking, factor: TotpFactor, sealed: SealedRow
    ) -> User | TooManyFactors:
        user = await _user(scope, asking)
        apps = await scope.factors.totps(user.id)
        allowed = self.tries.limits.totp_max
        if sum(one.is_active for one in apps) >= allowed:
            return TooManyFactors(allowed=allowed)
        for one in making_way(apps, new=factor, limits=self.tries.limits):
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
        detail = _named(factor) if factor else ()
        await notify(
            scope, user, kind=kind, detail=detail, deps=self.deps, trace_id=asking.trace_id
        )


async def _user(scope: IdentityScope, asking: Asking) -> User:
    user = await scope.users.get(asking.principal.user_id)
    if user is None:
        raise UserNotFound(asking.principal.user_id)
    return user


def _named(factor: TotpFactor) -> tuple[tuple[str, str], ...]:
    return (("factor", FactorKind.TOTP.value), ("label", factor.label))
