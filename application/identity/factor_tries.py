"""Slow down who guesses second factors, counted over everything that takes one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from application.identity.cancel_recovery import cancel_recovery
from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from application.identity.proofs import Spend
from application.identity.tries_ahead import TriesAhead
from domain.identity.factors import FactorKind, FactorLimits
from domain.identity.guessing import DAY, TrySource, WrongTry, strange_within_a_day, wait_of
from domain.identity.notice import CODES_GUESSED
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
    """Takes proofs, and counts the wrong ones by where they come from: so many an hour.

    Only who knows the password, or holds the user's token, gets so far. Who knows the password
    alone uses up what strangers have, and never what a device has that its user showed a
    factor on; nor does who copied its token, where its user did.
    """

    deps: IdentityDeps
    limits: FactorLimits
    _ahead: TriesAhead = field(default_factory=TriesAhead)

    async def take(
        self,
        scope: IdentityScope,
        user: User,
        *,
        spend: Spend,
        source: TrySource,
        at: datetime,
        place: str,
        trace_id: str,
    ) -> FactorKind | ProofRefused:
        """Use a proof up, in the transaction that has the user; the refusal is kept too.

        A factor that was shown cancels a request to take all of them away: it is not lost. So
        does the code of an app that has to wait and lets nobody in; else whoever has the
        password could give wrong codes until the factors are gone.
        """
        tries = await self._tries(scope, user, at=at)
        waits = self._wait(tries, source=source, at=at)
        kind = await spend(scope, at)
        if waits is not None and kind not in _NO_GUESS:
            if kind is not None:
                await self.cancel(scope, user, at=at, trace_id=trace_id, why=f"{kind} shown")
            return waits
        if kind is None:
            wrong = WrongTry(at=at, source=source)
            await scope.factors.add_try(wrong, tenant_id=user.tenant_id, user_id=user.id)
            await self._record(
                scope, user, "factor.refused", at=at, trace_id=trace_id, detail=(("at", place),)
            )
            await self._warn(scope, user, tries=[*tries, wrong], at=at, trace_id=trace_id)
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

    async def waits(
        self, scope: IdentityScope, user: User, *, source: TrySource, at: datetime
    ) -> ProofRefused | None:
        """Return how long guessable proofs from there have to wait, None while there is room."""
        tries = await self._tries(scope, user, at=at)
        return self._wait(tries, source=source, at=at)

    async def _tries(self, scope: IdentityScope, user: User, *, at: datetime) -> list[WrongTry]:
        return self._ahead.settled(
            await scope.factors.tries(user.id, since=at - DAY),
            user_id=user.id,
            now=at,
            monotonic=self.deps.clock.monotonic(),
        )

    def _wait(
        self, tries: Sequence[WrongTry], *, source: TrySource, at: datetime
    ) -> ProofRefused | None:
        wait = wait_of(source, tries, now=at, limits=self.limits)
        if wait is None:
            return None
        return ProofRefused(retry_after_s=max(1, math.ceil(wait.total_seconds())))

    async def cancel(
        self, scope: IdentityScope, user: User, *, at: datetime, trace_id: str, why: str
    ) -> bool:
        """Cancel a user's open request for recovery; tell whether there was one."""
        return await cancel_recovery(scope, user, deps=self.deps, at=at, trace_id=trace_id, why=why)

    async def _warn(
        self,
        scope: IdentityScope,
        user: User,
        *,
        tries: Sequence[WrongTry],
        at: datetime,
        trace_id: str,
    ) -> None:
        """Tell the user when as many wrong codes as one network may give came from elsewhere."""
        last = tries[-1].source
        if last.at_home:
            return
        # Told at the one that makes it so many within a day, not at each that follows.
        if strange_within_a_day(tries, now=at) == self.limits.tries_network:
            detail = (("wrong", str(self.limits.tries_network)), ("network", last.network))
            await notify(
                scope, user, kind=CODES_GUESSED, detail=detail, deps=self.deps, trace_id=trace_id
            )

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
