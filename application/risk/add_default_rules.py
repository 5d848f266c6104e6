"""Give a new tenant its first limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.risk.deps import RuleDesk
from application.shared.asker import Asker
from domain.risk.defaults import default_rules
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDefaultRules:
    """Store the default rules of a tenant that has none."""

    desk: RuleDesk

    async def __call__(self, *, asker: Asker) -> Sequence[Rule]:
        """Return the rules that were added: none when the tenant has rules already."""
        changes = self.desk.changes

        async def add(work: Work) -> Sequence[Rule]:
            kept = work.records(RULES)
            if await kept.count():
                return ()
            rules = default_rules(
                tenant_id=asker.tenant_id, at=changes.clock.now(), new_id=changes.ids.new
            )
            for rule in rules:
                await kept.add(rule)
                await self.desk.tell(work, asker=asker, before=None, after=rule)
            return rules

        return await self.desk.change(add, tenant_id=asker.tenant_id)
