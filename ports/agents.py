"""What the core needs to keep of trading agents, and what hears them."""

from typing import Protocol

from domain.agents.agent import Agent, AgentStatus
from ports.work import Kind

_TABLE = "agents"
# The table is older than its records: there the name is the id.
_NAMED = (("id", "record_id"), ("version", "revision"), ("release", "version"))
# Who there is, and who is paused, is part of what an order must pass: see RuleSet.
AGENTS = Kind(
    _TABLE,
    Agent,
    find_by=("name", "account_id", "member_id", "desired"),
    named=(*_NAMED, ("name", "id")),
    counted_in="rule_sets",
    proven_as="agent",
    proven_by="name",
)
# A heartbeat changes nothing that is proven, and nothing that an order must pass.
AGENT_STATUS = Kind(_TABLE, AgentStatus, named=_NAMED)


class HeartbeatListener(Protocol):
    """Hears agents, for as long as it runs."""

    @property
    def problem(self) -> str:
        """Why heartbeats do not come in, empty while they do."""
        ...

    async def run(self) -> None:
        """Hear until the task is cancelled; an outage is waited for."""
        ...
