"""Answer for the margin of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.margin.approve_plan import ApprovePlan
from application.margin.plan_deleverage import PlanDeleverage
from application.margin.read_account import ReadAccountMargin
from application.margin.set_rulebook import SetMargin
from domain.margin.deleverage_plan import DeleveragePlan
from ports.margin import DELEVERAGE_PLANS


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountMarginUseCases:
    """Everything that can be asked of accounts' margin."""

    reading: ReadAccountMargin
    setting: SetMargin
    planning: PlanDeleverage
    approving: ApprovePlan

    async def plans(
        self, *, tenant_id: UUID, account_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[DeleveragePlan]:
        """Return an account's plans in the order they were proposed; raises AccountNotFound."""
        context = self.reading.context
        await context.account(tenant_id=tenant_id, account_id=account_id)
        async with context.changes.works.look(tenant_id) as look:
            return await look.records(DELEVERAGE_PLANS).list(
                limit=limit, after=after, where={"account_id": account_id}
            )
