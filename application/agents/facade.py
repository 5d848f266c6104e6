"""Answer for trading agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.agents.desire import Wish
from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import ListAgents
from application.agents.pause_agent import PauseAgent
from application.agents.presences import Presences
from application.agents.resume_agent import ResumeAgent
from domain.agents.agent import Agent, Desired, Heartbeat, Unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUseCases:
    """Everything that can be asked of agents, and what they say."""

    # Whether heartbeats are to come in at all.
    configured: bool
    presences: Presences
    agents: ListAgents
    hear_heartbeat: HearHeartbeat
    pause_agent: PauseAgent
    resume_agent: ResumeAgent

    @property
    def hearing(self) -> bool:
        """Tell whether heartbeats reach this process now."""
        return self.presences.hearing

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: str = "",
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Agent]:
        """Return agents by ascending id; with among, none of other accounts."""
        return await self.agents(tenant_id=tenant_id, limit=limit, after=after, among=among)

    async def get(self, *, tenant_id: UUID, agent_id: str) -> Agent:
        """Return an agent; raises AgentNotFound."""
        return await self.agents.one(tenant_id=tenant_id, agent_id=agent_id)

    async def pause(self, wish: Wish) -> Agent:
        """Ask an agent to pause; raises AgentNotFound."""
        return await self.pause_agent(wish)

    async def resume(self, wish: Wish) -> Agent:
        """Let an agent go on; raises AgentNotFound."""
        return await self.resume_agent(wish)

    async def paused(self, *, tenant_id: UUID, actor: str) -> str | None:
        """Return the paused agent that the actor is, by its name or behind its kind, if any."""
        for name in {actor, actor.partition(":")[2]}:
            agent = await self.agents.registry.get(tenant_id=tenant_id, agent_id=name)
            if agent is not None and agent.desired is Desired.PAUSED:
                return agent.id
        return None

    async def hear(self, heartbeat: Heartbeat) -> Agent | Unheard:
        """Take a heartbeat in; raises StorageUnavailable."""
        return await self.hear_heartbeat(heartbeat)
