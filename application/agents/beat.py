"""Take the heartbeat of an agent that asks by itself, as the machine that it is registered as."""

from dataclasses import dataclass
from uuid import UUID

from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import ListAgents
from application.agents.register_agent import AgentTaken
from domain.agents.agent import Agent, Heartbeat, HeartbeatRefusal, ReportedState
from ports.time import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What an agent says of itself; its time is that of the request."""

    tenant_id: UUID
    agent_id: str
    member_id: UUID
    kind: str
    version: str
    sequence: int
    state: ReportedState


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBeat:
    """Hear an agent without Kafka; no other process hears it, so that more of it is stored."""

    agents: ListAgents
    hear_heartbeat: HearHeartbeat
    clock: Clock

    async def __call__(self, beat: Beat) -> Agent | AgentTaken:
        """Return the agent, and what is wanted of it; raises AgentNotFound, InvalidValue.

        Nobody but the machine that it is registered as beats for it.
        """
        known = await self.agents.one(tenant_id=beat.tenant_id, agent_id=beat.agent_id)
        if known.member_id != beat.member_id:
            return AgentTaken()
        heard = await self.hear_heartbeat(
            Heartbeat(
                tenant_id=beat.tenant_id,
                agent_id=known.name,
                account_id=known.account_id,
                kind=beat.kind,
                at=self.clock.now(),
                sequence=beat.sequence,
                state=beat.state,
                version=beat.version,
            ),
            by_itself=True,
        )
        return known if isinstance(heard, HeartbeatRefusal) else heard
