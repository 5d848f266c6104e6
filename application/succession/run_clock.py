"""Let an owner's silence grow by the time that this system ran, and by nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from application.shared.asker import Asker
from application.shared.change import again
from application.succession.context import CLOCKS, CLOCKWORK, People, SuccessionContext
from application.succession.settle import SettleTrading
from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel
from domain.identity.member import Member
from domain.succession.log_ins import noted, someone_logged_in
from domain.succession.plan import SuccessionState
from domain.succession.silence import Silence
from domain.succession.stored_plan import StoredPlan, SuccessionClock, passed
from ports.identity_scope import IdentityScope
from ports.succession import StepMessages
from ports.time import Sleeper
from ports.transactions import Transactions
from ports.work import Work

DAY_S = 86_400.0
_PAGE = 200
TICK_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClock:
    """Ticks for every tenant with a plan.

    A tick adds the monotonic time since this very process ticked last, at most one tick's
    length, and only where nobody came between: not another process, not an act, not a back-up.
    So a clock that is set, a machine that sleeps and a process that dies add nothing. day_s is
    how long a day of a plan takes: shorter ones are for rehearsals.
    """

    context: SuccessionContext
    settle: SettleTrading
    messages: StepMessages
    identity: Transactions[IdentityScope]
    sleeper: Sleeper
    on_failure: Callable[[UUID, Exception], None]
    day_s: float = DAY_S
    tick_s: float = TICK_S
    # This process, and when it ticked last for a tenant, by the beat that it stored.
    _me: list[UUID] = field(default_factory=list, init=False)
    _last: dict[UUID, tuple[int, float]] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await self.tick()
            await self.sleeper.sleep(self.tick_s)

    async def tick(self) -> None:
        """Tick once for every tenant; one that fails holds no other up."""
        after: UUID | None = None
        while True:
            clocks = await self.context.changes.works.everywhere(
                CLOCKS, limit=_PAGE, after=after, unreadable=self._unreadable
            )
            for clock in clocks:
                try:
                    await self._turn(clock)
                # What is due stays due: the next tick looks again.
                except Exception as problem:  # noqa: BLE001
                    self.on_failure(clock.tenant_id, problem)
            if len(clocks) < _PAGE:
                return
            after = clocks[-1].id

    def _unreadable(self, id: UUID, problem: str) -> None:
        self.on_failure(id, ValueError(problem))

    async def _turn(self, seen: SuccessionClock) -> None:
        tenant_id, by = seen.tenant_id, Asker(tenant_id=seen.tenant_id, actor=CLOCKWORK)
        owners = (await self.context.people(tenant_id)).owners
        logins = await self._logins(owners)
        heard = seen.delivered or await self.messages.reached(
            tenant_id=tenant_id,
            notice_ids=seen.told,
            owners=frozenset(one.id for one in owners),
        )
        now_s = self.context.changes.clock.monotonic()

        async def turn(work: Work) -> SuccessionClock | None:
            found = await self.context.found(work)
            if found is None:
                return None
            plan, clock = found
            people = await self.context.people_of(work)
            lasted = self._lasted(clock, now_s=now_s)
            clock = self._marked(clock, logins=logins)
            if someone_logged_in(found[1].logins, logins):
                return await self._in_person(work, plan, clock, people=people, by=by)
            if not clock.delivered:
                # Until now an owner had not got the message: this time was none to answer in.
                reached = heard and clock.step == seen.step
                kept = replace(clock, delivered=reached, version=clock.version + 1)
                return await self.context.keep(work, kept)
            silence = clock.silence(plan.plan, standing=people.standing(plan))
            after = passed(silence, lasted)
            if after.state is not clock.state:
                return await self.context.move(work, clock, after, plan=plan, people=people, by=by)
            return await self.context.keep(work, clock.following(after))

        stored = await self.context.changes.run(turn, tenant_id=tenant_id)
        if stored is None:
            return
        self._last[tenant_id] = (stored.beat, now_s)
        await self.settle(tenant_id=tenant_id, by=by)
        await self._hand_over(stored, by=by)

    def _lasted(self, clock: SuccessionClock, *, now_s: float) -> timedelta:
        """Return what the tick adds, in time of the plan."""
        known = self._last.get(clock.tenant_id)
        if known is None or clock.ticker != self._process or clock.beat != known[0]:
            return timedelta(0)
        ran_s = min(max(now_s - known[1], 0.0), self.tick_s)
        return timedelta(seconds=ran_s * (DAY_S / self.day_s))

    def _marked(self, clock: SuccessionClock, *, logins: str) -> SuccessionClock:
        return replace(clock, ticker=self._process, beat=clock.beat + 1, logins=logins)

    @property
    def _process(self) -> UUID:
        if not self._me:
            self._me.append(self.context.changes.ids.new())
        return self._me[0]

    async def _in_person(
        self,
        work: Work,
        plan: StoredPlan,
        clock: SuccessionClock,
        *,
        people: People,
        by: Asker,
    ) -> SuccessionClock:
        """Take a log-in of an owner for what it is; after a release only a veto counts."""
        silence: Silence = clock.silence(plan.plan)
        after = silence.checked_in()
        if after.state is silence.state:
            return await self.context.keep(work, clock.following(after))
        return await self.context.move(
            work, clock, after, plan=plan, people=people, by=by, more={"act": "log_in"}
        )

    async def _logins(self, owners: Sequence[Member]) -> str:
        """Return what is noted of the owners' log-ins that count as their own."""
        # Somebody else's log-in may come between: read again, so that the tick is not lost.
        return await again(partial(self._read_logins, owners))

    async def _read_logins(self, owners: Sequence[Member]) -> str:
        async with self.identity.begin() as scope:
            pasts = {one.id: await scope.logins.past(one.id) for one in owners}
        return noted({owner: [one.id for one in past.learned] for owner, past in pasts.items()})

    async def _hand_over(self, clock: SuccessionClock, *, by: Asker) -> None:
        """Grant, once a release is final, what the plan names; asked again it changes nothing."""
        if clock.state is not SuccessionState.RELEASED or clock.handed_over:
            return
        async with self.context.changes.works.look(clock.tenant_id) as look:
            plan, now = await self.context.there(look)
        if not now.silence(plan.plan).is_final:
            return
        standing = (await self.context.people(clock.tenant_id)).standing(plan)
        for one in plan.access:
            if str(one.trustee) in standing:
                await self.context.members.grant(
                    tenant_id=clock.tenant_id,
                    member_id=one.trustee,
                    account_id=one.account_id,
                    level=GrantLevel.ROLE,
                    audit=AuditEntry(
                        id=self.context.changes.ids.new(),
                        tenant_id=clock.tenant_id,
                        actor=by.actor,
                        action="member.grant",
                        subject=str(one.trustee),
                        account_id=one.account_id,
                        at=self.context.changes.clock.now(),
                        detail=(("level", GrantLevel.ROLE.value), ("why", "succession")),
                    ),
                )

        async def done(work: Work) -> None:
            plan, found = await self.context.there(work)
            if found.state is not SuccessionState.RELEASED or found.handed_over:
                return
            after = replace(found, handed_over=True, version=found.version + 1)
            await self.context.record(work, "handed_over", before=found, after=after, by=by)
            people = await self.context.people_of(work)
            for member in (*people.owners, *people.trustees(plan)):
                await self.context.tell(work, member, state=found.state, by=by, kind="handed_over")
            await self.context.keep(work, after)

        await self.context.changes.run(done, tenant_id=clock.tenant_id)
