"""Store what a person wants of an agent."""

from dataclasses import dataclass
from uuid import UUID

from application.agents.list_agents import ListAgents
from application.agents.presences import Presences
from application.agents.tell import notice_of
from domain.agents.agent import Agent, Desired
from domain.audit.entry import AuditEntry
from ports.agents import AgentRegistry
from ports.ids import Ids
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of which agent, and by whom."""

    tenant_id: UUID
    agent_id: str
    actor: str
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desire:
    """Where wishes are stored, with their audit entry and notice."""

    registry: AgentRegistry
    presences: Presences
    agents: ListAgents
    clock: Clock
    ids: Ids

    async def __call__(self, wish: Wish, *, desired: Desired, action: str) -> Agent:
        """Return the agent; raises AgentNotFound. What is wanted already changes nothing."""
        agent = await self.agents.one(tenant_id=wish.tenant_id, agent_id=wish.agent_id)
        at = self.clock.now()
        audit = AuditEntry(
            id=self.ids.new(),
            tenant_id=agent.tenant_id,
            account_id=agent.account_id,
            actor=wish.actor,
            action=action,
            subject=agent.id,
            at=at,
            trace_id=wish.trace_id,
            detail=(("desired", desired.value), ("state", agent.state.value)),
            before=(("desired", agent.desired.value),),
            after=(("desired", desired.value),),
        )
        notice = notice_of(agent, type=f"{action}_asked", at=at, ids=self.ids)
        stored = await self.registry.desire(
            agent=agent, desired=desired, audit=audit, notice=notice
        )
        if stored is not None:
            self.presences.know(stored, now_s=self.clock.monotonic())
        return await self.agents.one(tenant_id=wish.tenant_id, agent_id=wish.agent_id)
