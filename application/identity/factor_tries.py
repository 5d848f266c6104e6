"""Slow down who guesses second factors, counted by user over everything that takes one."""

import math
from dataclasses import dataclass
from datetime import datetime

from application.identity.cancel_recovery import cancel_recovery
from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from application.identity.proofs import Spend
from domain.identity.factors import HOUR, FactorKind, FactorLimits, retry_after
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope

# Nobody guesses these: whoever shows one need not wait for those who guess six digits.
_NO_GUESS = frozenset({FactorKind.BACKUP_CODE, FactorKind.PASSKEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRefused:
    """What was shown lets nobody in; retry_after_s says that there were too many wrong before."""

    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorTries:
    """Takes proofs, and counts the wrong ones: so many an hour, whoever gives them.

    Only who knows the password, or holds the user's token, gets so far.
    """

    deps: IdentityDeps
    limits: FactorLimits

    async def take(
        self,
        scope: IdentityScope,
        user: User,
        *,
        spend: Spend,
        at: datetime,
        place: str,
        trace_id: str,
    ) -> FactorKind | ProofRefused:
        """Use a proof up, in the transaction that has the user; the refusal is kept too.

        A factor that was shown cancels a request to take all of them away: it is not lost. So
        does the code of an app that has to wait and lets nobody in; else whoever has the
        password could give wrong codes until the factors are gone.
        """
        waits = await self.waits(scope, user, at=at)
        kind = await spend(scope, at)
        if waits is not None and kind not in _NO_GUESS:
            if kind is not None:
                await self.cancel(scope, user, at=at, trace_id=trace_id, why=f"{kind} shown")
            return waits
        if kind is None:
            await scope.factors.add_try(tenant_id=user.tenant_id, user_id=user.id, at=at)
            await self._record(
                scope, user, "factor.refused", at=at, trace_id=trace_id, detail=(("at", place),)
            )
            return ProofRefused()
        if kind is FactorKind.BACKUP_CODE:
            left = await scope.factors.codes_left(user.id)
            await notify(
                scope,
                user,
                kind="backup_code_used",
                detail=(("left", str(left)), ("at", place)),
                deps=self.deps,
                trace_id=trace_id,
            )
        await self.cancel(scope, user, at=at, trace_id=trace_id, why=f"{kind} shown")
        return kind

    async def waits(self, scope: IdentityScope, user: User, *, at: datetime) -> ProofRefused | None:
        """Return how long a user's guessable proofs have to wait, None while there is room."""
        tries = await scope.factors.tries(user.id, since=at - HOUR)
        wait = retry_after(tries, now=at, allowed=self.limits.tries_hour)
        if wait is None:
            return None
        return ProofRefused(retry_after_s=max(1, math.ceil(wait.total_seconds())))

    async def cancel(
        self, scope: IdentityScope, user: User, *, at: datetime, trace_id: str, why: str
    ) -> bool:
        """Cancel a user's open request for recovery; tell whether there was one."""
        return await cancel_recovery(scope, user, deps=self.deps, at=at, trace_id=trace_id, why=why)

    async def _record(
        self,
        scope: IdentityScope,
        user: User,
        action: str,
        *,
        at: datetime,
        trace_id: str,
        detail: tuple[tuple[str, str], ...],
    ) -> None:
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=actor_of(user.id),
                action=action,
                subject=actor_of(user.id),
                at=at,
                trace_id=trace_id,
                detail=detail,
            )
        )
