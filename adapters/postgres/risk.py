"""Keep risk rules in Postgres; every write raises the version of the tenant's rule set."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres import rows
from adapters.postgres.audit.trail import AuditWithin
from adapters.postgres.link.database import Database
from adapters.postgres.link.numbers import exact
from adapters.postgres.link.tenancy import Within
from adapters.postgres.risk_trail import RiskAnswers, RiskNews
from domain.audit.macs import AuditKey
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.risk.rule_set import RuleSet
from ports.storage import ConstraintBroken, StorageConflict
from ports.transactions import Conflict

_COLUMNS = (
    "id, tenant_id, name, rule_type, threshold, action, is_active, scope_account_id,"
    " scope_strategy_id, scope_symbol, parameters, version, created_at, updated_at"
)
_VALUES = ", ".join(f":{name.strip()}" for name in _COLUMNS.split(","))

# The agents stand in the first row alone: there may be many of them, and many rules.
_RULE_SET = (
    "SELECT s.version AS set_version, r.*, CASE WHEN row_number() OVER (ORDER BY r.id) = 1 THEN"
    " (SELECT json_agg(json_build_array(a.id, a.desired = 'paused', a.member_id))"
    " FROM agents a WHERE a.tenant_id = :tenant_id) END AS agents"
    " FROM rule_sets s LEFT JOIN risk_rules r ON r.tenant_id = s.tenant_id"
    " WHERE s.tenant_id = :tenant_id ORDER BY r.id"
)


class PostgresRuleSets:
    """Whole rule sets from Postgres, kept while their version stands (port RuleSets)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._kept: dict[UUID, RuleSet] = {}

    async def load(self, *, tenant_id: UUID) -> RuleSet:
        """Return all of the tenant's rules as of one version."""
        async with self._database.begin() as connection:
            # One statement, one snapshot: rules and pauses are those of exactly that version.
            await Within(connection).enter(tenant_id)
            found = await connection.execute(text(_RULE_SET), {"tenant_id": tenant_id})
            read = found.all()
        version = int(read[0].set_version) if read else 0
        kept = self._kept.get(tenant_id)
        if kept is not None and kept.version >= version:
            return kept
        agents = (read[0].agents or []) if read else []
        paused = [(name, member) for name, is_paused, member in agents if is_paused]
        loaded = RuleSet(
            tenant_id=tenant_id,
            version=version,
            rules=tuple(_rule_of(row) for row in read if row.id is not None),
            agents=frozenset(name for name, _, _ in agents),
            paused=frozenset(name for name, _ in paused),
            paused_actors=MappingProxyType(
                {f"user:{member}": name for name, member in paused if member is not None}
            ),
        )
        self._kept[tenant_id] = loaded
        return loaded


@dataclass(frozen=True, slots=True)
class PostgresRiskTransactions:
    """Transactions over the rules and what goes with them (port Transactions[RiskScope])."""

    database: Database

    def begin(self) -> "AbstractAsyncContextManager[PostgresRiskScope]":
        """Open a transaction: a clean exit commits, an exception rolls back."""
        return self._begin()

    @asynccontextmanager
    async def _begin(self) -> "AsyncIterator[PostgresRiskScope]":
        try:
            async with self.database.begin() as connection:
                yield PostgresRiskScope(connection, key=self.database.audit_key)
        except StorageConflict as problem:
            raise Conflict(str(problem)) from problem
        except ConstraintBroken as problem:
            # Another took the notice's number: run again, the next one is free.
            if problem.constraint == "notices_sequence":
                raise Conflict(str(problem)) from problem
            raise


class PostgresRiskScope:
    """All that a change of the rules may touch in one transaction (port RiskScope)."""

    def __init__(self, connection: AsyncConnection, *, key: AuditKey | None) -> None:
        within = Within(connection)
        self.rules = PostgresRuleStore(within)
        self.audit = AuditWithin(within, key)
        self.notices = RiskNews(within)
        self.replies = RiskAnswers(within)


class PostgresRuleStore:
    """The rules of a tenant within a transaction (port RuleStore)."""

    def __init__(self, within: Within) -> None:
        self._within = within

    async def add(self, rule: Rule) -> None:
        """Store a new rule."""
        await self._raise_version(rule.tenant_id)
        connection = await self._within.enter(rule.tenant_id)
        await connection.execute(
            text(f"INSERT INTO risk_rules ({_COLUMNS}) VALUES ({_VALUES})"), _values_of(rule)
        )

    async def get(self, *, tenant_id: UUID, rule_id: UUID) -> Rule | None:
        """Return the rule, None for another tenant's or no rule."""
        connection = await self._within.enter(tenant_id)
        found = await connection.execute(
            text(f"SELECT {_COLUMNS} FROM risk_rules WHERE id = :id AND tenant_id = :tenant_id"),
            {"id": rule_id, "tenant_id": tenant_id},
        )
        row = found.one_or_none()
        return _rule_of(row) if row is not None else None

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: UUID | None = None,
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Rule]:
        """Return rules by ascending id, after `after` if given."""
        connection = await self._within.enter(tenant_id)
        found = await connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM risk_rules WHERE tenant_id = :tenant_id"
                " AND (CAST(:after AS uuid) IS NULL OR id > :after)"
                " AND (CAST(:among AS uuid[]) IS NULL OR scope_account_id IS NULL"
                " OR scope_account_id = ANY(CAST(:among AS uuid[]))) ORDER BY id LIMIT :limit"
            ),
            {
                "tenant_id": tenant_id,
                "after": after,
                "limit": limit,
                "among": rows.among(among),
            },
        )
        return [_rule_of(row) for row in found]

    async def count(self, *, tenant_id: UUID) -> int:
        """Return how many rules the tenant has."""
        connection = await self._within.enter(tenant_id)
        found = await connection.execute(
            text("SELECT count(*) FROM risk_rules WHERE tenant_id = :tenant_id"),
            {"tenant_id": tenant_id},
        )
        return int(found.scalar_one())

    async def update(self, rule: Rule) -> bool:
        """Replace the rule if its stored version is rule.version - 1."""
        connection = await self._within.enter(rule.tenant_id)
        changed = await connection.execute(
            text(
                "UPDATE risk_rules SET name = :name, rule_type = :rule_type,"
                " threshold = :threshold, action = :action, is_active = :is_active,"
                " scope_account_id = :scope_account_id, scope_strategy_id = :scope_strategy_id,"
                " scope_symbol = :scope_symbol, parameters = :parameters, version = :version,"
                " updated_at = :updated_at"
                " WHERE id = :id AND tenant_id = :tenant_id AND version = :version - 1"
            ),
            _values_of(rule),
        )
        return await self._changed(rule.tenant_id, rows=changed.rowcount)

    async def remove(self, *, tenant_id: UUID, rule_id: UUID) -> bool:
        """Delete the rule; tell whether it was there."""
        connection = await self._within.enter(tenant_id)
        changed = await connection.execute(
            text("DELETE FROM risk_rules WHERE id = :id AND tenant_id = :tenant_id"),
            {"id": rule_id, "tenant_id": tenant_id},
        )
        return await self._changed(tenant_id, rows=changed.rowcount)

    async def _changed(self, tenant_id: UUID, *, rows: int) -> bool:
        """Raise the version if a rule was changed: what changed nothing stales no decision."""
        if rows == 1:
            await self._raise_version(tenant_id)
        return rows == 1

    async def _raise_version(self, tenant_id: UUID) -> None:
        # The row lock makes writers of one tenant wait for each other.
        connection = await self._within.enter(tenant_id)
        await connection.execute(
            text(
                "INSERT INTO rule_sets VALUES (:tenant_id, 1)"
                " ON CONFLICT (tenant_id) DO UPDATE SET version = rule_sets.version + 1"
            ),
            {"tenant_id": tenant_id},
        )


def _values_of(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "tenant_id": rule.tenant_id,
        "name": rule.name,
        "rule_type": rule.rule_type.value,
        "threshold": rule.threshold,
        "action": rule.action.value,
        "is_active": rule.is_active,
        "scope_account_id": rule.scope.account_id,
        "scope_strategy_id": rule.scope.strategy_id,
        "scope_symbol": rule.scope.symbol,
        "parameters": json.dumps(dict(rule.parameters)),
        "version": rule.version,
        "created_at": rule.created_at,
        "updated_at": rule.updated_at,
    }


def _rule_of(row: Row[Any]) -> Rule:
    account_id = row.scope_account_id
    parameters = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(row.parameters).items()
    }
    return Rule(
        id=UUID(int=row.id.int),
        tenant_id=UUID(int=row.tenant_id.int),
        name=row.name,
        rule_type=RuleType(row.rule_type),
        threshold=exact(row.threshold),
        action=Action(row.action),
        is_active=row.is_active,
        scope=RuleScope(
            account_id=UUID(int=account_id.int) if account_id is not None else None,
            strategy_id=row.scope_strategy_id,
            symbol=row.scope_symbol,
        ),
        parameters=MappingProxyType(parameters),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
