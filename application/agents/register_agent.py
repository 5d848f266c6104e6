"""Register an agent before it is heard, and say as which machine it comes in."""

from dataclasses import dataclass
from uuid import UUID

from application.agents.desire import Wish
from application.agents.presences import Presences
from application.agents.tell import notice_of
from domain.agents.agent import Agent, awaited
from domain.audit.entry import AuditEntry
from domain.identity.member import MemberKind
from domain.shared.values import InvalidValue
from ports.access import Members
from ports.agents import AgentRegistry
from ports.ids import Ids
from ports.time import Clock


@dataclass(frozen=True, slots=True)
class AgentTaken:
    """Another machine comes in as that agent, or the machine as another agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAgent:
    """Store an agent, so that it can be paused, beats over HTTP and is known as a strategy."""

    registry: AgentRegistry
    presences: Presences
    members: Members
    clock: Clock
    ids: Ids

    async def __call__(
        self, wish: Wish, *, member_id: UUID, account_id: UUID | None
    ) -> Agent | AgentTaken:
        """Return the agent; one that was heard before keeps its state. Raises InvalidValue."""
        member = await self.members.find(tenant_id=wish.tenant_id, member_id=member_id)
        if member is None or member.kind is not MemberKind.MACHINE:
            raise InvalidValue(field="member_id", problem="must be a machine of the tenant")
        if account_id is not None and account_id not in member.grants:
            raise InvalidValue(field="account_id", problem="must be granted to the machine")
        at = self.clock.now()
        agent = awaited(
            tenant_id=wish.tenant_id,
            agent_id=wish.agent_id,
            account_id=account_id,
            member_id=member_id,
            now=at,
        )
        audit = AuditEntry(
            id=self.ids.new(),
            tenant_id=agent.tenant_id,
            account_id=account_id,
            actor=wish.actor,
            action="agent.register",
            subject=agent.id,
            at=at,
            trace_id=wish.trace_id,
            detail=(("member", str(member_id)),),
        )
        notice = notice_of(agent, type="agent.registered", at=at, ids=self.ids)
        stored = await self.registry.register(agent, audit=audit, notice=notice)
        if stored is None:
            return AgentTaken()
        self.presences.know(stored, now_s=self.clock.monotonic())
        return stored
