"""Make a new risk rule."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.risk.commands import (
    RiskAsker,
    RuleFields,
    RuleIdempotency,
    RuleKeyReused,
    RuleReplayed,
    RuleStored,
    TooManyRules,
)
from application.risk.deps import RuleDesk
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from domain.risk.rule_set import RULES_MAX
from domain.risk.rules import made_as_written
from ports.risk import RiskScope
from ports.storage import ConstraintBroken

CreateOutcome = RuleStored | RuleReplayed | RuleKeyReused | TooManyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRule:
    """Store a rule; the gate obeys it from the next decision on."""

    desk: RuleDesk

    async def __call__(
        self, fields: RuleFields, *, asker: RiskAsker, idempotency: RuleIdempotency | None
    ) -> CreateOutcome:
        """Return the stored rule, or why there is none; raises InvalidValue."""
        at = self.desk.clock.now()
        rule = rule_of(fields, id=self.desk.ids.new(), tenant_id=asker.tenant_id, at=at)

        async def work(scope: RiskScope) -> CreateOutcome:
            if idempotency is not None:
                known = await scope.replies.find(tenant_id=asker.tenant_id, key=idempotency.key)
                if known is not None:
                    return _again(known, idempotency)
            if await scope.rules.count(tenant_id=asker.tenant_id) >= RULES_MAX:
                return TooManyRules(RULES_MAX)
            await scope.rules.add(rule)
            await self.desk.tell(scope, rule, what="created", asker=asker, before=None)
            if idempotency is not None:
                status, body = idempotency.render(rule)
                await scope.replies.add(
                    tenant_id=asker.tenant_id,
                    reply=Reply(
                        key=idempotency.key,
                        request_hash=idempotency.request_hash,
                        status=status,
                        body=body,
                    ),
                )
            return RuleStored(rule=rule)

        try:
            return await self.desk.change(work, tenant_id=asker.tenant_id)
        except ConstraintBroken:
            if idempotency is None:
                raise
            # The same key came in twice at once and the other one was stored: answer as it.
            return await self.desk.change(work, tenant_id=asker.tenant_id)


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


def _again(known: Reply, idempotency: RuleIdempotency) -> RuleReplayed | RuleKeyReused:
    if known.request_hash != idempotency.request_hash:
        return RuleKeyReused()
    return RuleReplayed(status=known.status, body=known.body)
