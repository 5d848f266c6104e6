"""Delete a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RuleDeleted, RuleNotFound, RuleVersionMismatch
from application.risk.deps import RuleDesk, answer_with
from application.shared.asker import Asker
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRule:
    """Delete a rule; decisions taken under it keep it in their records."""

    desk: RuleDesk

    async def __call__(
        self,
        *,
        rule_id: UUID,
        asker: Asker,
        expected_version: int | None = None,
        answer: Callable[[Rule], Reply] | None = None,
    ) -> RuleDeleted | RuleVersionMismatch:
        """Delete it, with expected_version only if it still is of that one; raises RuleNotFound.

        answer, made of the rule as it was, is stored with the change; a key that has one
        already raises AlreadyAnswered.
        """

        async def delete(work: Work) -> RuleDeleted | RuleVersionMismatch:
            rules = work.records(RULES)
            before = await rules.get(rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                return RuleVersionMismatch(current=before)
            if not await rules.remove(rule_id, version=before.version):
                raise Conflict(f"risk rule {rule_id} changed meanwhile")
            await self.desk.tell(work, asker=asker, before=before, after=None)
            if answer is not None:
                await answer_with(work, answer(before))
            return RuleDeleted()

        return await self.desk.change(delete, tenant_id=asker.tenant_id)
