"""What the core needs to hand whole rule sets to the gate."""

from typing import Protocol
from uuid import UUID

from domain.risk.rule import Rule
from domain.risk.rule_set import RuleSet
from ports.work import Kind

# Every change of a rule raises the version of its tenant's set.
RULES = Kind(
    "risk_rules", Rule, find_by=("scope_account_id",), counted_in="rule_sets", proven_as="rule"
)


class RuleSets(Protocol):
    """Whole rule sets, read for deciding."""

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules and paused agents as of one version (0 at first).

        An adapter may keep the compiled set and return the same object while the version
        stands; it must never return an older version after a newer one.
        """
        ...
