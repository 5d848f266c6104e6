"""Change a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.risk.commands import RuleFields, RuleNotFound, RulePending, RuleStored
from application.risk.create_rule import rule_of
from application.risk.deps import ChangeReason, RuleContext, answer_with
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from domain.accounts.book_change import Reply
from domain.approvals.change import PendingChange
from domain.risk.loosening import with_override
from domain.risk.rule import Rule
from domain.shared.refusals import Outdated
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRule:
    """Replace all that a person may write of a rule."""

    context: RuleContext

    async def __call__(
        self,
        fields: RuleFields,
        *,
        rule_id: UUID,
        asker: Asker,
        reason: str = "",
        expected_version: int | None = None,
        answer: Callable[[Rule | PendingChange], Reply] | None = None,
    ) -> RuleStored | RulePending:
        """Return the rule as stored, or the change that waits where it loosens.

        Raises RuleNotFound, Outdated for another version than expected_version, InvalidValue. An
        override that is looser than the rule becomes is over with it; one that is tighter stays.
        answer is stored with the change; a key that has one already raises AlreadyAnswered.
        """
        at = self.context.changes.clock.now()
        written = rule_of(fields, id=rule_id, tenant_id=asker.tenant_id, at=at)

        hurdle = await self.context.proposing.hurdle(tenant_id=asker.tenant_id)

        async def update(work: Work) -> RuleStored | RulePending:
            rules = work.records(RULES)
            before = await rules.get(rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                raise Outdated(before.version)
            after = replace(written, created_at=before.created_at, version=before.version + 1)
            after = with_override(after, of=before, at=at)
            step = RuleStep(before=before, after=after)
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
                await answer_with(work, answer(after))
            return RuleStored(rule=after)

        return await self.context.change(update, tenant_id=asker.tenant_id)
