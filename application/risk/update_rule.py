"""Change a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.risk.commands import RuleFields, RuleNotFound, RuleStored, RuleVersionMismatch
from application.risk.create_rule import rule_of
from application.risk.deps import RuleDesk, answer_with
from application.shared.asker import Asker
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRule:
    """Replace all that a person may write of a rule."""

    desk: RuleDesk

    async def __call__(
        self,
        fields: RuleFields,
        *,
        rule_id: UUID,
        asker: Asker,
        expected_version: int | None = None,
        answer: Callable[[Rule], Reply] | None = None,
    ) -> RuleStored | RuleVersionMismatch:
        """Return the rule as stored; raises RuleNotFound and InvalidValue.

        With expected_version it changes only if the rule still is of that version. answer
        is stored with the change; a key that has one already raises AlreadyAnswered.
        """
        at = self.desk.changes.clock.now()
        written = rule_of(fields, id=rule_id, tenant_id=asker.tenant_id, at=at)

        async def update(work: Work) -> RuleStored | RuleVersionMismatch:
            rules = work.records(RULES)
            before = await rules.get(rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                return RuleVersionMismatch(current=before)
            after = replace(written, created_at=before.created_at, version=before.version + 1)
            if not await rules.update(after):
                raise Conflict(f"risk rule {rule_id} changed meanwhile")
            await self.desk.tell(work, asker=asker, before=before, after=after)
            if answer is not None:
                await answer_with(work, answer(after))
            return RuleStored(rule=after)

        return await self.desk.change(update, tenant_id=asker.tenant_id)
