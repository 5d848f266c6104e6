"""Take what people do in person: the owner's word and veto, a trustee's confirmation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from application.succession.context import (
    ASKED,
    NotAsked,
    People,
    Released,
    SuccessionContext,
    TooLate,
)
from application.succession.settle import SettleTrading
from domain.identity.access import Role
from domain.shared.refusals import Conflicting, Forbidden
from domain.succession.plan import SuccessionState
from domain.succession.stored_plan import StoredPlan, SuccessionClock
from ports.work import Work


class NotFinal(Conflicting):
    """Trading cannot be released by a trustee now."""

    slug, title = "succession-not-final", "Release is not final"
    meaning = "A trustee may release trading once a release is final, 72 hours after it."


# Says within a transaction what a person does; what it raises leaves everything as it was.
Act = Callable[[Work, StoredPlan, SuccessionClock, People], Awaitable[SuccessionClock]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionActs:
    """What owners and trustees do, each in one transaction with what it makes due."""

    context: SuccessionContext
    settle: SettleTrading

    async def check_in(
        self, *, by: Asker, once: Once[SuccessionClock] | None = None
    ) -> SuccessionClock | Replayed | KeyReused:
        """Take an owner's act in person: before a release all begins anew.

        Raises NoPlan, Released.
        """
        return await self._do(lambda *at: self.heard(*at, by=by, what="check_in"), by=by, once=once)

    async def veto(
        self, *, by: Asker, once: Once[SuccessionClock] | None = None
    ) -> SuccessionClock | Replayed | KeyReused:
        """Take the owner's veto, which undoes a release of the last 72 hours too.

        Raises NoPlan, TooLate.
        """
        return await self._do(lambda *at: self.vetoed(*at, by=by), by=by, once=once)

    async def confirm(
        self, *, trustee: UUID, by: Asker, once: Once[SuccessionClock] | None = None
    ) -> SuccessionClock | Replayed | KeyReused:
        """Take a trustee's word that the owner is gone; it counts once.

        Raises NoPlan, NotAsked, Forbidden for who is no trustee of the plan.
        """
        return await self._do(
            lambda *at: self.confirmed(*at, trustee=trustee, by=by), by=by, once=once
        )

    async def release_trading(
        self, *, trustee: UUID, by: Asker, once: Once[SuccessionClock] | None = None
    ) -> SuccessionClock | Replayed | KeyReused:
        """Let a trustee end succession's own halt once the release is final.

        Raises NoPlan, Forbidden, NotFinal.
        """

        async def release(
            work: Work, plan: StoredPlan, clock: SuccessionClock, people: People
        ) -> SuccessionClock:
            _check_trustee(plan, people, trustee=trustee)
            if not clock.silence(plan.plan).is_final:
                raise NotFinal("no release is final yet")
            if clock.trading_released_at is not None:
                return clock
            at = self.context.changes.clock.now()
            after = replace(clock, trading_released_at=at, version=clock.version + 1)
            await self.context.record(work, "trading_released", before=clock, after=after, by=by)
            for member in (*people.owners, *people.trustees(plan)):
                await self.context.tell(
                    work, member, state=clock.state, by=by, kind="trading_released"
                )
            return await self.context.keep(work, after)

        return await self._do(release, by=by, once=once)

    async def heard(
        self,
        work: Work,
        plan: StoredPlan,
        clock: SuccessionClock,
        people: People,
        *,
        by: Asker,
        what: str,
    ) -> SuccessionClock:
        """Take an owner's act in person within a transaction; raises Released."""
        silence = clock.silence(plan.plan)
        after = silence.checked_in()
        if silence.state is SuccessionState.RELEASED:
            raise Released("succession was released: a veto takes it back within 72 hours")
        if silence.state is SuccessionState.ARMED:
            kept = clock.following(after).interrupted()
            await self.context.record(work, what, before=clock, after=kept, by=by)
            return await self.context.keep(work, kept)
        return await self.context.move(
            work, clock, after, plan=plan, people=people, by=by, more={"act": what}
        )

    async def vetoed(
        self,
        work: Work,
        plan: StoredPlan,
        clock: SuccessionClock,
        people: People,
        *,
        by: Asker,
    ) -> SuccessionClock:
        """Take the owner's veto within a transaction; raises TooLate."""
        silence = clock.silence(plan.plan)
        if silence.is_final:
            raise TooLate("the release is final: its 72 hours are over")
        if silence.state is not SuccessionState.RELEASED:
            return await self.heard(work, plan, clock, people, by=by, what="veto")
        return await self.context.move(
            work, clock, silence.vetoed(), plan=plan, people=people, by=by, more={"act": "veto"}
        )

    async def confirmed(
        self,
        work: Work,
        plan: StoredPlan,
        clock: SuccessionClock,
        people: People,
        *,
        trustee: UUID,
        by: Asker,
    ) -> SuccessionClock:
        """Take a trustee's word within a transaction; raises NotAsked, Forbidden."""
        _check_trustee(plan, people, trustee=trustee)
        if clock.state not in ASKED:
            raise NotAsked("trustees are asked in CONTACT_PING and GRACE only")
        if str(trustee) in clock.confirmed:
            return clock
        silence = clock.silence(plan.plan, standing=people.standing(plan))
        silence = silence.confirmed_by(str(trustee))
        kept = clock.following(silence)
        await self.context.record(work, "confirmed", before=clock, after=kept, by=by)
        for owner in people.owners:
            more = (("trustee", str(trustee)), ("confirmations", str(len(silence.confirmed))))
            await self.context.tell(
                work, owner, state=clock.state, by=by, kind="confirmed", more=more
            )
        kept = await self.context.keep(work, kept)
        due = silence.due()
        if due.state is clock.state or not clock.delivered:
            return kept
        return await self.context.move(work, kept, due, plan=plan, people=people, by=by)

    async def _do(
        self, act: Act, *, by: Asker, once: Once[SuccessionClock] | None
    ) -> SuccessionClock | Replayed | KeyReused:
        async def do(work: Work) -> SuccessionClock:
            plan, clock = await self.context.there(work)
            return await act(work, plan, clock, await self.context.people_of(work))

        done = await self.context.changes.once(do, tenant_id=by.tenant_id, once=once)
        await self.settle(tenant_id=by.tenant_id, by=by)
        return done


def _check_trustee(plan: StoredPlan, people: People, *, trustee: UUID) -> None:
    if str(trustee) not in people.standing(plan):
        raise Forbidden(f"only a trustee of the plan may, as {Role.TRUSTEE.value} by role")
