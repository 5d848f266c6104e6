"""What the core needs to keep of trading agents."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.agents.agent import Agent, AgentState, Desired
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice


class AgentRegistry(Protocol):
    """Agents that were ever heard, durable, one list for all processes.

    Notices get the next number of their channel, whatever number they come with.
    """

    async def get(self, *, tenant_id: UUID, agent_id: str) -> Agent | None:
        """Return an agent of the tenant, None for another's or none."""
        ...

    async def list(
        self,
        *,
        tenant_id: UUID,
        limit: int,
        after: str = "",
        among: frozenset[UUID] | None = None,
    ) -> Sequence[Agent]:
        """Return agents by ascending id, behind `after`; with among, none of other accounts."""
        ...

    async def all(self) -> Sequence[Agent]:
        """Return every tenant's agents."""
        ...

    async def store(
        self, agent: Agent, *, before: AgentState | None, notice: Notice | None
    ) -> bool:
        """Store what was heard or concluded of an agent, with the notice of it.

        Only if the stored state is `before` (None: it is new); else False, and nothing is
        stored: another process was first, and has told. What is desired of the agent is
        never changed by this, nor as which machine it comes in, nor is a later heartbeat's time
        by an earlier one's. A new agent raises the version of the tenant's rule set, which
        names all agents (RuleSets).
        """
        ...

    async def register(self, agent: Agent, *, audit: AuditEntry, notice: Notice) -> Agent | None:
        """Store an agent that comes in as the machine `member_id`; return it as it is stored.

        Of one that is there already the machine and the account change, and nothing else.
        Raises the version of the tenant's rule set. None, and nothing, where another machine
        comes in as that agent, or the machine as another agent.
        """
        ...

    async def desire(
        self, *, agent: Agent, desired: Desired, audit: AuditEntry, notice: Notice
    ) -> Agent | None:
        """Store what a person wants of the agent, as the audit entry says who and when.

        Raises the version of the tenant's rule set, which names who is paused (RuleSets): an
        order that was decided before is decided again.
        All or nothing; returns the agent after it. None, and nothing, if the agent is not
        there or that is wanted of it already.
        """
        ...


class HeartbeatListener(Protocol):
    """Hears agents, for as long as it runs."""

    @property
    def problem(self) -> str:
        """Why heartbeats do not come in, empty while they do."""
        ...

    async def run(self) -> None:
        """Hear until the task is cancelled; an outage is waited for."""
        ...
