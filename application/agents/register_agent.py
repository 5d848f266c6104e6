"""Register an agent before it is heard, and say as which machine it comes in."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.accounts.book_store import AccountNotFound
from application.agents.desire import StateRequest
from application.agents.list_agents import agent_named
from application.agents.presences import Presences
from application.agents.tell import notice_of
from application.identity.access_commands import MemberNotFound
from application.shared.change import Changes
from application.shared.keeper import TooMany
from domain.agents.agent import Agent, awaited
from domain.audit.entry import AuditEntry
from domain.identity.member import MemberKind
from domain.shared.values import InvalidValue
from ports.access import Members
from ports.accounts import AccountDirectory
from ports.agents import AGENTS
from ports.transactions import Conflict
from ports.work import Work


@dataclass(frozen=True, slots=True)
class AgentTaken:
    """Another machine comes in as that agent, or the machine as another agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAgent:
    """Store an agent, so that it can be paused, beats over HTTP and is known as a strategy."""

    changes: Changes
    presences: Presences
    members: Members
    # Of one tenant.
    agents_max: int
    directory: AccountDirectory

    async def __call__(
        self, wish: StateRequest, *, member_id: UUID, account_id: UUID | None
    ) -> Agent | AgentTaken:
        """Return the agent; one that was heard before keeps its state.

        Raises MemberNotFound, AccountNotFound, InvalidValue, TooMany.
        """
        member = await self.members.find(tenant_id=wish.tenant_id, member_id=member_id)
        if member is None:
            raise MemberNotFound(f"member {member_id} does not exist")
        if member.kind is not MemberKind.MACHINE:
            raise InvalidValue(field="member_id", problem="must be a machine")
        if account_id is not None:
            account = await self.directory.find(tenant_id=wish.tenant_id, account_id=account_id)
            if account is None:
                raise AccountNotFound(account_id)
        fresh = awaited(
            id=self.changes.ids.new(),
            tenant_id=wish.tenant_id,
            name=wish.agent_id,
            account_id=account_id,
            member_id=member_id,
            now=self.changes.clock.now(),
        )

        async def register(work: Work) -> Agent | AgentTaken:
            agents = work.records(AGENTS)
            known = await agent_named(work, fresh.name)
            for other in await agents.list(limit=1, where={"member_id": member_id}):
                if known is None or other.id != known.id:
                    return AgentTaken()
            if known is None:
                return await self._add(work, fresh, wish=wish)
            if known.member_id not in (None, member_id):
                return AgentTaken()
            agent = replace(
                known, version=known.version + 1, member_id=member_id, account_id=account_id
            )
            if not await agents.update(agent):
                raise Conflict(f"agent {agent.name} changed meanwhile")
            await self._record(work, agent, wish=wish)
            return agent

        stored = await self.changes.run(register, tenant_id=wish.tenant_id)
        if isinstance(stored, Agent):
            self.presences.know(stored, now_s=self.changes.clock.monotonic())
        return stored

    async def _add(self, work: Work, fresh: Agent, *, wish: StateRequest) -> Agent:
        agents = work.records(AGENTS)
        if await agents.count() >= self.agents_max:
            raise TooMany(f"the tenant has {self.agents_max} agents already")
        await agents.add(fresh)
        await self._record(work, fresh, wish=wish)
        return fresh

    async def _record(self, work: Work, agent: Agent, *, wish: StateRequest) -> None:
        at, ids = self.changes.clock.now(), self.changes.ids
        await work.audit(
            AuditEntry(
                id=ids.new(),
                tenant_id=agent.tenant_id,
                account_id=agent.account_id,
                actor=wish.actor,
                action="agent.register",
                subject=agent.name,
                at=at,
                trace_id=wish.trace_id,
                detail=(("member", str(agent.member_id)),),
            )
        )
        await work.tell(notice_of(agent, type="agent.registered", at=at, ids=ids))
