"""Delete a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RuleDeleted, RuleNotFound, RulePending
from application.risk.deps import ChangeReason, RuleContext, answer_with
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from domain.accounts.book_change import Reply
from domain.approvals.change import PendingChange
from domain.risk.rule import Rule
from domain.shared.refusals import Outdated
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRule:
    """Delete a rule; decisions taken under it keep it in their records."""

    context: RuleContext

    async def __call__(
        self,
        *,
        rule_id: UUID,
        asker: Asker,
        reason: str = "",
        expected_version: int | None = None,
        answer: Callable[[Rule | PendingChange], Reply] | None = None,
    ) -> RuleDeleted | RulePending:
        """Delete it, with expected_version only if it still is of that one.

        Raises RuleNotFound, Outdated, InvalidValue for a missing reason. answer, made of the
        rule as it was or of the change that waits, is stored with it; a key that has one already
        raises AlreadyAnswered.
        """
        hurdle = await self.context.proposing.hurdle(tenant_id=asker.tenant_id)

        async def delete(work: Work) -> RuleDeleted | RulePending:
            rules = work.records(RULES)
            before = await rules.get(rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                raise Outdated(before.version)
            step = RuleStep(before=before, after=None)
            if self.context.loosens(step):
                change = await self.context.hold(
                    work, [step], reason=reason, by=asker, hurdle=hurdle
                )
                if change is not None:
                    if answer is not None:
                        await answer_with(work, answer(change))
                    return RulePending(change=change)
            await self.context.put(work, step, by=asker, why=ChangeReason(reason=reason))
            if answer is not None:
                await answer_with(work, answer(before))
            return RuleDeleted()

        return await self.context.change(delete, tenant_id=asker.tenant_id)
