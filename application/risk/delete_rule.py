"""Delete a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RiskAsker, RuleDeleted, RuleNotFound, RuleVersionMismatch
from application.risk.deps import RuleDesk, answered_once
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from ports.risk import RiskScope


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRule:
    """Delete a rule; decisions taken under it keep it in their records."""

    desk: RuleDesk

    async def __call__(
        self,
        *,
        rule_id: UUID,
        asker: RiskAsker,
        expected_version: int | None,
        answer: Callable[[Rule], Reply] | None = None,
    ) -> RuleDeleted | RuleVersionMismatch:
        """Delete it, with expected_version only if it still is of that one; raises RuleNotFound.

        answer, made of the rule as it was, is stored with the change; a key that has one
        already raises AlreadyAnswered.
        """

        async def work(scope: RiskScope) -> RuleDeleted | RuleVersionMismatch:
            before = await scope.rules.get(tenant_id=asker.tenant_id, rule_id=rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                return RuleVersionMismatch(current=before)
            await scope.rules.remove(tenant_id=asker.tenant_id, rule_id=rule_id)
            await self.desk.tell(scope, before, what="deleted", asker=asker, before=None)
            if answer is not None:
                await scope.replies.add(tenant_id=asker.tenant_id, reply=answer(before))
            return RuleDeleted()

        with answered_once(answer is not None):
            return await self.desk.change(work, tenant_id=asker.tenant_id)
