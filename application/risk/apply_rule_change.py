"""Apply a change of rules that somebody has agreed to."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.risk.deps import ChangeReason, RuleContext
from application.risk.rule_steps import RuleStep, read_steps
from application.shared.asker import Asker
from domain.approvals.change import PendingChange
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRuleChange:
    """Take all steps of a change, or none when one rule is not as it was."""

    context: RuleContext

    async def apply(self, work: Work, change: PendingChange, *, by: Asker) -> bool:
        """Apply it; False when a rule changed or went since it was proposed."""
        rules = work.records(RULES)
        at = self.context.changes.clock.now()
        steps: list[RuleStep] = []
        for step in read_steps(change.payload):
            before: Rule | None = await rules.get(step.rule_id)
            if before is None or before.version != step.seen:
                return False
            after = step.after
            if after is not None:
                after = replace(after, version=before.version + 1, updated_at=at)
            steps.append(RuleStep(before=before, after=after))
        why = ChangeReason(reason=change.reason, proposer=change.proposer)
        for one in steps:
            await self.context.put(work, one, by=by, why=why)
        return bool(steps)

    async def applied(self, *, tenant_id: UUID) -> None:
        """Let the gate decide by the rules as they are now."""
        await self.context.gatekeeper.refresh(tenant_id=tenant_id)
