"""Build the market: replayed prices, calendars, instruments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from adapters.http.market.routes import market_routes
from adapters.market_data.replay.feed import ReplayFeed
from adapters.market_data.replay.follower import ReplayFollower
from adapters.market_data.replay.market import HistoricalMarket
from adapters.market_data.replay.settings import ReplaySettings as FeedSettings
from adapters.system.supervisor import Run
from application.market.conditions import Conditions, Problem
from application.market.use_cases import MarketUseCases
from bootstrap.area import Area, Task, of_role
from bootstrap.areas.audit import AuditParts
from bootstrap.market.prices import build_history
from bootstrap.market.pulse import PulseOfReplay
from bootstrap.parts import Parts
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.market import (
    Calendars,
    Instruments,
    MarketClock,
    MarketView,
    ReadLap,
    ReplayState,
    only_lap,
)

# Nothing is opened while the feed is down: what keeps it down may be over any moment.
FEED_AGAIN_S = 2.0
# How soon a replay that has ended hears that it is to start over.
_LAP_EVERY_S = 0.25


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
    conditions: Conditions
    starts_paused: bool

    async def start(self) -> None:
        """Line the prices up and read the cursor, once read; raises MarketDataCorrupt."""
        await self.feed.start()
        if self.starts_paused:
            self.feed.pause()


def build(
    *,
    history: HistoricalMarket,
    settings: Settings,
    system: System,
    storage: Storage,
    plan: Plan,
    jobs: Jobs,
    audit: AuditParts,
    venue_problems: Mapping[str, Problem],
) -> MarketParts:
    """Replay the daily prices of the history, or follow the process that does.

    venue_problems says by broker why it cannot be relied on, empty while it can.
    """
    own = settings.replay
    feed = _feed(
        replay_settings(settings),
        history=history,
        system=system,
        storage=storage,
        plan=plan,
        jobs=jobs,
    )
    conditions = Conditions(
        feed=feed.problem,
        has_ended=lambda: feed.state() is ReplayState.FINISHED,
        brokers=venue_problems,
    )
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
            conditions=conditions,
            replay=feed,
            record=audit.record,
            laps=storage.replay_laps,
            brokers=tuple(venue_problems),
        ),
        history=history,
        feed=feed,
        conditions=conditions,
        starts_paused=own.paused and Role.MARKET in plan.roles,
    )


def replay_settings(settings: Settings) -> FeedSettings:
    """Return how the replay is to run."""
    own = settings.replay
    return FeedSettings(seconds_per_day=own.seconds_per_day, start=own.start, end=own.end)


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


def market_of(market_parts: MarketParts) -> Market:
    """Return what other areas see of it."""
    return market_parts.market


def condition_of(market_parts: MarketParts) -> Conditions:
    """Return what tells the gate how the market is for a broker's accounts."""
    return market_parts.conditions


def _playing(parts: Parts) -> Run:
    feed, shared, played_before = parts.of(build).feed, parts.storage.shared, False

    async def play() -> None:
        nonlocal played_before
        if played_before and shared is not None:
            # Another may have played on meanwhile.
            await feed.start()
        played_before = True
        while True:
            await feed.run()
            while not await feed.started_over():
                await parts.system.sleeper.sleep(_LAP_EVERY_S)

    return play


def _following(parts: Parts) -> Run | None:
    return None if Role.MARKET in parts.plan.roles else parts.of(build).feed.run


def _pulsing(parts: Parts) -> Run | None:
    shared = parts.storage.shared
    if shared is None:
        return None
    return PulseOfReplay(
        feed=parts.of(build).feed, pulses=shared.pulses, sleeper=parts.system.sleeper
    )


AREA = Area(
    name="market",
    sentence="Prices, calendars, instruments: replayed, with the market's own clock.",
    builds={
        "history": build_history,
        "market_parts": build,
        "market": market_of,
        "condition": condition_of,
    },
    routes=lambda parts: (market_routes(parts.of(build).facade),),
    parameters=frozenset({"symbol"}),
    tasks=(
        Task(name="market_follower", run=_following, longest_wait_s=FEED_AGAIN_S),
        of_role(
            Role.MARKET,
            "market_feed",
            _playing,
            may_end=True,
            longest_wait_s=FEED_AGAIN_S,
            tells=("venue_prices",),
        ),
        of_role(Role.MARKET, "market_pulse", _pulsing),
    ),
)
