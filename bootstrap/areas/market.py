"""Build the market: replayed prices, calendars, instruments."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

from adapters.market_data.bokeh.source import BokehInstruments, read_bokeh
from adapters.market_data.calendars import ExchangeCalendars
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import ReplayFollower
from adapters.market_data.replay.settings import ReplaySettings as FeedSettings
from application.audit.record import Recorder
from application.market.use_cases import MarketUseCases
from bootstrap.jobs import Jobs
from bootstrap.roles import Plan, Role
from bootstrap.settings.sections import ReplaySettings
from bootstrap.storage import Storage
from bootstrap.system import System
from domain.market.condition import WELL, MarketCondition
from ports.market import (
    Calendars,
    Instruments,
    MarketClock,
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

Feed = ReplayFeed | ReplayFollower


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What other areas see of the market, whatever feeds it."""

    instruments: Instruments
    calendars: Calendars
    view: MarketView
    clock: MarketClock
    # The calendar whose days are the accounts' trading days.
    calendar: str
    lap: ReadLap = only_lap

    def today(self) -> date:
        """Return the date of the current session, or of the next one when it is closed."""
        return self.calendars.session(self.calendar, at=self.clock.now()).date


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketParts:
    """The market and what keeps it going."""

    market: Market
    facade: MarketUseCases
    calendars: ExchangeCalendars
    feed: Feed
    condition: ReadCondition
    starts_paused: bool

    async def start(self) -> None:
        """Read prices and the cursor, the calendars being read; raises MarketDataCorrupt."""
        await self.feed.start()
        if self.starts_paused:
            self.feed.pause()


def build(
    *,
    settings: ReplaySettings,
    system: System,
    storage: Storage,
    plan: Plan,
    jobs: Jobs,
    record: Recorder,
    venue: Callable[[], str],
    broker: str,
) -> MarketParts:
    """Replay the shipped daily prices, or follow the process that does.

    venue says why the broker cannot be relied on, empty while it can; broker is its name.
    """
    instruments = BokehInstruments()
    names = sorted({each.calendar for each in instruments.all()})
    calendars = ExchangeCalendars(names=names)
    feed = _feed(
        FeedSettings(
            seconds_per_day=settings.seconds_per_day, start=settings.start, end=settings.end
        ),
        calendars=calendars,
        system=system,
        storage=storage,
        plan=plan,
        jobs=jobs,
    )
    condition = partial(_condition, feed=feed, venue=venue)
    return MarketParts(
        market=Market(
            instruments=instruments,
            calendars=calendars,
            view=feed,
            clock=feed,
            calendar=names[0],
            lap=feed.lap,
        ),
        facade=MarketUseCases(
            instruments=instruments,
            view=feed,
            clock=feed,
            calendars=calendars,
            condition=condition,
            replay=feed,
            record=record,
            laps=storage.replay_laps,
            broker=broker,
        ),
        calendars=calendars,
        feed=feed,
        condition=condition,
        starts_paused=settings.paused and Role.MARKET in plan.roles,
    )


def _condition(*, feed: Feed, venue: Callable[[], str]) -> MarketCondition:
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
    calendars: ExchangeCalendars,
    system: System,
    storage: Storage,
    plan: Plan,
    jobs: Jobs,
) -> Feed:
    shared = storage.shared
    if shared is None:
        cursor = storage.replay_cursor
    elif Role.MARKET not in plan.roles:
        return ReplayFollower(
            read=read_bokeh,
            calendars=calendars,
            cursor=storage.replay_cursor,
            pulses=shared.pulses,
            clock=system.clock,
            sleeper=system.sleeper,
            settings=settings,
        )
    else:
        cursor = shared.fenced_cursor(jobs.fence(Role.MARKET))
    return ReplayFeed(
        read=read_bokeh,
        calendars=calendars,
        cursor=cursor,
        clock=system.clock,
        sleeper=system.sleeper,
        settings=settings,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseOfReplay:
    """Tell the processes that follow how the replay is, and do what they wish."""

    feed: Feed
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
