"""Declare patterns: what is read out of prices, and fires signals."""

from uuid import UUID

import structlog

from adapters.http.cases import Case
from adapters.http.patterns import PATH, pattern_routes
from adapters.telemetry.health import HealthBoard
from application.patterns.follow_market import FollowMarket
from application.patterns.read_pattern import ReadPattern
from bootstrap.area import Area
from bootstrap.areas.market import Market, market_of
from bootstrap.areas.market import build as build_market
from bootstrap.areas.signals import build as build_signals
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.storage import Storage
from domain.market.prices import MarketEvent
from ports.health import ComponentState
from ports.identity import Users
from ports.market import Listener

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
    """Let whoever plays the market follow it."""
    if Role.MARKET not in parts.plan.roles:
        return
    own, users = parts.settings.patterns, parts.storage.users
    parts.health.declare(ENGINE, required=False)
    parts.health.set(ENGINE, ComponentState.UP)
    follow = FollowMarket(
        states=parts.storage.patterns,
        lap=parts.of(market_of).lap,
        clock=parts.system.clock,
        reads_ticks=own.reads == "ticks",
        publish=parts.of(build_signals).publish if own.publish else None,
        tenants=lambda: _ids(users),
        on_unfit=lambda symbol, problem: log.warning(
            "patterns.unfit", symbol=symbol, problem=str(problem)
        ),
    )
    parts.of(build_market).feed.subscribe(telling(follow, parts.health))


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
)
