"""Give a new tenant its first limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.risk.deps import RuleContext
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from domain.risk.defaults import default_rules
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDefaultRules:
    """Store the default rules of a tenant that has none."""

    context: RuleContext

    async def __call__(self, *, asker: Asker) -> Sequence[Rule]:
        """Return the rules that were added: none when the tenant has rules already."""
        changes = self.context.changes

        async def add(work: Work) -> Sequence[Rule]:
            kept = work.records(RULES)
            if await kept.count():
                return ()
            rules = default_rules(
                tenant_id=asker.tenant_id, at=changes.clock.now(), new_id=changes.ids.new
            )
            for rule in rules:
                await self.context.put(work, RuleStep(before=None, after=rule), by=asker)
            return rules

        return await self.context.change(add, tenant_id=asker.tenant_id)
