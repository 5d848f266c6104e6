"""Apply a template: a limit that is there already is changed, one that is missing is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.risk.commands import TooManyRules
from application.risk.deps import ChangeReason, RuleContext
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.approvals.change import PendingChange
from domain.risk.loosening import with_override
from domain.risk.rule import Rule
from domain.risk.rule_set import RULES_MAX
from domain.risk.templates import TEMPLATES, TemplateName, TemplateRule
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateApplied:
    """The rules that the template made or changed, and the change that holds what it loosens."""

    rules: tuple[Rule, ...]
    change: PendingChange | None


ApplyOutcome = TemplateApplied | TooManyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTemplate:
    """Put a template's limits in the place of the tenant's own of that name, type and scope.

    Other rules stay as they are. What it tightens is in force at once; all that it loosens is one
    change, which waits where the setting asks for it.
    """

    context: RuleContext

    async def __call__(
        self,
        name: TemplateName,
        *,
        asker: Asker,
        reason: str = "",
        once: Once[ApplyOutcome] | None = None,
    ) -> ApplyOutcome | Replayed | KeyReused:
        """Return what was done; raises InvalidValue for a missing reason."""
        template = TEMPLATES[name]
        hurdle = await self.context.proposing.hurdle(tenant_id=asker.tenant_id)
        why = ChangeReason(reason=reason or f"template {name.value}")

        async def apply(work: Work) -> ApplyOutcome:
            kept = await work.records(RULES).list(limit=RULES_MAX)
            steps = self._steps(template.rules, kept=kept, tenant_id=asker.tenant_id)
            if len(kept) + sum(one.before is None for one in steps) > RULES_MAX:
                return TooManyRules(RULES_MAX)
            looser = [one for one in steps if self.context.loosens(one)]
            change = None
            if looser:
                change = await self.context.hold(
                    work, looser, reason=reason, by=asker, hurdle=hurdle
                )
            done = [one for one in steps if change is None or one not in looser]
            for one in done:
                await self.context.put(work, one, by=asker, why=why)
            return TemplateApplied(
                rules=tuple(one.after for one in done if one.after is not None), change=change
            )

        return await self.context.change_once(apply, tenant_id=asker.tenant_id, once=once)

    def _steps(
        self, wanted: Sequence[TemplateRule], *, kept: Sequence[Rule], tenant_id: UUID
    ) -> list[RuleStep]:
        """Return what has to be done; a limit that is there as it is to be needs nothing."""
        at = self.context.changes.clock.now()
        steps: list[RuleStep] = []
        for limit in wanted:
            before = next((one for one in kept if limit.is_of(one)), None)
            after = self._rule(limit, before=before, tenant_id=tenant_id, at=at)
            unchanged = before is not None and after == replace(
                before, version=before.version + 1, updated_at=at
            )
            if not unchanged:
                steps.append(RuleStep(before=before, after=after))
        return steps

    def _rule(
        self, limit: TemplateRule, *, before: Rule | None, tenant_id: UUID, at: datetime
    ) -> Rule:
        if before is None:
            return limit.rule(id=self.context.changes.ids.new(), tenant_id=tenant_id, at=at)
        rule = replace(
            limit.rule(id=before.id, tenant_id=tenant_id, at=at),
            created_at=before.created_at,
            version=before.version + 1,
        )
        return with_override(rule, of=before, at=at)
