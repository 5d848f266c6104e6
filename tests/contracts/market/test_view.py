"""The market adapters keep the promises of feed, clock and view."""

import pytest

from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.history import trading_days
from adapters.market_data.replay.intraday import day_steps
from adapters.market_data.replay.settings import ReplaySettings
from adapters.memory.market import MemoryMarket, MemoryReplayCursor
from adapters.system.time import SystemClock
from tests.contracts.market.sample import (
    CALENDAR,
    YieldingSleeper,
    before_first,
    calendars,
    history,
)
from tests.contracts.market.view import Market, MarketContract


class ScriptedMarket(MemoryMarket):
    """A memory market whose run publishes the sample's events."""

    async def run(self) -> None:
        for day in trading_days(history(), calendars=calendars()):
            for step in day_steps(day, calendar=CALENDAR, half_spread_ticks=1):
                for event in step.events:
                    await self.publish(event)
        self.end()
        await super().run()


class TestMemoryMarket(MarketContract):
    @pytest.fixture
    def market(self) -> Market:
        return ScriptedMarket(at=before_first())


class TestReplayFeed(MarketContract):
    @pytest.fixture
    async def market(self) -> Market:
        feed = ReplayFeed(
            read=history,
            calendars=calendars(),
            cursor=MemoryReplayCursor(),
            clock=SystemClock(),
            sleeper=YieldingSleeper(),
            settings=ReplaySettings(seconds_per_day=0),
        )
        await feed.start()
        return feed
