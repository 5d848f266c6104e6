"""What the core needs so that patterns go on where they stood."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.signals.pattern import PatternBar, PatternState


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRecord:
    """A symbol's pattern as of an event: its market time, and its number among those of it.

    lap is that of the replay. bar is what the latest bar or trade left, None before the first;
    price and volume were its own.
    """

    symbol: str
    lap: int
    at: datetime
    number: int
    state: PatternState
    bar: PatternBar | None
    price: float | None
    volume: float | None

    @property
    def place(self) -> tuple[int, datetime, int]:
        """Where it stands among its symbol's events."""
        return (self.lap, self.at, self.number)


class PatternStates(Protocol):
    """The latest pattern of each symbol, durable; the market's, hence every tenant's."""

    async def get(self, symbol: str, *, lap: int) -> PatternRecord | None:
        """Return the pattern of a lap; raises StorageCorrupt, StorageUnavailable."""
        ...

    async def save(self, kept: PatternRecord) -> None:
        """Keep a pattern in place of an earlier one; one that is no later changes nothing."""
        ...
