"""Give a new tenant its first limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.risk.commands import RiskAsker
from application.risk.deps import RuleDesk
from domain.risk.defaults import default_rules
from domain.risk.rule import Rule
from ports.risk import RiskScope


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDefaultRules:
    """Store the default rules of a tenant that has none."""

    desk: RuleDesk

    async def __call__(self, *, asker: RiskAsker) -> Sequence[Rule]:
        """Return the rules that were added: none when the tenant has rules already."""

        async def work(scope: RiskScope) -> Sequence[Rule]:
            if await scope.rules.count(tenant_id=asker.tenant_id):
                return ()
            rules = default_rules(
                tenant_id=asker.tenant_id, at=self.desk.clock.now(), new_id=self.desk.ids.new
            )
            for rule in rules:
                await scope.rules.add(rule)
                await self.desk.tell(scope, rule, what="created", asker=asker, before=None)
            return rules

        return await self.desk.change(work, tenant_id=asker.tenant_id)
