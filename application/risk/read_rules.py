"""Read risk rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RuleNotFound
from domain.risk.rule import Rule
from ports.risk import RiskScope
from ports.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRule:
    """Return one rule."""

    transactions: Transactions[RiskScope]

    async def __call__(self, *, tenant_id: UUID, rule_id: UUID) -> Rule:
        """Return the rule; raises RuleNotFound."""
        async with self.transactions.begin() as scope:
            rule = await scope.rules.get(tenant_id=tenant_id, rule_id=rule_id)
        if rule is None:
            raise RuleNotFound(rule_id)
        return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """Return a page of rules."""

    transactions: Transactions[RiskScope]

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        """Return at most `limit` rules in the order they were made, behind `after`."""
        async with self.transactions.begin() as scope:
            return await scope.rules.list(
                tenant_id=tenant_id, limit=limit, after=after, among=among
            )
