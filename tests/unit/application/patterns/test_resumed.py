"""Patterns whose process dies, in line with the market or apart, lack and double nothing."""

import asyncio
import math
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from random import Random

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import ReadOnlyCursor, ReplayFollower
from adapters.market_data.replay.history import DailyPrice, PriceHistory
from adapters.market_data.replay.resumed import CaughtUp, resume_at
from adapters.market_data.replay.settings import ReplaySettings
from adapters.market_data.replay.source import ReplaySource, Resume
from adapters.memory.market import MemoryReplayCursor, MemoryReplayPulses
from domain.market.instruments import Instrument
from domain.market.prices import MarketEvent, SessionClosed, Split
from ports.market import Listener, ReplayState
from tests.contracts.market.sample import CALENDAR, YieldingSleeper, calendars, weekdays
from tests.unit.application.patterns.test_follow_market import SYMBOLS, World, told

DAYS = 90
AS_FAST_AS_IT_CAN = ReplaySettings(seconds_per_day=0)


class Killed(BaseException):
    """The process is gone."""


class OneTurn:
    """Sleep for one turn of the loop."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


def wandering() -> PriceHistory:
    """Make prices of two symbols: one ends early, the other begins late and is split."""
    random, days = Random(7), weekdays(DAYS)
    spans = {"AAPL": days[: DAYS - 20], "IBM": days[5:]}
    split = Split(symbol="IBM", ex_date=days[60], numerator=Decimal(4), denominator=Decimal(1))
    prices: dict[str, list[DailyPrice]] = {}
    for symbol, dates in spans.items():
        level, prices[symbol] = 400.0, []
        for place, day in enumerate(dates):
            level *= math.exp(random.gauss(0.02 * math.sin(place / 4), 0.01))
            ratio = 4 if symbol == "IBM" and day >= split.ex_date else 1
            prices[symbol].append(_price(day, level / ratio, random=random))
    return PriceHistory(
        calendar=CALENDAR,
        instruments=tuple(Instrument(symbol=one, name=one, calendar=CALENDAR) for one in SYMBOLS),
        prices=prices,
        splits=(split,),
    )


def _price(day: date, level: float, *, random: Random) -> DailyPrice:
    low, high = sorted((level * random.uniform(0.97, 1), level * random.uniform(1, 1.03)))
    open_, top, bottom = (Decimal(f"{one:.2f}") for one in (level, high, low))
    return DailyPrice(day, open_, top, bottom, open_, Decimal(random.randint(1_000, 9_000)))


HISTORY = wandering()


class Market:
    """What outlives processes: where the market is, and what patterns kept."""

    def __init__(self, *, reads_ticks: bool) -> None:
        self.world = World()
        self.cursor = MemoryReplayCursor()
        self.pulses = MemoryReplayPulses(clock=self.world.clock, cursor=self.cursor)
        self._reads_ticks = reads_ticks

    async def player(self) -> ReplayFeed:
        """Begin a life of the process that plays."""
        feed = ReplayFeed(
            read=lambda: HISTORY,
            calendars=calendars(),
            cursor=self.cursor,
            clock=self.world.clock,
            sleeper=OneTurn(),
            settings=AS_FAST_AS_IT_CAN,
        )
        await feed.start()
        return feed

    def caught_up(self) -> CaughtUp:
        """Begin a life of patterns in line with it."""
        cursor = ReadOnlyCursor(self.cursor)
        source = ReplaySource(
            read=lambda: HISTORY,
            calendars=calendars(),
            cursor=cursor,
            sleeper=YieldingSleeper(),
            settings=AS_FAST_AS_IT_CAN,
            resume=self._resume(),
        )
        follow = self.world.follow(reads_ticks=self._reads_ticks)
        return CaughtUp(follow, source=source, cursor=cursor)

    async def apart(self) -> ReplayFollower:
        """Begin a life of patterns in a process of their own."""
        feed = ReplayFollower(
            read=lambda: HISTORY,
            calendars=calendars(),
            cursor=self.cursor,
            pulses=self.pulses,
            clock=self.world.clock,
            sleeper=OneTurn(),
            settings=replace(AS_FAST_AS_IT_CAN),
            resume=self._resume(),
        )
        feed.subscribe(self.world.follow(reads_ticks=self._reads_ticks))
        await feed.start()
        return feed

    def _resume(self) -> Resume:
        async def reached(symbol: str, lap: int) -> datetime | None:
            kept = await self.world.states.get(symbol, lap=lap)
            return None if kept is None else kept.at

        return resume_at(reached)

    async def outcome(self) -> list[object]:
        """Return every signal to the last digit, and what is kept in the end."""
        kept = [await self.world.states.get(one, lap=1) for one in SYMBOLS]
        return [*told(await self.world.signals()), *kept]


def killed_after(count: int) -> Listener:
    """Return a listener whose process dies behind so many events."""
    left = count

    async def listen(event: MarketEvent) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    return listen


async def straight(*, reads_ticks: bool) -> list[object]:
    """Play all of it to one life."""
    market = Market(reads_ticks=reads_ticks)
    feed = await market.player()
    feed.subscribe(market.caught_up())
    await feed.run()
    return await market.outcome()


@pytest.mark.parametrize("reads_ticks", [False, True])
@pytest.mark.parametrize("seed", range(5))
async def test_in_line_with_the_market_nothing_is_lost_with_a_process(
    seed: int, *, reads_ticks: bool
) -> None:
    expected, random = await straight(reads_ticks=reads_ticks), Random(seed)
    assert len(expected) > 10
    market, deaths = Market(reads_ticks=reads_ticks), 0
    while True:
        feed = await market.player()
        # One life in three plays the market alone.
        if random.random() < 2 / 3:
            feed.subscribe(market.caught_up())
        feed.subscribe(killed_after(random.randint(1, 400)))
        with suppress(Killed):
            await feed.run()
            break
        deaths += 1
    assert deaths > 3
    # The last life may have been of the market alone.
    await market.caught_up()(next(iter(await _events())))
    assert await market.outcome() == expected


async def _events() -> list[MarketEvent]:
    feed, events = await Market(reads_ticks=False).player(), []

    async def note(event: MarketEvent) -> None:
        events.append(event)

    feed.subscribe(note)
    await feed.run()
    return events


def _tells_the_end(ended: asyncio.Event) -> Listener:
    last = weekdays(DAYS)[-1]

    async def listen(event: MarketEvent) -> None:
        if isinstance(event, SessionClosed) and event.date == last:
            ended.set()

    return listen


@pytest.mark.parametrize("reads_ticks", [False, True])
@pytest.mark.parametrize("seed", range(5))
async def test_apart_from_it_they_come_up_with_the_market_from_what_is_kept(
    seed: int, *, reads_ticks: bool
) -> None:
    expected, random = await straight(reads_ticks=reads_ticks), Random(seed)
    market, deaths = Market(reads_ticks=reads_ticks), 0
    player = await market.player()
    await market.pulses.tell(ReplayState.RUNNING)
    playing = asyncio.create_task(player.run())
    while True:
        follower = await market.apart()
        if not playing.done() or random.random() < 0.8:
            follower.subscribe(killed_after(random.randint(1, 400)))
        ended = asyncio.Event()
        follower.subscribe(_tells_the_end(ended))
        following = asyncio.create_task(follower.run())
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not following.done():
            break
        with pytest.raises(Killed):
            await following
        deaths += 1
    following.cancel()
    await asyncio.wait({following})
    assert deaths > 0
    assert await market.outcome() == expected
