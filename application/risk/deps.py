"""Name the things that the use cases of risk rules share."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from application.approvals.propose import Proposal, ProposeChange
from application.orders.gatekeeper import Gatekeeper
from application.risk.rule_steps import RuleStep, describe_steps, write_steps
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.accounts.book_change import Reply
from domain.approvals.change import Hurdle, PendingChange
from domain.risk.loosening import loosens
from domain.risk.rule import Rule, describe_rule
from domain.risk.rule_version import RuleVersion
from ports.idempotency import AlreadyAnswered
from ports.risk import RULE_VERSIONS, RULES
from ports.transactions import Conflict
from ports.work import Work

Result = TypeVar("Result")
# Which changes are applied as rules are.
RISK_RULES = "risk_rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReason:
    """Why a rule is changed: the reason given, and who proposed it where another decided."""

    reason: str = ""
    proposer: str = ""


NO_REASON = ChangeReason()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """Where rules are kept and changed."""

    changes: Changes
    gatekeeper: Gatekeeper
    proposing: ProposeChange

    async def change(self, work: Callable[[Work], Awaitable[Result]], *, tenant_id: UUID) -> Result:
        """Change the rules; afterwards the gate decides by the rules as they are now."""
        result = await self.changes.run(work, tenant_id=tenant_id)
        await self.gatekeeper.refresh(tenant_id=tenant_id)
        return result

    async def change_once(
        self,
        work: Callable[[Work], Awaitable[Result]],
        *,
        tenant_id: UUID,
        once: Once[Result] | None,
    ) -> Result | Replayed | KeyReused:
        """Change the rules, or answer a repeated request as the first one was."""
        result = await self.changes.once(work, tenant_id=tenant_id, once=once)
        await self.gatekeeper.refresh(tenant_id=tenant_id)
        return result

    def loosens(self, step: RuleStep) -> bool:
        """Tell whether a step lets more orders pass, now or later."""
        if step.before is None:
            return False
        return loosens(step.before, step.after, now=self.changes.clock.now())

    async def hold(
        self, work: Work, steps: Sequence[RuleStep], *, reason: str, by: Asker, hurdle: Hurdle
    ) -> PendingChange | None:
        """Keep steps that loosen as one change that waits; None where they may be done at once.

        Raises InvalidValue for a missing reason.
        """
        first = steps[0].before
        assert first is not None
        before, after = describe_steps(steps)
        accounts = {one.account_id for one in steps}
        ends = [one.until for one in steps if one.until is not None]
        proposal = Proposal(
            kind=RISK_RULES,
            subject=first.id,
            subject_version=first.version,
            payload=write_steps(steps),
            before=before,
            after=after,
            account_id=accounts.pop() if len(accounts) == 1 else None,
            until=min(ends, default=None),
        )
        return await self.proposing.hold(work, proposal, reason=reason, by=by, hurdle=hurdle)

    async def put(
        self, work: Work, step: RuleStep, *, by: Asker, why: ChangeReason = NO_REASON
    ) -> None:
        """Make, change or delete a rule within a transaction, with its trail and history."""
        rules = work.records(RULES)
        before, after = step.before, step.after
        if before is None:
            assert after is not None
            await rules.add(after)
            done = "created"
        elif after is None:
            done = "deleted"
            if not await rules.remove(before.id, version=before.version):
                raise Conflict(f"risk rule {before.id} changed meanwhile")
        else:
            done = "updated"
            if not await rules.update(after):
                raise Conflict(f"risk rule {before.id} changed meanwhile")
        await self.tell(work, done, before=before, after=after, by=by, why=why)

    async def tell(
        self,
        work: Work,
        done: str,
        *,
        before: Rule | None,
        after: Rule | None,
        by: Asker,
        why: ChangeReason = NO_REASON,
    ) -> None:
        """Write the audit entry, the notice and the line of history of a changed rule."""
        rule = after if after is not None else before
        assert rule is not None
        said = {"reason": why.reason, "proposer": why.proposer}
        await self.changes.record(
            work,
            f"risk_rule.{done}",
            by=by,
            subject=rule.id,
            before=None if before is None else describe_rule(before),
            after=None if after is None else describe_rule(after),
            channel="risk",
            account_id=rule.scope.account_id,
            more={name: text for name, text in said.items() if text},
        )
        await work.records(RULE_VERSIONS).add(
            RuleVersion(
                id=self.changes.ids.new(),
                tenant_id=by.tenant_id,
                rule_id=rule.id,
                rule_version=rule.version,
                account_id=rule.scope.account_id,
                done=done,
                actor=by.actor,
                proposer=why.proposer,
                reason=why.reason,
                at=self.changes.clock.now(),
                state=describe_rule(rule),
            )
        )


async def answer_with(work: Work, reply: Reply) -> None:
    """Store an answer with the change; raises AlreadyAnswered for a key that has one."""
    if await work.answered(reply.key) is not None:
        raise AlreadyAnswered("the change of the rule was answered before")
    await work.answer(reply)
