"""Make and record replays of the first days of the sample market."""

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryReplayCursor
from adapters.system.time import SystemClock
from domain.market.prices import MarketEvent
from tests.contracts.market.sample import YieldingSleeper, calendars, history

# Nine days: the second symbol begins on the third, its split is on the last.
FEW = 9


class Crash(Exception):
    """The listener's process died."""


class Recorder:
    """Keep events; die once, at the event with a given number, before keeping it."""

    def __init__(self, *, dies_at: int | None = None) -> None:
        self.events: list[MarketEvent] = []
        self._dies_at = dies_at

    async def __call__(self, event: MarketEvent) -> None:
        if len(self.events) == self._dies_at:
            self._dies_at = None
            raise Crash
        self.events.append(event)


async def feed_of(
    *,
    cursor: MemoryReplayCursor | None = None,
    settings: ReplaySettings | None = None,
    sleeper: YieldingSleeper | None = None,
    days: int = FEW,
) -> ReplayFeed:
    feed = ReplayFeed(
        read=lambda: history(days),
        calendars=calendars(),
        cursor=cursor or MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=sleeper or YieldingSleeper(),
        settings=settings or ReplaySettings(),
    )
    await feed.start()
    return feed


async def record(feed: ReplayFeed) -> list[MarketEvent]:
    recorder = Recorder()
    feed.subscribe(recorder)
    await feed.run()
    return recorder.events


def view_of(feed: ReplayFeed) -> tuple[object, ...]:
    return tuple(
        (feed.quote(symbol), feed.average_daily_volume(symbol), feed.bars(symbol, count=512))
        for symbol in ("AAA", "BBB")
    )


async def whole() -> list[MarketEvent]:
    return await record(await feed_of())
