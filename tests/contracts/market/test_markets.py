"""The market adapters keep the promises of source and board."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.market_data.board import MarketBoard
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import LOOK_EVERY_S, ReplayFollower
from adapters.market_data.replay.history import DailyPrice, PriceHistory
from adapters.market_data.replay.settings import ReplaySettings
from adapters.market_data.replay.source import ReplaySource
from adapters.memory.market import (
    MemoryCalendars,
    MemoryMarket,
    MemoryReplayCursor,
    MemoryReplayPulses,
    weekday_calendar,
)
from adapters.system.time import SystemClock
from domain.market.prices import (
    Bar,
    DividendEffective,
    MarketEvent,
    Quote,
    SessionClosed,
    SessionOpened,
    SplitEffective,
    TradedVolume,
)
from ports.market import ReplayState
from ports.market_source import MarketSource
from tests.contracts.market.board import BoardContract, Market
from tests.contracts.market.flaws import events_of, flawed_history
from tests.contracts.market.sample import (
    DIVIDEND,
    FIRST,
    SPLIT,
    YieldingSleeper,
    before_first,
    calendars,
    history,
)
from tests.contracts.market.source import Flaw, Make, SourceContract
from tests.unit.adapters.market_data.folders import write_folder

KINDS: frozenset[type[MarketEvent]] = frozenset(
    (Bar, DividendEffective, Quote, SessionClosed, SessionOpened, SplitEffective, TradedVolume)
)


class ScriptedMarket(MemoryMarket):
    """A memory market whose run publishes the sample's events."""

    def __init__(self) -> None:
        super().__init__(at=before_first())

    async def run(self) -> None:
        for event in events_of(history()):
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


async def replayed() -> ReplayFeed:
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


async def followed() -> ReplayFollower:
    cursor = MemoryReplayCursor()
    clock = SystemClock()
    pulses = MemoryReplayPulses(clock=clock, cursor=cursor)
    follower = OneLapFollower(
        read=history,
        calendars=calendars(),
        cursor=cursor,
        pulses=pulses,
        clock=clock,
        sleeper=OneLap(),
        settings=ReplaySettings(),
    )
    await follower.start()
    player = await replayed()
    await player.run()
    # All of it was played elsewhere meanwhile.
    await cursor.save(player.now())
    await pulses.tell(ReplayState.FINISHED)
    return follower


async def replay(
    read: Callable[[], PriceHistory], *, hours: MemoryCalendars | None = None
) -> ReplaySource:
    source = ReplaySource(
        read=read,
        calendars=hours or calendars(),
        cursor=MemoryReplayCursor(),
        sleeper=YieldingSleeper(),
        settings=ReplaySettings(seconds_per_day=0),
    )
    await source.start()
    return source


async def of_sample(flaw: Flaw | None = None) -> ReplaySource:
    return await replay(lambda: flawed_history(flaw))


def of_folder(folder: Path) -> Make:
    """Make sources of folders, written as a user would."""
    weekdays = MemoryCalendars(
        [weekday_calendar("XNYS", first=FIRST - timedelta(days=7), last=date(2024, 12, 31))]
    )

    async def make(flaw: Flaw | None = None) -> ReplaySource:
        prices = flawed_history(flaw).prices
        written = write_folder(
            folder / str(flaw),
            {symbol: [line(row) for row in rows] for symbol, rows in prices.items()},
            actions={
                SPLIT.symbol: [f"{SPLIT.ex_date},split,{SPLIT.numerator},{SPLIT.denominator},"],
                DIVIDEND.symbol: [f"{DIVIDEND.ex_date},dividend,,,{DIVIDEND.amount}"],
            },
        )
        return await replay(lambda: read_folder(written), hours=weekdays)

    return make


def line(row: DailyPrice) -> str:
    return f"{row.date},{row.open},{row.high},{row.low},{row.close},{row.volume}"


def board_over(source: MarketSource) -> MarketBoard:
    board = MarketBoard(source=source, clock=SystemClock())
    board.stand()
    return board


class TestReplaySource(SourceContract):
    @pytest.fixture
    def make(self) -> Make:
        return of_sample


class TestFolderSource(SourceContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return of_folder(tmp_path)


class OfHistory(BoardContract):
    """A board that is told every kind of event that daily prices have."""

    @pytest.fixture
    def tells(self) -> frozenset[type[MarketEvent]]:
        return KINDS


class TestBoardOverReplay(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return board_over(await of_sample())


class TestBoardOverFolder(OfHistory):
    @pytest.fixture
    async def market(self, tmp_path: Path) -> Market:
        return board_over(await of_folder(tmp_path)())


class TestMemoryMarket(OfHistory):
    @pytest.fixture
    def market(self) -> Market:
        return ScriptedMarket()


class TestReplayFeed(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return await replayed()


class TestReplayFollower(OfHistory):
    @pytest.fixture
    async def market(self) -> Market:
        return await followed()
