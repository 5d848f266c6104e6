"""Name the things that the use cases of risk rules share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from application.orders.gatekeeper import Gatekeeper
from application.shared.asker import Asker
from application.shared.change import Changes, KeyReused, Once, Replayed
from domain.accounts.change import Reply
from domain.risk.rule import Rule
from domain.shared.values import plain
from ports.idempotency import AlreadyAnswered
from ports.work import Work

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDesk:
    """Where rules are kept and changed."""

    changes: Changes
    gatekeeper: Gatekeeper

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

    async def tell(
        self, work: Work, *, asker: Asker, before: Rule | None, after: Rule | None
    ) -> None:
        """Write the audit entry and the notice of a changed rule."""
        rule = after if after is not None else before
        assert rule is not None
        done = "created" if before is None else "deleted" if after is None else "updated"
        await self.changes.record(
            work,
            f"risk_rule.{done}",
            by=asker,
            subject=rule.id,
            before=None if before is None else describe_rule(before),
            after=None if after is None else describe_rule(after),
            channel="risk",
            account_id=rule.scope.account_id,
        )


async def answer_with(work: Work, reply: Reply) -> None:
    """Store an answer with the change; raises AlreadyAnswered for a key that has one."""
    if await work.answered(reply.key) is not None:
        raise AlreadyAnswered("the change of the rule was answered before")
    await work.answer(reply)


def describe_rule(rule: Rule) -> Mapping[str, str]:
    """List what a reader of the risk stream needs to show the rule."""
    scope = rule.scope
    return {
        "rule_id": str(rule.id),
        "name": rule.name,
        "rule_type": rule.rule_type.value,
        "threshold": plain(rule.threshold),
        "action": rule.action.value,
        "is_active": "true" if rule.is_active else "false",
        "scope.account_id": "" if scope.account_id is None else str(scope.account_id),
        "scope.strategy_id": scope.strategy_id or "",
        "scope.symbol": scope.symbol or "",
        "parameters": "; ".join(
            f"{name}={value if isinstance(value, str) else ','.join(value)}"
            for name, value in sorted(rule.parameters.items())
        ),
        "version": str(rule.version),
    }
