"""Build the market: replayed prices, calendars, instruments."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

from adapters.market_data.bokeh.source import bokeh_file, read_bokeh
from adapters.market_data.folder.source import read_folder
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import ReplayFollower
from adapters.market_data.replay.history import trading_days
from adapters.market_data.replay.market import HistoricalMarket
from adapters.market_data.replay.settings import ReplaySettings as FeedSettings
from adapters.system.findings import Finding, fine, missing
from application.audit.record import Recorder
from application.market.use_cases import MarketUseCases
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.market import MarketSettings
from bootstrap.settings.sections import ReplaySettings, Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.market.condition import WELL, MarketCondition
from ports.market import (
    Calendars,
    Instruments,
    MarketClock,
    MarketDataCorrupt,
    MarketView,
    ReadCondition,
    ReadLap,
    ReplayPulses,
    ReplayState,
    only_lap,
)
from ports.storage import StorageUnavailable
from ports.time import Sleeper

PULSE_EVERY_S = 0.25
_ENDED = MarketCondition(ended=True)
_DETAIL_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What other areas see of the market, whatever feeds it."""

    instruments: Instruments
    calendars: Calendars
    view: MarketView
    clock: MarketClock
    # The calendar whose days are the accounts' trading days; known once prices are read.
    calendar: Callable[[], str]
    lap: ReadLap = only_lap

    def today(self) -> date:
        """Return the date of the current session, or of the next one when it is closed."""
        return self.calendars.session(self.calendar(), at=self.clock.now()).date

    def currencies(self) -> frozenset[str]:
        """Return the currencies in which anything is traded."""
        return frozenset(one.currency for one in self.instruments.all())


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketParts:
    """The market and what keeps it going."""

    market: Market
    facade: MarketUseCases
    history: HistoricalMarket
    feed: ReplayFeed
    condition: ReadCondition
    starts_paused: bool

    async def start(self) -> None:
        """Line the prices up and read the cursor, once read; raises MarketDataCorrupt."""
        await self.feed.start()
        if self.starts_paused:
            self.feed.pause()


def build(
    *,
    history: HistoricalMarket,
    settings: ReplaySettings,
    system: System,
    storage: Storage,
    plan: Plan,
    jobs: Jobs,
    record: Recorder,
    venue: Callable[[], str],
    broker: str,
) -> MarketParts:
    """Replay the daily prices of the history, or follow the process that does.

    venue says why the broker cannot be relied on, empty while it can; broker is its name.
    """
    feed = _feed(
        FeedSettings(
            seconds_per_day=settings.seconds_per_day, start=settings.start, end=settings.end
        ),
        history=history,
        system=system,
        storage=storage,
        plan=plan,
        jobs=jobs,
    )
    condition = partial(_condition, feed=feed, venue=venue)
    return MarketParts(
        market=Market(
            instruments=history,
            calendars=history,
            view=feed,
            clock=feed,
            calendar=history.calendar,
            lap=feed.lap,
        ),
        facade=MarketUseCases(
            instruments=history,
            view=feed,
            clock=feed,
            calendars=history,
            condition=condition,
            replay=feed,
            record=record,
            laps=storage.replay_laps,
            broker=broker,
        ),
        history=history,
        feed=feed,
        condition=condition,
        starts_paused=settings.paused and Role.MARKET in plan.roles,
    )


def build_history(source: MarketSettings) -> HistoricalMarket:
    """Build what reads the prices of the source when it is started."""
    return HistoricalMarket(
        read_bokeh if source.folder is None else partial(read_folder, source.folder)
    )


def _condition(*, feed: ReplayFeed, venue: Callable[[], str]) -> MarketCondition:
    """Ask both, and name what is down by its component."""
    of_feed, of_venue = feed.problem(), venue()
    if of_feed or of_venue:
        named = (("market_feed", of_feed), ("broker", of_venue))
        down = "; ".join(f"{name}: {problem}" for name, problem in named if problem)
        return MarketCondition(down=down[:_DETAIL_MAX])
    return _ENDED if feed.state() is ReplayState.FINISHED else WELL


def _feed(
    settings: FeedSettings,
    *,
    history: HistoricalMarket,
    system: System,
    storage: Storage,
    plan: Plan,
    jobs: Jobs,
) -> ReplayFeed:
    shared = storage.shared
    if shared is None:
        cursor = storage.replay_cursor
    elif Role.MARKET not in plan.roles:
        return ReplayFollower(
            read=history.history,
            calendars=history,
            cursor=storage.replay_cursor,
            pulses=shared.pulses,
            clock=system.clock,
            sleeper=system.sleeper,
            settings=settings,
        )
    else:
        cursor = shared.fenced_cursor(jobs.fence(Role.MARKET))
    return ReplayFeed(
        read=history.history,
        calendars=history,
        cursor=cursor,
        clock=system.clock,
        sleeper=system.sleeper,
        settings=settings,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseOfReplay:
    """Tell the processes that follow how the replay is, and do what they wish."""

    feed: ReplayFeed
    pulses: ReplayPulses
    sleeper: Sleeper

    async def __call__(self) -> None:
        """Run until cancelled."""
        while True:
            # Silence is told by itself: those who follow see the last word grow old.
            with suppress(StorageUnavailable):
                await self.round()
            await self.sleeper.sleep(PULSE_EVERY_S)

    async def round(self) -> None:
        """Take a wish and tell the state."""
        wish = await self.pulses.take_wish()
        if wish is not None:
            if wish:
                self.feed.pause()
            else:
                self.feed.resume()
        await self.pulses.tell(self.feed.state())


def check_prices(settings: Settings) -> Finding:
    """Tell whether the source has its prices; those of a folder are all read."""
    folder = settings.market.folder
    if folder is None:
        return _shipped_prices()
    market = build_history(settings.market)
    try:
        asyncio.run(market.start())
        days = trading_days(market.history(), calendars=market)
    except MarketDataCorrupt as problem:
        return missing("prices", str(problem), "mend that file: see docs/prices.md")
    prices = sum(len(day.prices) for day in days)
    return fine(
        "prices",
        f"{folder}: {len(market.all()):,} symbols, {prices:,} days' prices,"
        f" {days[0].date} to {days[-1].date} in {market.calendar()}",
    )


def _shipped_prices() -> Finding:
    try:
        path = bokeh_file()
    except MarketDataCorrupt as problem:
        return missing("prices", str(problem), "pip install bokeh_sampledata")
    if not path.is_file():
        return missing(
            "prices", f"no file {path}", "pip install --force-reinstall bokeh_sampledata"
        )
    return fine("prices", str(path))
