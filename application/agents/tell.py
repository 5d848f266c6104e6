"""Write the notice of an agent."""

from collections.abc import Mapping
from datetime import datetime

from domain.agents.agent import Agent
from domain.shared.notices import Notice
from ports.ids import Ids

CHANNEL = "agents"


def notice_of(agent: Agent, *, type: str, at: datetime, ids: Ids) -> Notice:
    """Return the notice; its number is given when it is stored."""
    return Notice(
        id=ids.new(),
        tenant_id=agent.tenant_id,
        account_id=None,
        channel=CHANNEL,
        sequence=0,
        type=type,
        subject=agent.name,
        at=at,
        market_at=None,
        body=describe_agent(agent),
    )


def describe_agent(agent: Agent) -> Mapping[str, str]:
    """List what a reader of the stream needs to show the agent."""
    return {
        "agent_id": agent.name,
        "kind": agent.kind,
        "state": agent.state.value,
        "desired": agent.desired.value,
        "last_at": agent.last_at.isoformat(),
    } | ({"account_id": str(agent.account_id)} if agent.account_id is not None else {})
