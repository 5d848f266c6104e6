"""Show agents on the wire."""

import msgspec

from adapters.http.wire import id_of, moment, time_of
from domain.agents.agent import Agent


class AgentView(msgspec.Struct):
    """An agent: how it is, and what is wanted of it; last_at is its own clock's time."""

    id: str
    account_id: str | None
    kind: str
    version: str
    state: str
    since: str
    desired: str
    desired_by: str
    desired_at: str | None
    heard_at: str
    last_at: str
    last_sequence: int


class AgentPage(msgspec.Struct):
    """Agents by id. hearing: whether heartbeats reach this server; if not, states are old."""

    items: list[AgentView]
    next_cursor: str | None
    configured: bool
    hearing: bool


def agent_view(agent: Agent) -> AgentView:
    """Show an agent."""
    return AgentView(
        id=agent.id,
        account_id=id_of(agent.account_id),
        kind=agent.kind,
        version=agent.version,
        state=agent.state.value,
        since=moment(agent.since),
        desired=agent.desired.value,
        desired_by=agent.desired_by,
        desired_at=time_of(agent.desired_at),
        heard_at=moment(agent.heard_at),
        last_at=moment(agent.last_at),
        last_sequence=agent.last_sequence,
    )
