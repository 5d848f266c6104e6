"""Name the things that the use cases of risk rules share."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from application.orders.gatekeeper import Gatekeeper
from application.risk.commands import RiskAsker
from domain.audit.entry import AuditEntry
from domain.risk.rule import Rule
from domain.shared.notices import Notice
from domain.shared.values import plain
from ports.idempotency import AlreadyAnswered
from ports.ids import Ids
from ports.market import MarketClock
from ports.risk import RiskScope
from ports.storage import ConstraintBroken
from ports.time import Clock
from ports.transactions import Conflict, Transactions

Result = TypeVar("Result")

ATTEMPTS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDesk:
    """Where rules are kept and changed."""

    transactions: Transactions[RiskScope]
    gatekeeper: Gatekeeper
    clock: Clock
    market_clock: MarketClock
    ids: Ids

    async def change(
        self, work: Callable[[RiskScope], Awaitable[Result]], *, tenant_id: UUID
    ) -> Result:
        """Run the work in one transaction, again when another came between.

        Afterwards the gate decides by the rules as they are now. Raises Conflict when the
        tenant's rules change under every attempt.
        """
        attempts = 0
        while True:
            attempts += 1
            try:
                async with self.transactions.begin() as scope:
                    result = await work(scope)
                break
            except Conflict:
                if attempts == ATTEMPTS_MAX:
                    raise
        await self.gatekeeper.refresh(tenant_id=tenant_id)
        return result

    async def tell(
        self, scope: RiskScope, rule: Rule, *, what: str, asker: RiskAsker, before: Rule | None
    ) -> None:
        """Write the audit entry and the notice of a changed rule; what is a past participle."""
        at, market_at = self.clock.now(), self.market_clock.now()
        detail, gone = describe_rule(rule), what == "deleted"
        entry = dict(detail)
        if before is not None:
            known = describe_rule(before)
            entry |= {
                f"before.{name}": value for name, value in known.items() if detail[name] != value
            }
        await scope.audit.add(
            AuditEntry(
                id=self.ids.new(),
                tenant_id=rule.tenant_id,
                account_id=rule.scope.account_id,
                actor=asker.actor,
                action=f"risk_rule.{what}",
                subject=str(rule.id),
                at=at,
                market_at=market_at,
                trace_id=asker.trace_id,
                detail=tuple(sorted(entry.items())),
                before=_said(rule if gone else before),
                after=_said(None if gone else rule),
            )
        )
        await scope.notices.add(
            Notice(
                id=self.ids.new(),
                tenant_id=rule.tenant_id,
                account_id=None,
                channel="risk",
                sequence=await scope.notices.next_sequence(
                    tenant_id=rule.tenant_id, channel="risk"
                ),
                type=f"risk_rule.{what}",
                subject=str(rule.id),
                at=at,
                market_at=market_at,
                body=detail,
            )
        )


def _said(rule: Rule | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(describe_rule(rule).items())) if rule is not None else ()


@contextmanager
def answered_once(answered: bool) -> Iterator[None]:
    """Tell that the answer's key was taken by an earlier run, and nothing was stored."""
    try:
        yield
    except ConstraintBroken as problem:
        if not answered:
            raise
        raise AlreadyAnswered("the change of the rule was answered before") from problem


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
