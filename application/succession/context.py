"""Share what every change of a succession needs: its records, whom it concerns, what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from application.identity.notify import notice_of
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.identity.access import Role
from domain.identity.member import Member, MemberKind
from domain.identity.notice import Priority
from domain.shared.refusals import Absent, Conflicting
from domain.succession.link import LINK_LASTS, Asks, SuccessionLink
from domain.succession.plan import SuccessionState
from domain.succession.silence import Silence
from domain.succession.stored_plan import StoredPlan, SuccessionClock
from ports.access import Members
from ports.transactions import Conflict
from ports.work import Kind, Look, Work

PLANS = Kind("succession_plans", StoredPlan, proven_as="succession_plan")
CLOCKS = Kind("succession_clocks", SuccessionClock)
LINKS = Kind("succession_links", SuccessionLink, find_by=("step", "user_id"))
CHANNEL = "succession"
# Who acts where nobody does.
CLOCKWORK = "ballast"
# Where a mailed link leads; behind it stands the link's id, in the mail a token.
LINK_PATH = "/succession/answer/"

PRIORITIES: Mapping[SuccessionState, Priority] = MappingProxyType(
    {
        SuccessionState.ARMED: Priority.LOW,
        # By default only what is HIGH is mailed.
        SuccessionState.REMINDED: Priority.HIGH,
        SuccessionState.CONTACT_PING: Priority.HIGH,
        SuccessionState.GRACE: Priority.URGENT,
        SuccessionState.RELEASED: Priority.URGENT,
    }
)
ASKS_OWNER: Mapping[SuccessionState, Asks] = MappingProxyType(
    {
        SuccessionState.REMINDED: Asks.WELL,
        SuccessionState.CONTACT_PING: Asks.WELL,
        SuccessionState.GRACE: Asks.WELL,
        SuccessionState.RELEASED: Asks.VETO,
    }
)
ASKED = frozenset({SuccessionState.CONTACT_PING, SuccessionState.GRACE})


class NoPlan(Absent):
    """The tenant has no plan of succession."""


class Released(Conflicting):
    """It was released: an act of the owner no longer leads back, a veto for a while."""

    slug, title = "succession-released", "Succession released"
    meaning = "Succession was released: within 72 hours the owner's veto takes it back."


class TooLate(Conflicting):
    """The release is final: the owner's veto no longer counts."""

    slug, title = "succession-final", "Release is final"
    meaning = "The release is more than 72 hours old: no veto takes it back."


class NotAsked(Conflicting):
    """Trustees are not asked now."""

    slug, title = "succession-not-asked", "Trustees are not asked"
    meaning = "A trustee's word counts only while the trustees are asked for it."


@dataclass(frozen=True, slots=True)
class People:
    """Whom the succession of a tenant concerns, as they are at one time."""

    members: Sequence[Member]

    @property
    def owners(self) -> list[Member]:
        """Those whose acts in person count."""
        return [one for one in self.members if one.rules and one.kind is MemberKind.PERSON]

    def trustees(self, plan: StoredPlan) -> list[Member]:
        """Those of the plan who are trustees still."""
        return [one for one in self.eligible if str(one.id) in plan.plan.trustees]

    @property
    def eligible(self) -> list[Member]:
        """Those who may be trustees of a plan."""
        return [one for one in self.members if one.role is Role.TRUSTEE and one.disabled_at is None]

    def standing(self, plan: StoredPlan) -> frozenset[str]:
        """Name the trustees whose word counts."""
        return frozenset(str(one.id) for one in self.trustees(plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionContext:
    """Where successions are kept and changed."""

    changes: Changes
    members: Members

    async def people(self, tenant_id: UUID) -> People:
        """Return the tenant's members as they are now: to look at, not to decide by."""
        return People(await self.members.list(tenant_id=tenant_id))

    async def people_of(self, work: Work) -> People:
        """Return the tenant's members; nobody leaves or changes before the change is stored."""
        return People(await work.members())

    async def found(self, look: Look | Work) -> tuple[StoredPlan, SuccessionClock] | None:
        """Return the tenant's plan and its clock, None where there is none."""
        plans = await look.records(PLANS).list(limit=1)
        clocks = await look.records(CLOCKS).list(limit=1)
        return (plans[0], clocks[0]) if plans and clocks else None

    async def there(self, look: Look | Work) -> tuple[StoredPlan, SuccessionClock]:
        """Return the tenant's plan and its clock; raises NoPlan."""
        found = await self.found(look)
        if found is None:
            raise NoPlan("there is no plan of succession: PUT /api/v1/succession/plan")
        return found

    async def keep(self, work: Work, clock: SuccessionClock) -> SuccessionClock:
        """Store a clock as its next version."""
        if not await work.records(CLOCKS).update(clock):
            raise Conflict("the succession changed meanwhile")
        return clock

    async def move(
        self,
        work: Work,
        before: SuccessionClock,
        silence: Silence,
        *,
        plan: StoredPlan,
        people: People,
        by: Asker,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> SuccessionClock:
        """Store another state with its audit entry, and tell everybody whom it concerns."""
        state, step = silence.state, before.step + 1
        told: list[UUID] = []
        for member in people.owners:
            asks = ASKS_OWNER.get(state)
            told.append(await self.tell(work, member, state=state, asks=asks, step=step, by=by))
        if state in ASKED or state is SuccessionState.RELEASED or before.state in ASKED:
            for member in people.trustees(plan):
                asks = Asks.CONFIRM if state in ASKED else None
                await self.tell(work, member, state=state, asks=asks, step=step, by=by)
        after = before.moved(
            silence,
            latch_id=self.changes.ids.new(),
            told=() if state is SuccessionState.ARMED else tuple(told),
        )
        # Of a release made by a trustee's word, too, no time before it counts.
        after = after if by.actor == CLOCKWORK else after.interrupted()
        await self.record(work, state.lower(), before=before, after=after, by=by, more=more)
        return await self.keep(work, after)

    async def tell(
        self,
        work: Work,
        member: Member,
        *,
        state: SuccessionState,
        by: Asker,
        asks: Asks | None = None,
        step: int = 0,
        more: Sequence[tuple[str, str]] = (),
        kind: str = "",
        priority: Priority | None = None,
    ) -> UUID:
        """Tell a member of a state, with a link where something is asked of them."""
        now = self.changes.clock.now()
        detail = [("state", state.value), *more]
        if asks is not None:
            link = SuccessionLink(
                id=self.changes.ids.new(),
                tenant_id=member.tenant_id,
                user_id=member.id,
                asks=asks,
                step=step,
                expires_at=now + LINK_LASTS,
            )
            await work.records(LINKS).add(link)
            detail += [("asks", asks.value), ("link", f"{LINK_PATH}{link.id}")]
        notice, entry = notice_of(
            tenant_id=member.tenant_id,
            user_id=member.id,
            kind=f"succession.{kind or state.lower()}",
            detail=tuple(detail),
            priority=PRIORITIES[state] if priority is None else priority,
            ids=self.changes.ids,
            at=now,
            trace_id=by.trace_id,
        )
        await work.inform(notice)
        await work.audit(entry)
        return notice.id

    async def record(
        self,
        work: Work,
        what: str,
        *,
        before: SuccessionClock,
        after: SuccessionClock,
        by: Asker,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write the audit entry and the event of a change of the clock."""
        await self.changes.record(
            work,
            f"succession.{what}",
            by=by,
            subject=after.id,
            before=described(before),
            after=described(after),
            channel=CHANNEL,
            more=more,
        )


def described(clock: SuccessionClock) -> dict[str, str]:
    """List what the trail and the events show of a clock."""
    return {
        "state": clock.state.value,
        "step": str(clock.step),
        "confirmations": str(len(clock.confirmed)),
        "trading_released": str(clock.trading_released_at is not None).lower(),
    }
