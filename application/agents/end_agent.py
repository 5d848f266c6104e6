"""End an agent with what it was, so that nobody misses it."""

from application.agents.list_agents import agent_named
from application.agents.tell import notice_of
from application.shared.change import Changes
from domain.agents.agent import AgentState, ended
from ports.agents import AGENT_STATUS
from ports.transactions import Conflict
from ports.work import Work


async def end_agent(work: Work, name: str, *, kind: str, changes: Changes) -> None:
    """End the agent of that name as part of a larger change; one of another kind goes on.

    What is wanted of it stays: another of that name is paused as this one was.
    """
    agent = await agent_named(work, name)
    if agent is None or agent.kind != kind or agent.state is AgentState.ENDED:
        return
    now = changes.clock.now()
    after = ended(agent, now=now)
    if not await work.records(AGENT_STATUS).update(after):
        raise Conflict(f"agent {name} changed meanwhile")
    kind_of_notice = f"agent.became_{after.state.value}"
    await work.tell(notice_of(after, type=kind_of_notice, at=now, ids=changes.ids))
