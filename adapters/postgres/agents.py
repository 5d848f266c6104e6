"""Keep agents in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.states import record_state
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit, add_next
from domain.agents.agent import Agent, AgentState, Desired
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice

_COLUMNS = (
    "tenant_id, id, account_id, kind, version, state, since, last_at, last_sequence, heard_at"
)
_ALL = f"{_COLUMNS}, desired, desired_by, desired_at, member_id"
_INSERT = (
    f"INSERT INTO agents ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"  # noqa: S608 - own names; values are parameters
    " ON CONFLICT DO NOTHING"
)
# A later heartbeat's time stays, whoever stores an older one.
_UPDATE = (
    "UPDATE agents SET account_id = $3, kind = $4, version = $5, state = $6, since = $7,"
    " last_at = greatest(last_at, $8), heard_at = greatest(heard_at, $10),"
    " last_sequence = CASE WHEN last_at > $8 THEN last_sequence ELSE $9 END"
    " WHERE tenant_id = $1 AND id = $2 AND state = $11"
)


# Who there is, and who is paused, is part of what an order must pass: see RuleSet.
_RAISE = (
    "INSERT INTO rule_sets VALUES ($1, 1)"
    " ON CONFLICT (tenant_id) DO UPDATE SET version = rule_sets.version + 1"
)
_REGISTER = (
    f"INSERT INTO agents ({_COLUMNS}, member_id)"  # noqa: S608 - own names; values are parameters
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT (tenant_id, id) DO UPDATE"
    " SET member_id = excluded.member_id, account_id = excluded.account_id"
    " WHERE agents.member_id IS NULL OR agents.member_id = excluded.member_id"
    f" RETURNING {', '.join(f'agents.{name.strip()}' for name in _ALL.split(','))}"
)


class PostgresAgentRegistry:
    """Agents in Postgres (port AgentRegistry)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def get(self, *, tenant_id: UUID, agent_id: str) -> Agent | None:
        """Return an agent of the tenant."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                f"SELECT {_ALL} FROM agents WHERE tenant_id = $1 AND id = $2",  # noqa: S608 - own names; values are parameters
                tenant_id,
                agent_id,
            )
        return _agent_of(row) if row is not None else None

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: str = "",
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Agent]:
        """Return agents by ascending id."""
        async with self._database.connection(tenant_id) as connection:
            found = await connection.fetch(
                f"SELECT {_ALL} FROM agents WHERE tenant_id = $1 AND id > $2"  # noqa: S608 - own names; values are parameters
                " AND ($4::uuid[] IS NULL OR account_id IS NULL OR account_id = ANY($4))"
                " ORDER BY id LIMIT $3",
                tenant_id,
                after,
                limit,
                rows.among(among),
            )
        return [_agent_of(row) for row in found]

    async def all(self) -> Sequence[Agent]:
        """Return every tenant's agents."""
        async with self._database.system.connection() as connection:
            found = await connection.fetch(f"SELECT {_ALL} FROM agents ORDER BY tenant_id, id")  # noqa: S608 - own names; values are parameters
        return [_agent_of(row) for row in found]

    async def store(
        self, agent: Agent, *, before: AgentState | None, notice: Notice | None
    ) -> bool:
        """Store what was heard or concluded, if nobody was first."""
        values = _values_of(agent)
        async with self._database.transaction(agent.tenant_id) as connection:
            if before is None:
                told = await connection.execute(_INSERT, *values)
            else:
                told = await connection.execute(_UPDATE, *values, before.value)
            if told.split()[-1] != "1":
                return False
            if before is None:
                await connection.execute(_RAISE, agent.tenant_id)
            if notice is not None:
                await add_next(connection, [notice])
        return True

    async def register(self, agent: Agent, *, audit: AuditEntry, notice: Notice) -> Agent | None:
        """Store an agent that comes in as a machine."""
        async with self._database.transaction(agent.tenant_id) as connection:
            # Registrations of one tenant follow each other: what is looked at stays as it is.
            await connection.execute(_RAISE, agent.tenant_id)
            taken = await connection.fetchrow(
                "SELECT 1 FROM agents WHERE tenant_id = $1 AND ((member_id = $2 AND id <> $3)"
                " OR (id = $3 AND member_id <> $2))",
                agent.tenant_id,
                agent.member_id,
                agent.id,
            )
            if taken is not None:
                return None
            row = await connection.fetchrow(_REGISTER, *_values_of(agent), agent.member_id)
            await add_audit(connection, audit)
            await add_next(connection, [notice])
        return _agent_of(row) if row is not None else None

    async def desire(
        self, *, agent: Agent, desired: Desired, audit: AuditEntry, notice: Notice
    ) -> Agent | None:
        """Store what a person wants of the agent."""
        async with self._database.transaction(agent.tenant_id) as connection:
            row = await connection.fetchrow(
                "UPDATE agents SET desired = $3, desired_by = $4, desired_at = $5"  # noqa: S608 - own names; values are parameters
                f" WHERE tenant_id = $1 AND id = $2 AND desired <> $3 RETURNING {_ALL}",
                agent.tenant_id,
                agent.id,
                desired.value,
                audit.actor,
                audit.at,
            )
            if row is None:
                return None
            await connection.execute(_RAISE, agent.tenant_id)
            await add_audit(connection, audit)
            await record_state(connection, "agent", tenant_id=agent.tenant_id, id=agent.id)
            await add_next(connection, [notice])
        return _agent_of(row)


def _values_of(agent: Agent) -> tuple[object, ...]:
    return (
        agent.tenant_id,
        agent.id,
        agent.account_id,
        agent.kind,
        agent.version,
        agent.state.value,
        agent.since,
        agent.last_at,
        agent.last_sequence,
        agent.heard_at,
    )


def _agent_of(row: rows.Row) -> Agent:
    account_id = row["account_id"]
    return Agent(
        tenant_id=rows.plain_id(row["tenant_id"]),
        id=row["id"],
        account_id=rows.plain_id_or_none(account_id),
        kind=row["kind"],
        version=row["version"],
        state=AgentState(row["state"]),
        since=row["since"],
        last_at=row["last_at"],
        last_sequence=row["last_sequence"],
        heard_at=row["heard_at"],
        desired=Desired(row["desired"]),
        desired_by=row["desired_by"],
        desired_at=row["desired_at"],
        member_id=rows.plain_id_or_none(row["member_id"]),
    )
