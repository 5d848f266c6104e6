"""Hand whole rule sets to the gate from memory."""

from types import MappingProxyType
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.agents.agent import DesiredState
from domain.risk.rule import Rule
from domain.risk.rule_set import RuleSet
from domain.risk.strategy_stop import StrategyStop
from ports.margin import MARGIN_ACCOUNTS
from ports.risk import STRATEGY_STOPS


class MemoryRuleSets:
    """Rule sets from memory; the same object while the version stands."""

    def __init__(self, *, link: MemoryLink) -> None:
        self._link = link
        self._kept: dict[UUID, RuleSet] = {}

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules as of one version."""
        database = await self._link.enter()
        version = database.rules_versions.get(tenant_id, 0)
        kept = self._kept.get(tenant_id)
        if kept is None or kept.version != version:
            agents = [one for one in database.agents.values() if one.tenant_id == tenant_id]
            paused = [one for one in agents if one.desired is DesiredState.PAUSED]
            kept = RuleSet(
                tenant_id=tenant_id,
                version=version,
                rules=tuple(_of(database, tenant_id)),
                agents=frozenset(one.name for one in agents),
                paused=frozenset(one.name for one in paused),
                stops=MappingProxyType(_stops(database, tenant_id)),
                paused_actors=MappingProxyType(
                    {f"user:{one.member_id}": one.name for one in paused if one.member_id}
                ),
                rulebooks=MappingProxyType(_rulebooks(database, tenant_id)),
            )
            self._kept[tenant_id] = kept
        return kept


def _stops(database: MemoryDatabase, tenant_id: UUID) -> dict[tuple[UUID, str], StrategyStop]:
    kept: dict[UUID, StrategyStop] = database.records.get(STRATEGY_STOPS.table, {})
    return {(one.rule_id, one.strategy): one for one in kept.values() if one.tenant_id == tenant_id}


def _of(database: MemoryDatabase, tenant_id: UUID) -> list[Rule]:
    found = [rule for rule in database.rules.values() if rule.tenant_id == tenant_id]
    return sorted(found, key=lambda rule: rule.id)


def _rulebooks(database: MemoryDatabase, tenant_id: UUID) -> dict[UUID, str]:
    kept = database.records.get(MARGIN_ACCOUNTS.table, {}).values()
    return {one.id: one.rulebook.value for one in kept if one.tenant_id == tenant_id}
