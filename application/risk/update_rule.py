"""Change a risk rule."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.risk.commands import (
    RiskAsker,
    RuleFields,
    RuleNotFound,
    RuleStored,
    RuleVersionMismatch,
)
from application.risk.create_rule import rule_of
from application.risk.deps import RuleDesk, answered_once
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from ports.risk import RiskScope
from ports.transactions import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRule:
    """Replace all that a person may write of a rule."""

    desk: RuleDesk

    async def __call__(
        self,
        fields: RuleFields,
        *,
        rule_id: UUID,
        asker: RiskAsker,
        expected_version: int | None,
        answer: Callable[[Rule], Reply] | None = None,
    ) -> RuleStored | RuleVersionMismatch:
        """Return the rule as stored; raises RuleNotFound and InvalidValue.

        With expected_version it changes only if the rule still is of that version. answer
        is stored with the change; a key that has one already raises AlreadyAnswered.
        """
        at = self.desk.clock.now()
        written = rule_of(fields, id=rule_id, tenant_id=asker.tenant_id, at=at)

        async def work(scope: RiskScope) -> RuleStored | RuleVersionMismatch:
            before = await scope.rules.get(tenant_id=asker.tenant_id, rule_id=rule_id)
            if before is None:
                raise RuleNotFound(rule_id)
            if expected_version is not None and before.version != expected_version:
                return RuleVersionMismatch(current=before)
            after = replace(written, created_at=before.created_at, version=before.version + 1)
            if not await scope.rules.update(after):
                # Read a moment ago in the same transaction: another one came between.
                raise Conflict(f"risk rule {rule_id} changed meanwhile")
            await self.desk.tell(scope, after, what="updated", asker=asker, before=before)
            if answer is not None:
                await scope.replies.add(tenant_id=asker.tenant_id, reply=answer(after))
            return RuleStored(rule=after)

        with answered_once(answer is not None):
            return await self.desk.change(work, tenant_id=asker.tenant_id)
