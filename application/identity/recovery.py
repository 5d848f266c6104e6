"""Let who lost every factor in again: after a delay, with notice, and never by silence alone."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.challenges import Challenges
from application.identity.deps import Asking, IdentityDeps, actor_of
from application.identity.factor_tries import FactorTries
from application.identity.notify import notify
from domain.identity.factors import Recovery
from domain.identity.one_time import digest_of
from domain.identity.tenant import PrincipalKind, User
from domain.shared.refusals import Absent
from ports.factors_of import FactorsOf
from ports.identity import Users
from ports.identity_scope import IdentityScope
from ports.storage import ConstraintBroken, StorageCorrupt, StorageUnavailable
from ports.time import Sleeper

EVERY_S = 30.0
_PAGE = 100


class NoRecovery(Absent):
    """There is no open request to take the factors away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRefused:
    """The challenge is not open: only who knows the password may ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoveries:
    """Requests to take all factors of a user away.

    Asked for with a challenge, which only a right password makes. Any factor that is shown
    before the delay is over cancels it, and so does whoever is logged in.
    """

    deps: IdentityDeps
    users: Users
    challenges: Challenges
    tries: FactorTries
    factors: FactorsOf

    async def ask(self, *, challenge: str, trace_id: str = "") -> Recovery | RecoveryRefused:
        """Return the open request: the one that was there, else a new one."""
        user = await self.challenges.whose(challenge)
        if user is None:
            return RecoveryRefused()

        async def work(scope: IdentityScope) -> Recovery | RecoveryRefused:
            at = self.deps.clock.now()
            stored = await scope.users.get(user.id)
            found = await scope.factors.challenge(digest_of(challenge))
            if stored is None or stored.disabled_at is not None or found is None:
                return RecoveryRefused()
            if not found.is_open(at, tries_max=self.tries.limits.tries_challenge):
                return RecoveryRefused()
            there = await scope.factors.recovery(stored.id)
            if there is not None:
                return there
            made = Recovery(
                id=self.deps.ids.new(),
                tenant_id=stored.tenant_id,
                user_id=stored.id,
                asked_at=at,
                effective_at=at + self.tries.limits.recovery,
            )
            await scope.factors.keep_recovery(made)
            await self._tell(scope, stored, made, what="ask", at=at, trace_id=trace_id)
            return made

        return await self.deps.attempt(work)

    async def pending(self, asking: Asking) -> Recovery | None:
        """Return the open request of who asks."""
        user_id = asking.principal.user_id
        return await self.deps.look(lambda scope: scope.factors.recovery(user_id))

    async def cancel(self, asking: Asking) -> NeedsPerson | None:
        """Cancel one's own open request, as any person who is let in; raises NoRecovery.

        No step-up is asked for: nothing gets easier by it, and each minute may count.
        """
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()

        async def work(scope: IdentityScope) -> None:
            user = await scope.users.get(asking.principal.user_id)
            at, trace_id = self.deps.clock.now(), asking.trace_id
            if user is None or not await self.tries.cancel(
                scope, user, at=at, trace_id=trace_id, why="canceled in a session"
            ):
                raise NoRecovery("no recovery is open")

        await self.deps.attempt(work)
        return None

    async def settle(self) -> int:
        """Take the factors of everyone whose delay is over, and return of how many.

        One that cannot be settled keeps no other waiting: a request of whom the server keeps
        out, or no longer knows, is over. One whose records are broken is left as it is, and
        the first of these is raised when all others are settled: StorageCorrupt, or
        ConstraintBroken.
        """
        broken: list[Exception] = []
        done = 0
        for tenant in await self.users.tenants():
            done += await self._settle_of(tenant.id, broken=broken)
        if broken:
            raise broken[0]
        return done

    async def _settle_of(self, tenant_id: UUID, *, broken: list[Exception]) -> int:
        # What was not settled is still there: each is come to once.
        last: Recovery | None = None

        async def due_now(scope: IdentityScope) -> Sequence[Recovery]:
            now = self.deps.clock.now()
            return await scope.factors.due_recoveries(
                tenant_id=tenant_id, now=now, limit=_PAGE, after=last
            )

        done = 0
        while True:
            due = await self.deps.look(due_now)
            for recovery in due:
                try:
                    done += await self._settle(recovery)
                except (StorageCorrupt, ConstraintBroken) as problem:
                    broken.append(problem)
            if len(due) < _PAGE:
                return done
            last = due[-1]

    async def _settle(self, recovery: Recovery) -> bool:
        async def work(scope: IdentityScope) -> bool:
            at = self.deps.clock.now()
            user = await scope.users.get(recovery.user_id)
            # Once more, now that nobody else can cancel it.
            found = await scope.factors.recovery(recovery.user_id)
            if user is None:
                # Nobody is left to be let in, or to be told.
                await scope.factors.keep_recovery(recovery.canceled(at))
                return False
            if found is None or not found.is_due(at):
                return False
            if user.disabled_at is not None:
                # Whoever lets them in again lets them in with the factors that they had.
                await self.tries.cancel(scope, user, at=at, trace_id="", why="the user is disabled")
                return False
            await self.factors.remove_all(scope, user_id=user.id)
            await scope.factors.void_challenges(user_id=user.id, at=at)
            await scope.factors.keep_recovery(replace(found, done_at=at))
            await self._tell(scope, user, found, what="done", at=at, trace_id="")
            return True

        return await self.deps.attempt(work)

    async def _tell(
        self,
        scope: IdentityScope,
        user: User,
        recovery: Recovery,
        *,
        what: str,
        at: datetime,
        trace_id: str,
    ) -> None:
        detail = (
            ("recovery", str(recovery.id)),
            ("effective_at", recovery.effective_at.isoformat()),
        )
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=actor_of(user.id) if what == "ask" else "system:recovery",
                action=f"recovery.{what}",
                subject=actor_of(user.id),
                at=at,
                trace_id=trace_id,
                detail=detail,
            )
        )
        kind = "recovery_asked" if what == "ask" else "recovery_done"
        await notify(scope, user, kind=kind, detail=detail, deps=self.deps, trace_id=trace_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRecoveries:
    """Look for requests whose delay is over, now and then; a server that was down is late only."""

    recoveries: Recoveries
    sleeper: Sleeper

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            # The database's own component says that it is away; what is due stays due.
            with suppress(StorageUnavailable):
                await self.recoveries.settle()
            await self.sleeper.sleep(EVERY_S)
