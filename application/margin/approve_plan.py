"""Approve a de-leverage plan: from then on its orders are sent, one after another."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.margin.context import MarginContext
from application.margin.plan_deleverage import change_plan
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.margin.deleverage_plan import DeleveragePlan, PlanState
from domain.shared.refusals import Absent, Conflicting
from ports.margin import DELEVERAGE_PLANS
from ports.work import Work


class PlanNotFound(Absent):
    """There is no such plan of the account, or it is another tenant's."""

    def __init__(self, plan_id: UUID) -> None:
        super().__init__(f"de-leverage plan {plan_id} does not exist")


class PlanNotApprovable(Conflicting):
    """The plan waits no more, is too old, or another one is being carried out."""

    slug = "plan-not-approvable"
    title = "Plan cannot be approved"
    meaning = "The plan waits no more, is too old, or another of the account is carried out."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePlan:
    """Let a plan be carried out, unless another one of the account is."""

    context: MarginContext
    # Called once there is something to carry out.
    wake: Callable[[], None] = lambda: None

    async def __call__(
        self,
        plan_id: UUID,
        *,
        account_id: UUID,
        by: Asker,
        once: Once[DeleveragePlan] | None = None,
    ) -> DeleveragePlan | Replayed | KeyReused:
        """Return the plan as approved; raises PlanNotFound, PlanNotApprovable."""
        now = self.context.changes.clock.now()

        async def approve(work: Work) -> DeleveragePlan:
            plans = work.records(DELEVERAGE_PLANS)
            plan = await plans.get(plan_id)
            if plan is None or plan.account_id != account_id:
                raise PlanNotFound(plan_id)
            if plan.state is not PlanState.PROPOSED:
                raise PlanNotApprovable(f"it is {plan.state.value} already")
            if plan.is_stale(now):
                raise PlanNotApprovable("it was proposed too long ago: ask for another one")
            where = {"account_id": account_id, "state": PlanState.APPROVED}
            if await plans.count(where=where):
                raise PlanNotApprovable("another plan of the account is being carried out")
            after = plan.approved(by=by.actor, at=now)
            return await change_plan(self.context, work, plan, after, by=by)

        done = await self.context.changes.once(approve, tenant_id=by.tenant_id, once=once)
        self.wake()
        return done
