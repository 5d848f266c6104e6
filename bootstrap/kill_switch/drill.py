"""Rehearse a stop on loopback venues, each bad in its own way."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from adapters.brokers.paper import wire
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults, FaultSettings
from adapters.brokers.paper.http11 import HttpServer
from adapters.brokers.paper.routes import VenueRoutes, error_body
from adapters.brokers.paper.settings import PaperSettings as VenueSettings
from adapters.memory.streams import MemoryWakeup
from adapters.system.stop_channel import SocketStops
from adapters.system.stop_files import FileStops
from adapters.system.stop_listener import StopHandlers, StopListener
from application.kill_switch.cancel_resting import CancelResting
from application.kill_switch.run_drill import DrillSite, DrillUnfit, RunDrill
from application.kill_switch.stop_away import StopAway
from bootstrap.brokers.paper import build_elsewhere
from bootstrap.settings.brokers import PaperSettings
from bootstrap.settings.sections import DispatchSettings
from bootstrap.system import System, build_system
from domain.kill_switch.drill import DrillFigures
from domain.kill_switch.latch import Latch
from domain.market.prices import Quote

SYMBOL = "DRILL"
# What each does once its orders rest there.
VENUES = {
    "steady": FaultSettings(),
    "slow": FaultSettings(latency_min_s=0.1, latency_max_s=0.15),
    "refusing": FaultSettings(rejection=1.0),
    "unreachable": None,
    "losing_replies": FaultSettings(lost_reply=0.5),
}
# The processes that hear of it: one sends, the others take stops in or watch.
PROCESSES = ("dispatch-1", "dispatch-2", "api-1", "api-2", "watchdog-1")


async def run_drill(*, orders: int, venues: Sequence[str], within_s: float) -> DrillFigures:
    """Return what was measured; raises DrillUnfit."""
    if unknown := [name for name in venues if name not in VENUES]:
        raise DrillUnfit(f"there is no venue {unknown[0]!r}; there are {', '.join(VENUES)}")
    system = build_system()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ballast-drill-")))
        begin = asyncio.Event()
        for name in PROCESSES:
            listener = StopListener(
                name=name, folder=folder, handlers=_handlers(folder / name, begin=begin)
            )
            await listener.start()
            stack.push_async_callback(listener.stop)
        sites = {name: await _site(name, system=system, stack=stack) for name in venues}
        own = FileStops(folder / "own")
        drill = RunDrill(
            sites=sites,
            cancel=CancelResting(
                venues={name: site.broker for name, site in sites.items()},
                memory={},
                sleeper=system.sleeper,
            ),
            stop=StopAway(
                files=own,
                channel=SocketStops(own="drill", folder=folder),
                here=None,
                wakeup=MemoryWakeup(),
                clock=system.clock,
                ids=system.ids,
            ),
            clock=system.clock,
            ids=system.ids,
            sleeper=system.sleeper,
            symbol=SYMBOL,
            within_s=within_s,
        )
        return await drill(orders=orders, begin=begin)


def _handlers(folder: Path, *, begin: asyncio.Event) -> StopHandlers:
    files = FileStops(folder)

    async def take(latch: Latch) -> None:
        begin.set()
        await files.keep(latch)

    return StopHandlers(take=take, stored=files.forget, kept=files.kept)


async def _site(name: str, *, system: System, stack: AsyncExitStack) -> DrillSite:
    """Start a venue on loopback, well-behaved until its orders rest."""
    faults = Faults(settings=FaultSettings(), roll=system.randomness.random)
    settings = VenueSettings(
        name=name, always_open=frozenset({"XNYS"}), open_orders_max=100_000, quote_size=None
    )
    venue = PaperVenue(settings=settings)
    paper = PaperBroker(venue=venue, clock=system.clock, sleeper=system.sleeper, faults=faults)
    await paper.start()
    stack.push_async_callback(paper.stop)
    now, price = datetime.now(UTC), Decimal(100)
    await paper.on_market(Quote(symbol=SYMBOL, bid=price, ask=price, last=price, at=now))
    server = HttpServer(
        handler=VenueRoutes(broker=paper, venue=venue),
        error_body=error_body,
        body_bytes_max=wire.BODY_BYTES_MAX,
        read_s_max=30.0,
    )
    port = await server.start(host="127.0.0.1", port=0)
    stack.push_async_callback(server.stop)
    # The drill measures the way of a stop, not the budget of a broker that is not its own.
    dispatch = replace(DispatchSettings(), sends_per_s=100_000.0, reads_per_s=100_000.0)
    url = f"http://127.0.0.1:{port}"
    parts = build_elsewhere(
        name, url, settings=PaperSettings(url=url), dispatch=dispatch, system=system
    )
    await parts.connection.start()
    stack.push_async_callback(parts.connection.stop)
    return DrillSite(
        broker=parts.broker, misbehave=_misbehaving(name, faults=faults, server=server)
    )


def _misbehaving(name: str, *, faults: Faults, server: HttpServer) -> Callable[[], Awaitable[None]]:
    async def misbehave() -> None:
        chosen = VENUES[name]
        if chosen is None:
            await server.stop()
        else:
            faults.settings = chosen

    return misbehave
