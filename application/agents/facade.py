"""Answer for trading agents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.agents.beat import Beat, TakeBeat
from application.agents.desire import SetDesiredState, StateRequest
from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import ListAgents
from application.agents.presences import Presences
from application.agents.register_agent import AgentTaken, RegisterAgent
from domain.agents.agent import Agent, DesiredState, Heartbeat, HeartbeatRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUseCases:
    """Everything that can be asked of agents, and what they say."""

    # Whether heartbeats are to come in over Kafka, too.
    configured: bool
    # Why some that are sent are not heard; empty where nothing is known to be wrong.
    hint: Callable[[], str]
    presences: Presences
    agents: ListAgents
    hear_heartbeat: HearHeartbeat
    desire: SetDesiredState
    register_agent: RegisterAgent
    take_beat: TakeBeat

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
        """Return agents by ascending name; with among, none of other accounts."""
        return await self.agents(tenant_id=tenant_id, limit=limit, after=after, among=among)

    async def get(self, *, tenant_id: UUID, agent_id: str) -> Agent:
        """Return an agent; raises AgentNotFound."""
        return await self.agents.one(tenant_id=tenant_id, agent_id=agent_id)

    async def pause(self, wish: StateRequest) -> Agent:
        """Ask an agent to pause; raises AgentNotFound."""
        return await self.desire(wish, desired=DesiredState.PAUSED)

    async def resume(self, wish: StateRequest) -> Agent:
        """Let an agent go on; raises AgentNotFound."""
        return await self.desire(wish, desired=DesiredState.RUNNING)

    async def register(
        self, wish: StateRequest, *, member_id: UUID, account_id: UUID | None
    ) -> Agent | AgentTaken:
        """Register an agent as a machine; raises MemberNotFound, AccountNotFound, InvalidValue."""
        return await self.register_agent(wish, member_id=member_id, account_id=account_id)

    async def beat(self, beat: Beat) -> Agent | AgentTaken:
        """Take the heartbeat of a machine that is an agent; raises AgentNotFound, InvalidValue."""
        return await self.take_beat(beat)

    async def paused(self, *, tenant_id: UUID, actor: str) -> str | None:
        """Return the paused agent that the actor is, by its name or behind its kind, if any."""
        return await self.agents.paused(tenant_id=tenant_id, actor=actor)

    async def hear(self, heartbeat: Heartbeat) -> Agent | HeartbeatRefusal:
        """Take a heartbeat in; raises StorageUnavailable."""
        return await self.hear_heartbeat(heartbeat)
