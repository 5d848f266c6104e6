"""Pause an agent: it is asked to, and its orders are refused."""

from dataclasses import dataclass

from application.agents.desire import Desire, Wish
from domain.agents.agent import Agent, Desired


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAgent:
    """The agent reads the wish and stops by itself; what it sends all the same is refused.

    Orders that were taken in before stay as they are.
    """

    desire: Desire

    async def __call__(self, wish: Wish) -> Agent:
        """Return the agent; raises AgentNotFound."""
        return await self.desire(wish, desired=Desired.PAUSED, action="agent.pause")
