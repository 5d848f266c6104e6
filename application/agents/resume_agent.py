"""Let an agent go on."""

from dataclasses import dataclass

from application.agents.desire import Desire, Wish
from domain.agents.agent import Agent, Desired


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAgent:
    """The agent reads the wish and trades again."""

    desire: Desire

    async def __call__(self, wish: Wish) -> Agent:
        """Return the agent; raises AgentNotFound."""
        return await self.desire(wish, desired=Desired.RUNNING, action="agent.resume")
