"""Delete a risk rule."""

from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RiskAsker, RuleDeleted, RuleNotFound, RuleVersionMismatch
from application.risk.deps import RuleDesk
from ports.risk import RiskScope


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRule:
    """Delete a rule; decisions taken under it keep it in their records."""

    desk: RuleDesk

    async def __call__(
        self, *, rule_id: UUID, asker: RiskAsker, expected_version: int | None
    ) -> RuleDeleted | RuleVersionMismatch:
        """Delete it, with expected_version only if it still is of that one; raises RuleNotFound."""

        async def work(scope: RiskScope) -> RuleDeleted | RuleVersionMismatch:
            before = await scope.rules.get(tenant_id=asker.tenant_id, rule_id=rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                return RuleVersionMismatch(current=before)
            await scope.rules.remove(tenant_id=asker.tenant_id, rule_id=rule_id)
            await self.desk.tell(scope, before, what="deleted", asker=asker, before=None)
            return RuleDeleted()

        return await self.desk.change(work, tenant_id=asker.tenant_id)
