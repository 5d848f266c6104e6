"""List a tenant's agents, and show one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.agents.presences import Presences
from domain.agents.agent import Agent
from domain.shared.refusals import Absent
from ports.agents import AgentRegistry


class AgentNotFound(Absent):
    """There is no such agent, or it is another tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAgents:
    """Read what is stored, with what was heard here since."""

    registry: AgentRegistry
    presences: Presences

    async def __call__(
        self, *, tenant_id: UUID, limit: int, after: str, among: frozenset[UUID] | None = None
    ) -> Sequence[Agent]:
        """Return agents by ascending id."""
        found = await self.registry.list(tenant_id=tenant_id, limit=limit, after=after, among=among)
        return [self.presences.latest(one) for one in found]

    async def one(self, *, tenant_id: UUID, agent_id: str) -> Agent:
        """Return one agent; raises AgentNotFound."""
        found = await self.registry.get(tenant_id=tenant_id, agent_id=agent_id)
        if found is None:
            raise AgentNotFound(f"no agent {agent_id}")
        return self.presences.latest(found)
