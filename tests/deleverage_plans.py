"""Keep a de-leverage plan that waits, for tests of the route that approves one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.margin.deleverage_plan import DeleveragePlan, PlanOrigin, PlanState, PlanStep
from ports.margin import DELEVERAGE_PLANS
from ports.work import Works
from tests.builders import new_id


async def add_plan(works: Works, *, tenant_id: UUID, account_id: UUID) -> UUID:
    """Return the id of a plan; one of the account that goes on is ended for it."""
    plan = DeleveragePlan(
        id=new_id(),
        tenant_id=tenant_id,
        account_id=account_id,
        target=Decimal("0.25"),
        origin=PlanOrigin.PERSON,
        steps=(
            PlanStep(symbol="AAPL", quantity="-1", spread_cost="0.01", impact_cost="0", tax="0"),
        ),
        cost=Decimal("0.01"),
        buffer_before=Decimal("0.2"),
        buffer_after=Decimal("0.25"),
        least=True,
        taxes="zero_cost",
        proposed_by="user:desk",
        # Whatever the clock of the test shows, it is not too old.
        proposed_at=datetime.now(UTC) + timedelta(days=36_500),
    )
    async with works.begin(tenant_id) as work:
        plans = work.records(DELEVERAGE_PLANS)
        where = {"account_id": account_id, "state": PlanState.APPROVED}
        for one in await plans.list(limit=10, where=where):
            await plans.update(one.ended(PlanState.STOPPED, at=plan.proposed_at))
        await plans.add(plan)
    return plan.id
