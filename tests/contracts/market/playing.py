"""Play a market feed and keep what it told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from domain.market.prices import MarketEvent
from ports.market import MarketFeed


@asynccontextmanager
async def watched(
    feed: MarketFeed, look: Callable[[MarketEvent], None]
) -> AsyncIterator[list[MarketEvent]]:
    """Subscribe a listener that keeps every event and looks at the market while it has it."""
    events: list[MarketEvent] = []

    async def listen(event: MarketEvent) -> None:
        events.append(event)
        look(event)

    feed.subscribe(listen)
    yield events
    await feed.run()


async def played(feed: MarketFeed) -> list[MarketEvent]:
    """Return all that a feed tells."""
    async with watched(feed, lambda _: None) as events:
        pass
    return events
