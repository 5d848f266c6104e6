"""The market adapters keep the promises of source and board."""

from contextlib import suppress

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import LOOK_EVERY_S, ReplayFollower
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryMarket, MemoryReplayCursor, MemoryReplayPulses
from adapters.system.time import SystemClock
from domain.market.prices import (
    Bar,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    Traded,
)
from ports.market import MarketFeed, ReplayState
from tests.contracts.market.board import BoardContract, Market
from tests.contracts.market.flaws import events_of, flawed_history
from tests.contracts.market.sample import YieldingSleeper, before_first, calendars
from tests.contracts.market.source import Flaw, Flawed, SourceContract

KINDS = frozenset({Bar, Quote, SessionClosed, SessionOpened, SplitEffective, Traded})


class ScriptedMarket(MemoryMarket):
    """A memory market whose run publishes the sample's events."""

    def __init__(self, flaw: Flaw | None = None) -> None:
        super().__init__(at=before_first())
        self._script = events_of(flawed_history(flaw))

    async def run(self) -> None:
        for event in self._script:
            await self.publish(event)
        self.end()
        await super().run()


class OneLap(YieldingSleeper):
    """Sleep without sleeping, until there is nothing to do but to look for another lap."""

    class Over(Exception):
        """The lap is over."""

    async def sleep(self, seconds: float) -> None:
        if seconds == LOOK_EVERY_S:
            raise self.Over
        await super().sleep(seconds)


class OneLapFollower(ReplayFollower):
    """A follower that goes home when the lap is over."""

    async def run(self) -> None:
        with suppress(OneLap.Over):
            await super().run()


async def replayed(flaw: Flaw | None = None) -> ReplayFeed:
    feed = ReplayFeed(
        read=lambda: flawed_history(flaw),
        calendars=calendars(),
        cursor=MemoryReplayCursor(),
        clock=SystemClock(),
        sleeper=YieldingSleeper(),
        settings=ReplaySettings(seconds_per_day=0),
    )
    await feed.start()
    return feed


async def followed(flaw: Flaw | None = None) -> ReplayFollower:
    cursor = MemoryReplayCursor()
    clock = SystemClock()
    pulses = MemoryReplayPulses(clock=clock, cursor=cursor)
    follower = OneLapFollower(
        read=lambda: flawed_history(flaw),
        calendars=calendars(),
        cursor=cursor,
        pulses=pulses,
        clock=clock,
        sleeper=OneLap(),
        settings=ReplaySettings(),
    )
    await follower.start()
    player = await replayed(flaw)
    await player.run()
    # All of it was played elsewhere meanwhile.
    await cursor.save(player.now())
    await pulses.tell(ReplayState.FINISHED)
    return follower


async def scripted(flaw: Flaw | None = None) -> ScriptedMarket:
    return ScriptedMarket(flaw)


class OfHistory(SourceContract, BoardContract):
    """A source of every kind of event that fills a board of its own."""

    @pytest.fixture
    def kinds(self) -> frozenset[type]:
        return KINDS

    @pytest.fixture
    def source(self, market: Market) -> MarketFeed:
        return market


class TestMemoryMarket(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return await scripted()

    @pytest.fixture
    def flawed(self) -> Flawed:
        return scripted


class TestReplayFeed(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return await replayed()

    @pytest.fixture
    def flawed(self) -> Flawed:
        return replayed


class TestReplayFollower(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return await followed()

    @pytest.fixture
    def flawed(self) -> Flawed:
        return followed
