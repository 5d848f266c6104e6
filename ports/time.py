"""What the core needs to know the time and to let it pass."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of business and audit, and a second one for measuring spans."""

    def now(self) -> datetime:
        """Return the current time, aware and in UTC; it may be set back between two calls."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; never less than the call before."""
        ...


class Sleeper(Protocol):
    """Let time pass."""

    async def sleep(self, seconds: float) -> None:
        """Return once at least that many seconds passed; zero or less lets others run."""
        ...
