"""List a tenant's agents, and show one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.agents.presences import Presences
from domain.agents.agent import Agent, DesiredState
from domain.shared.refusals import Absent
from ports.agents import AGENTS
from ports.work import EVERY, Look, Where, Works

_PAGE = 1_000


class AgentNotFound(Absent):
    """There is no such agent, or it is another tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAgents:
    """Read what is stored, with what was heard here since."""

    works: Works
    presences: Presences

    async def __call__(
        self, *, tenant_id: UUID, limit: int, after: str, among: frozenset[UUID] | None = None
    ) -> Sequence[Agent]:
        """Return agents by ascending name, behind `after`; with among, none of other accounts."""
        where = EVERY if among is None else {"account_id": among | {None}}
        fitting = await self._fitting(tenant_id, where)
        found = sorted((one for one in fitting if one.name > after), key=lambda one: one.name)
        return [self.presences.latest(one) for one in found[:limit]]

    async def one(self, *, tenant_id: UUID, agent_id: str) -> Agent:
        """Return one agent; raises AgentNotFound."""
        async with self.works.look(tenant_id) as look:
            found = await agent_named(look, agent_id)
        if found is None:
            raise AgentNotFound(f"no agent {agent_id}")
        return self.presences.latest(found)

    async def paused(self, *, tenant_id: UUID, actor: str) -> str | None:
        """Return the paused agent that the actor is, by its name or behind its kind, if any."""
        kind, _, named = actor.partition(":")
        for one in await self._fitting(tenant_id, {"desired": DesiredState.PAUSED}):
            if one.name in (actor, named) or (kind == "user" and str(one.member_id) == named):
                return one.name
        return None

    async def _fitting(self, tenant_id: UUID, where: Where) -> list[Agent]:
        found: list[Agent] = []
        async with self.works.look(tenant_id) as look:
            agents = look.records(AGENTS)
            while True:
                after = found[-1].id if found else None
                page = await agents.list(limit=_PAGE, after=after, where=where)
                found += page
                if len(page) < _PAGE:
                    return found


async def agent_named(look: Look, name: str) -> Agent | None:
    """Return the tenant's agent of that name."""
    found = await look.records(AGENTS).list(limit=1, where={"name": name})
    return found[0] if found else None
