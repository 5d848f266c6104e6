"""Keep agents in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.notices import add_next
from domain.agents.agent import Agent, AgentState, Desired
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice


@dataclass(frozen=True, slots=True)
class MemoryAgentRegistry:
    """Agents in memory (port AgentRegistry)."""

    link: MemoryLink

    async def get(self, *, tenant_id: UUID, agent_id: str) -> Agent | None:
        """Return an agent of the tenant."""
        return (await self.link.enter()).agents.get((tenant_id, agent_id))

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: str = "",
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Agent]:
        """Return agents by ascending id."""
        agents = (await self.link.enter()).agents
        found = sorted(
            (
                one
                for one in agents.values()
                if one.tenant_id == tenant_id
                and one.id > after
                and (among is None or one.account_id in (None, *among))
            ),
            key=lambda one: one.id,
        )
        return found[:limit]

    async def all(self) -> Sequence[Agent]:
        """Return every tenant's agents."""
        return list((await self.link.enter()).agents.values())

    async def store(
        self, agent: Agent, *, before: AgentState | None, notice: Notice | None
    ) -> bool:
        """Store what was heard or concluded, if nobody was first."""
        database = await self.link.enter()
        key = (agent.tenant_id, agent.id)
        stored = database.agents.get(key)
        if (None if stored is None else stored.state) is not before:
            return False
        if stored is not None:
            agent = replace(
                agent,
                desired=stored.desired,
                desired_by=stored.desired_by,
                desired_at=stored.desired_at,
                member_id=stored.member_id,
            )
            if stored.last_at > agent.last_at:
                agent = replace(
                    agent,
                    last_at=stored.last_at,
                    last_sequence=stored.last_sequence,
                    heard_at=stored.heard_at,
                )
        else:
            _raise_version(database, agent.tenant_id)
        database.agents[key] = agent
        if notice is not None:
            add_next(database, notice)
        return True

    async def register(self, agent: Agent, *, audit: AuditEntry, notice: Notice) -> Agent | None:
        """Store an agent that comes in as a machine."""
        database = await self.link.enter()
        key = (agent.tenant_id, agent.id)
        stored = database.agents.get(key)
        if stored is not None and stored.member_id not in (None, agent.member_id):
            return None
        if any(
            one.member_id == agent.member_id and one.id != agent.id
            for one in database.agents.values()
            if one.tenant_id == agent.tenant_id
        ):
            return None
        if stored is not None:
            agent = replace(stored, member_id=agent.member_id, account_id=agent.account_id)
        database.agents[key] = agent
        _raise_version(database, agent.tenant_id)
        database.audit.append(audit)
        add_next(database, notice)
        return agent

    async def desire(
        self, *, agent: Agent, desired: Desired, audit: AuditEntry, notice: Notice
    ) -> Agent | None:
        """Store what a person wants of the agent."""
        database = await self.link.enter()
        key = (agent.tenant_id, agent.id)
        stored = database.agents.get(key)
        if stored is None or stored.desired is desired:
            return None
        wanted = replace(stored, desired=desired, desired_by=audit.actor, desired_at=audit.at)
        database.agents[key] = wanted
        _raise_version(database, agent.tenant_id)
        database.audit.append(audit)
        add_next(database, notice)
        return wanted


def _raise_version(database: MemoryDatabase, tenant_id: UUID) -> None:
    # Who there is, and who is paused, is part of what an order must pass: see RuleSet.
    database.rules_versions[tenant_id] = database.rules_versions.get(tenant_id, 0) + 1
