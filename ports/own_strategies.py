"""What the core needs to ask people's own strategy classes."""

from collections.abc import Sequence
from typing import Protocol

from domain.market.prices import Bar


class OwnStrategyFailed(Exception):
    """The class is not there, raised, ended, took too long or too much; the message says which."""


class OwnStrategies(Protocol):
    """Classes that somebody installed here, by name; nobody trusts them."""

    def names(self) -> Sequence[str]:
        """Return the names of those that are installed, in order; none is loaded for it."""
        ...

    async def scores(self, name: str, bars: Sequence[Bar]) -> Sequence[float | None]:
        """Return what a class says at each bar, oldest first: -1 (sell) to 1 (buy), None: nothing.

        It knows the bars and nothing else, and keeps nothing between two questions. Whatever it
        does, it is over in time, takes no more memory than it may, and nothing of it goes on
        then; raises OwnStrategyFailed.
        """
        ...

    async def stop(self) -> None:
        """End what still runs."""
        ...
