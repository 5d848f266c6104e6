"""What the core needs to hand whole rule sets to the gate."""

from typing import Protocol
from uuid import UUID

from domain.risk.rule import Rule
from domain.risk.rule_set import RuleSet
from domain.risk.rule_version import RuleVersion
from domain.risk.strategy_stop import StrategyStop
from ports.work import Kind

# Every change of a rule raises the version of its tenant's set.
RULES = Kind(
    "risk_rules",
    Rule,
    find_by=("scope_account_id", "override_until"),
    counted_in="rule_sets",
    proven_as="rule",
)
RULE_VERSIONS = Kind("rule_versions", RuleVersion, find_by=("rule_id", "account_id"))
# Which strategies a rule has stopped is part of what an order must pass.
STRATEGY_STOPS = Kind(
    "strategy_stops", StrategyStop, find_by=("rule_id", "strategy"), counted_in="rule_sets"
)


class RuleSets(Protocol):
    """Whole rule sets, read for deciding."""

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return the tenant's rules, paused agents and chosen rulebooks as of one version.

        It is 0 at first.

        An adapter may keep the compiled set and return the same object while the version
        stands; it must never return an older version after a newer one.
        """
        ...
