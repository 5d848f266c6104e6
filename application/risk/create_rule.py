"""Make a new risk rule."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.risk.commands import RuleFields, RuleStored, TooManyRules
from application.risk.deps import ChangeReason, RuleContext
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.risk.rule import Rule
from domain.risk.rule_set import RULES_MAX
from domain.risk.rules import made_as_written
from ports.risk import RULES
from ports.work import Work

Created = RuleStored | TooManyRules
CreateOutcome = Created | Replayed | KeyReused


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRule:
    """Store a rule; the gate obeys it from the next decision on."""

    context: RuleContext

    async def __call__(
        self,
        fields: RuleFields,
        *,
        asker: Asker,
        reason: str = "",
        once: Once[Created] | None = None,
    ) -> CreateOutcome:
        """Return the stored rule, or why there is none; raises InvalidValue.

        A rule more holds back more: nobody has to agree to it.
        """
        changes = self.context.changes
        rule = rule_of(
            fields, id=changes.ids.new(), tenant_id=asker.tenant_id, at=changes.clock.now()
        )

        async def create(work: Work) -> Created:
            rules = work.records(RULES)
            if await rules.count() >= RULES_MAX:
                return TooManyRules(RULES_MAX)
            step = RuleStep(before=None, after=rule)
            await self.context.put(work, step, by=asker, why=ChangeReason(reason=reason))
            return RuleStored(rule=rule)

        return await self.context.change_once(create, tenant_id=asker.tenant_id, once=once)


def rule_of(fields: RuleFields, *, id: UUID, tenant_id: UUID, at: datetime) -> Rule:
    """Make a rule of what a person wrote; raises InvalidValue for what its type refuses."""
    rule = Rule(
        id=id,
        tenant_id=tenant_id,
        name=fields.name,
        rule_type=fields.rule_type,
        threshold=fields.threshold,
        action=fields.action,
        is_active=fields.is_active,
        scope=fields.scope,
        parameters=fields.parameters,
        created_at=at,
        updated_at=at,
    )
    made_as_written(rule)
    return rule
