"""Hand whole rule sets to the gate from Postgres."""

from types import MappingProxyType
from uuid import UUID

import msgspec

from adapters.postgres.link.database import Database
from adapters.postgres.records import table_of
from domain.risk.rule_set import RuleSet
from domain.risk.strategy_stop import StrategyStop
from ports.risk import RULES

# Agents and rulebooks stand in the first row alone: there may be many of them, and many rules.
_RULE_SET = (
    "SELECT s.version AS set_version, r.*, CASE WHEN row_number() OVER (ORDER BY r.id) = 1 THEN"
    " (SELECT json_agg(json_build_array(a.id, a.desired = 'paused', a.member_id))"
    " FROM agents a WHERE a.tenant_id = $1) END AS agents,"
    " CASE WHEN row_number() OVER (ORDER BY r.id) = 1 THEN"
    " (SELECT json_object_agg(m.id, m.rulebook)"
    " FROM margin_accounts m WHERE m.tenant_id = $1) END AS rulebooks,"
    " CASE WHEN row_number() OVER (ORDER BY r.id) = 1 THEN"
    " (SELECT json_agg(p) FROM strategy_stops p WHERE p.tenant_id = $1) END AS stops"
    " FROM rule_sets s LEFT JOIN risk_rules r ON r.tenant_id = s.tenant_id"
    " WHERE s.tenant_id = $1 ORDER BY r.id"
)
_STOPS = msgspec.json.Decoder(list[StrategyStop]).decode
_AGENTS = msgspec.json.Decoder(list[tuple[str, bool, str | None]]).decode
_RULEBOOKS = msgspec.json.Decoder(dict[UUID, str]).decode


class PostgresRuleSets:
    """Whole rule sets from Postgres, kept while their version stands (port RuleSets)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._rules = table_of(RULES)
        self._kept: dict[UUID, RuleSet] = {}

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules as of one version."""
        async with self._database.connection(tenant_id) as connection:
            # One statement, one snapshot: rules and pauses are those of exactly that version.
            read = await connection.fetch(_RULE_SET, tenant_id)
        version = int(read[0]["set_version"]) if read else 0
        kept = self._kept.get(tenant_id)
        if kept is not None and kept.version >= version:
            return kept
        told = read[0]["agents"] if read else None
        agents = _AGENTS(told) if told is not None else []
        chosen = read[0]["rulebooks"] if read else None
        stops = _STOPS(read[0]["stops"]) if read and read[0]["stops"] else []
        paused = [(name, member) for name, is_paused, member in agents if is_paused]
        loaded = RuleSet(
            tenant_id=tenant_id,
            version=version,
            rules=tuple(self._rules.record_of(row) for row in read if row["id"] is not None),
            agents=frozenset(name for name, _, _ in agents),
            paused=frozenset(name for name, _ in paused),
            stops=MappingProxyType({(one.rule_id, one.strategy): one for one in stops}),
            paused_actors=MappingProxyType(
                {f"user:{member}": name for name, member in paused if member is not None}
            ),
            rulebooks=MappingProxyType(_RULEBOOKS(chosen) if chosen is not None else {}),
        )
        self._kept[tenant_id] = loaded
        return loaded
