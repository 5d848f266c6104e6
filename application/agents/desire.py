"""Ask an agent to pause, or let it go on."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.agents.list_agents import AgentNotFound, agent_named
from application.agents.presences import Presences
from application.agents.tell import notice_of
from application.shared.change import Changes
from domain.agents.agent import Agent, DesiredState
from domain.audit.entry import AuditEntry
from ports.agents import AGENTS
from ports.transactions import Conflict
from ports.work import Work

_ACTIONS = {DesiredState.PAUSED: "agent.pause", DesiredState.RUNNING: "agent.resume"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRequest:
    """What is wanted of which agent, and by whom."""

    tenant_id: UUID
    agent_id: str
    actor: str
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDesiredState:
    """Store what a person wants of an agent.

    The agent reads the wish and stops or goes on by itself; what one that is paused sends all
    the same is refused. Orders that were taken in before stay as they are.
    """

    changes: Changes
    presences: Presences

    async def __call__(self, wish: StateRequest, *, desired: DesiredState) -> Agent:
        """Return the agent; raises AgentNotFound. What is wanted already changes nothing."""
        action, ids = _ACTIONS[desired], self.changes.ids

        async def desire(work: Work) -> Agent:
            agent = await agent_named(work, wish.agent_id)
            if agent is None:
                raise AgentNotFound(f"no agent {wish.agent_id}")
            if agent.desired is desired:
                return agent
            at = self.changes.clock.now()
            wanted = replace(
                agent,
                version=agent.version + 1,
                desired=desired,
                desired_by=wish.actor,
                desired_at=at,
            )
            if not await work.records(AGENTS).update(wanted):
                raise Conflict(f"agent {agent.name} changed meanwhile")
            await work.audit(
                AuditEntry(
                    id=ids.new(),
                    tenant_id=agent.tenant_id,
                    account_id=agent.account_id,
                    actor=wish.actor,
                    action=action,
                    subject=agent.name,
                    at=at,
                    trace_id=wish.trace_id,
                    detail=(("desired", desired.value), ("state", agent.state.value)),
                    before=(("desired", agent.desired.value),),
                    after=(("desired", desired.value),),
                )
            )
            await work.tell(notice_of(wanted, type=f"{action}_asked", at=at, ids=ids))
            return wanted

        stored = await self.changes.run(desire, tenant_id=wish.tenant_id)
        self.presences.know(stored, now_s=self.changes.clock.monotonic())
        return self.presences.latest(stored)
