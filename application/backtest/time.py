"""Let business time be the market's, and let nothing wait."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from ports.market import MarketClock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MarketTime:
    """The market's time as the time of business: two runs write the same times."""

    market: MarketClock

    def now(self) -> datetime:
        """Return the market time."""
        return self.market.now()

    def monotonic(self) -> float:
        """Return the seconds of market time since 1970; it never runs backwards."""
        return (self.market.now() - _EPOCH).total_seconds()


class NoWaiting:
    """Let others run, however long the wait is meant to be: market time passes by events."""

    async def sleep(self, seconds: float) -> None:
        """Return at the event loop's next turn."""
        await asyncio.sleep(0)
