"""Declare patterns: what is read out of prices, and fires signals."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from adapters.http.cases import Case
from adapters.http.patterns import PATH, pattern_routes
from adapters.market_data.replay.follower import ReadOnlyCursor, ReplayFollower
from adapters.market_data.replay.resumed import CaughtUp, resume_at
from adapters.market_data.replay.source import ReplaySource, Resume
from adapters.system.supervisor import Run
from adapters.telemetry.health import HealthBoard
from application.patterns.follow_market import FollowMarket
from application.patterns.read_pattern import ReadPattern
from bootstrap.area import Area, of_role
from bootstrap.areas.market import Market, market_of, replay_settings
from bootstrap.areas.market import build as build_market
from bootstrap.areas.signals import build as build_signals
from bootstrap.market.prices import build_history
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from domain.market.prices import MarketEvent
from ports.health import ComponentState
from ports.identity import Users
from ports.market import Listener, ReadLap

log = structlog.get_logger(__name__)

# The part that /api/status tells of: whether what the market tells is taken in.
ENGINE = "pattern_engine"


def build(*, storage: Storage, market: Market) -> ReadPattern:
    """Build the use case."""
    return ReadPattern(
        states=storage.patterns,
        archive=storage.signals,
        instruments=market.instruments,
        lap=market.lap,
    )


def _subscribe(parts: Parts) -> None:
    """Let it follow the market in line where that is played here."""
    if not {Role.MARKET, Role.PATTERNS} <= parts.plan.roles:
        return
    parts.health.declare(ENGINE, required=False)
    parts.health.set(ENGINE, ComponentState.UP)
    history, cursor = parts.of(build_history), ReadOnlyCursor(parts.storage.replay_cursor)
    caught_up = CaughtUp(
        _following(parts, lap=parts.of(market_of).lap),
        source=ReplaySource(
            read=history.history,
            calendars=history,
            cursor=cursor,
            sleeper=parts.system.sleeper,
            settings=replace(replay_settings(parts.settings), seconds_per_day=0.0),
            resume=_resume(parts),
        ),
        cursor=cursor,
    )
    parts.of(build_market).feed.subscribe(telling(caught_up, parts.health))


def _apart(parts: Parts) -> Run | None:
    """Follow from what is kept on, with a feed of its own, where another plays the market."""
    shared, history = parts.storage.shared, parts.of(build_history)
    if Role.MARKET in parts.plan.roles or shared is None:
        return None

    async def run() -> None:
        # Whoever did it meanwhile has come further: each run begins with what is kept.
        feed = ReplayFollower(
            read=history.history,
            calendars=history,
            cursor=parts.storage.replay_cursor,
            pulses=shared.pulses,
            clock=parts.system.clock,
            sleeper=parts.system.sleeper,
            settings=replay_settings(parts.settings),
            resume=_resume(parts),
        )
        feed.subscribe(_following(parts, lap=feed.lap))
        await feed.start()
        await feed.run()

    return run


def _resume(parts: Parts) -> Resume:
    states = parts.storage.patterns

    async def reached(symbol: str, lap: int) -> datetime | None:
        kept = await states.get(symbol, lap=lap)
        return None if kept is None else kept.at

    return resume_at(reached)


def _following(parts: Parts, *, lap: ReadLap) -> FollowMarket:
    own, users = parts.settings.patterns, parts.storage.users
    return FollowMarket(
        states=parts.storage.patterns,
        lap=lap,
        clock=parts.system.clock,
        reads_ticks=own.reads == "ticks",
        publish=parts.of(build_signals).publish if own.publish else None,
        tenants=lambda: _ids(users),
        on_unfit=lambda symbol, problem: log.warning(
            "patterns.unfit", symbol=symbol, problem=str(problem)
        ),
    )


def telling(follow: Listener, health: HealthBoard) -> Listener:
    """Have the board say whether what the market tells is taken in."""
    well = True

    async def told(event: MarketEvent) -> None:
        nonlocal well
        try:
            await follow(event)
        # Whatever it is: the feed brings the event again.
        except Exception as problem:
            well = False
            health.set(ENGINE, ComponentState.DEGRADED, detail=str(problem))
            raise
        if not well:
            well = True
            health.set(ENGINE, ComponentState.UP)

    return told


async def _ids(users: Users) -> list[UUID]:
    return [one.id for one in await users.tenants()]


AREA = Area(
    name="patterns",
    sentence="What is read out of prices and volumes as they come, and fires signals.",
    builds={"patterns": build},
    routes=lambda parts: (pattern_routes(parts.of(build)),),
    cases={f"GET {PATH}/{{symbol}}": Case(plain={"symbol": "AAPL"}, may_lack=True)},
    subscribes=_subscribe,
    tasks=(of_role(Role.PATTERNS, ENGINE, _apart, required=False),),
)
