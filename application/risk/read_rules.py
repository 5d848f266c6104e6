"""Read risk rules: as they hold, whether or not an ended override was taken away yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.risk.commands import RuleNotFound
from domain.risk.rule import Rule
from ports.risk import RULES
from ports.time import Clock
from ports.work import EVERY, Works


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRule:
    """Return one rule."""

    works: Works
    clock: Clock

    async def __call__(self, *, tenant_id: UUID, rule_id: UUID) -> Rule:
        """Return the rule; raises RuleNotFound."""
        async with self.works.look(tenant_id) as look:
            rule = await look.records(RULES).get(rule_id)
        if rule is None:
            raise RuleNotFound(rule_id)
        return rule.without_ended(self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRules:
    """Return a page of rules."""

    works: Works
    clock: Clock

    async def __call__(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        """Return at most `limit` rules in the order they were made, behind `after`.

        With among, the tenant's own and those of these accounts only.
        """
        where = EVERY if among is None else {"scope_account_id": frozenset({None, *among})}
        async with self.works.look(tenant_id) as look:
            found = await look.records(RULES).list(limit=limit, after=after, where=where)
        now = self.clock.now()
        return [rule.without_ended(now) for rule in found]
