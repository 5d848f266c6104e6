"""Ask an agent to pause."""

from dataclasses import dataclass

from application.agents.desire import Desire, Wish
from domain.agents.agent import Agent, Desired


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAgent:
    """The agent reads the wish and stops trading by itself; nothing of its orders changes."""

    desire: Desire

    async def __call__(self, wish: Wish) -> Agent:
        """Return the agent; raises AgentNotFound."""
        return await self.desire(wish, desired=Desired.PAUSED, action="agent.pause")
