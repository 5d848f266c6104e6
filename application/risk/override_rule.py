"""Set another threshold of a rule for a while."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from application.risk.commands import RuleNotFound, RulePending, RuleStored
from application.risk.deps import ChangeReason, RuleContext
from application.risk.rule_steps import RuleStep
from application.shared.asker import Asker
from application.shared.change import KeyReused, Once, Replayed
from domain.approvals.change import checked_reason
from domain.risk.rules import made_as_written
from domain.shared.values import InvalidValue, checked_decimal
from ports.risk import RULES
from ports.work import Work

OVERRIDE_MAX = timedelta(hours=24)
Overridden = RuleStored | RulePending


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideCommand:
    """Which threshold holds instead of the rule's own, until when, and why."""

    rule_id: UUID
    threshold: Decimal
    expires_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRule:
    """Let another threshold hold; it is over by the time of each decision, and needs no task."""

    context: RuleContext

    async def __call__(
        self, command: OverrideCommand, *, asker: Asker, once: Once[Overridden] | None = None
    ) -> Overridden | Replayed | KeyReused:
        """Return the rule with its override, or the change that waits where it loosens.

        An earlier override is over with it. Raises RuleNotFound, InvalidValue.
        """
        now = self.context.changes.clock.now()
        hurdle = await self.context.proposing.hurdle(tenant_id=asker.tenant_id)

        async def override(work: Work) -> Overridden:
            before = await work.records(RULES).get(command.rule_id)
            if before is None:
                raise RuleNotFound(command.rule_id)
            checked_reason(command.reason)
            if not now < command.expires_at <= now + OVERRIDE_MAX:
                raise InvalidValue(field="expires_at", problem="must be within 24 hours from now")
            threshold = checked_decimal(command.threshold, field="threshold")
            made_as_written(replace(before, threshold=threshold))
            after = replace(
                before,
                override_threshold=threshold,
                override_until=command.expires_at,
                updated_at=now,
                version=before.version + 1,
            )
            step = RuleStep(before=before, after=after)
            if self.context.loosens(step):
                change = await self.context.hold(
                    work, [step], reason=command.reason, by=asker, hurdle=hurdle
                )
                if change is not None:
                    return RulePending(change=change)
            await self.context.put(work, step, by=asker, why=ChangeReason(reason=command.reason))
            return RuleStored(rule=after)

        return await self.context.change_once(override, tenant_id=asker.tenant_id, once=once)
