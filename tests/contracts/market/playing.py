"""Play a market and keep what it told."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from domain.market.prices import MarketEvent
from ports.market import MarketFeed
from ports.market_source import MarketSource, Moment


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


async def taken(source: MarketSource, *, most: int | None = None) -> list[Moment]:
    """Return the moments that a source tells until it ends, or is broken off at one."""
    moments = source.moments()
    found: list[Moment] = []
    async for moment in moments:
        found.append(moment)
        if len(found) == most:
            break
    if isinstance(moments, AsyncGenerator):
        await moments.aclose()
    return found


async def told(source: MarketSource) -> list[MarketEvent]:
    """Return the events that a source tells."""
    return [event for moment in await taken(source) for event in moment.events]
