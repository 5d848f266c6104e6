"""Keep the plan of a tenant's owner: writing it is an act in person, and begins anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.shared.asker import Asker
from application.succession.context import (
    CHANNEL,
    CLOCKS,
    PLANS,
    NoPlan,
    People,
    Released,
    SuccessionContext,
)
from application.succession.settle import SettleTrading
from domain.shared.refusals import Outdated
from domain.shared.values import InvalidValue
from domain.succession.allocation import Allocation
from domain.succession.plan import SuccessionPlan, SuccessionState
from domain.succession.stored_plan import AccountAccess, StoredPlan, SuccessionClock
from ports.accounts import AccountDirectory
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFields:
    """What an owner writes of a plan."""

    plan: SuccessionPlan
    allocations: tuple[Allocation, ...] = ()
    access: tuple[AccountAccess, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlan:
    """Read and write the plan."""

    context: SuccessionContext
    settle: SettleTrading
    directory: AccountDirectory

    async def get(self, *, tenant_id: UUID) -> StoredPlan:
        """Return the plan; raises NoPlan."""
        async with self.context.changes.works.look(tenant_id) as look:
            found = await look.records(PLANS).list(limit=1)
        if not found:
            raise NoPlan("there is no plan of succession yet")
        return found[0]

    async def put(
        self,
        fields: PlanFields,
        *,
        by: Asker,
        expected: int | None = None,
    ) -> StoredPlan:
        """Store the plan in place of the one before; with expected only of that version.

        Raises InvalidValue for trustees who are none and accounts that are not there, Outdated,
        Released while a release stands.
        """
        context = self.context
        await self._check_accounts(fields.access, tenant_id=by.tenant_id)

        async def put(work: Work) -> StoredPlan:
            _check_trustees(fields.plan, await context.people_of(work))
            found = await context.found(work)
            if found is None:
                return await self._first(work, fields, by=by)
            before, clock = found
            if expected is not None and expected != before.version:
                raise Outdated(before.version)
            if clock.state is SuccessionState.RELEASED and clock.trading_released_at is None:
                raise Released("a release stands: veto it, or let a trustee release trading")
            after = replace(
                before,
                plan=fields.plan,
                allocations=fields.allocations,
                access=fields.access,
                written_at=context.changes.clock.now(),
                version=before.version + 1,
            )
            if not await work.records(PLANS).update(after):
                raise Conflict("the plan changed meanwhile")
            await self._record(work, before=before, after=after, by=by)
            anew = SuccessionClock(
                id=clock.id,
                tenant_id=clock.tenant_id,
                latch_id=context.changes.ids.new(),
                step=clock.step + 1,
                beat=clock.beat + 1,
                version=clock.version + 1,
            )
            await context.keep(work, anew)
            if clock.state is not SuccessionState.ARMED:
                await context.record(work, "armed", before=clock, after=anew, by=by)
            return after

        done = await context.changes.run(put, tenant_id=by.tenant_id)
        await self.settle(tenant_id=by.tenant_id, by=by)
        return done

    async def _first(self, work: Work, fields: PlanFields, *, by: Asker) -> StoredPlan:
        changes = self.context.changes
        made = StoredPlan(
            id=changes.ids.new(),
            tenant_id=by.tenant_id,
            plan=fields.plan,
            allocations=fields.allocations,
            access=fields.access,
            written_at=changes.clock.now(),
        )
        await work.records(PLANS).add(made)
        await work.records(CLOCKS).add(
            SuccessionClock(
                id=changes.ids.new(), tenant_id=by.tenant_id, latch_id=changes.ids.new()
            )
        )
        await self._record(work, before=None, after=made, by=by)
        return made

    async def _record(
        self, work: Work, *, before: StoredPlan | None, after: StoredPlan, by: Asker
    ) -> None:
        await self.context.changes.record(
            work,
            "succession.plan_written",
            by=by,
            subject=after.id,
            before=None if before is None else describe_plan(before),
            after=describe_plan(after),
            channel=CHANNEL,
        )

    async def _check_accounts(self, access: Sequence[AccountAccess], *, tenant_id: UUID) -> None:
        for index, one in enumerate(access):
            if await self.directory.find(tenant_id=tenant_id, account_id=one.account_id) is None:
                raise InvalidValue(
                    field=f"access[{index}].account_id", problem="must be an account of the tenant"
                )


def _check_trustees(plan: SuccessionPlan, people: People) -> None:
    eligible = frozenset(str(one.id) for one in people.eligible)
    for index, name in enumerate(plan.trustees):
        if name not in eligible:
            raise InvalidValue(
                field=f"trustees[{index}]",
                problem="must be the id of a member whose role is trustee, and not disabled",
            )


def describe_plan(stored: StoredPlan) -> dict[str, str]:
    """List what the trail and the events show of a plan: who inherits what stays in the plan."""
    plan = stored.plan
    return {
        "trustees": ",".join(plan.trustees),
        "confirmations_needed": str(plan.confirmations_needed),
        "check_in_days": str(plan.check_in_days),
        "remind_days": str(plan.remind_days),
        "contact_days": str(plan.contact_days),
        "grace_days": str(plan.grace_days),
        "allocations": str(len(stored.allocations)),
        "access": ",".join(f"{one.trustee}:{one.account_id}" for one in stored.access),
    }
