"""Boot the processes of the application: each life anew, from nothing but the disk."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from adapters.memory.market import MemoryMarket
from application.accounts.book_store import TooContended
from bootstrap.areas.market import Market
from domain.shared.notices import Notice
from ports.broker import BrokerTraits, BrokerUnavailable, BrokerUnsure, Dedup
from ports.storage import StorageUnavailable
from tests.simulation.api import Answer, Call, respond
from tests.simulation.application import Application, Given, Loop, build
from tests.simulation.barrier import BarrierRig
from tests.simulation.broker import SimulatedBroker, Written
from tests.simulation.disk import Disk
from tests.simulation.market import (
    CALENDAR,
    Listener,
    MarketFeed,
    MarketScript,
    calendars,
    instruments,
)
from tests.simulation.plan import Plan
from tests.simulation.venue import SimulatedVenue, VenueRequest
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.network import Wire, WireFaults
from tests.simulation.virtual_time.processes import SimulatedProcess
from tests.simulation.virtual_time.run import Simulation
from tests.simulation.watch import Watch

# The process that dispatches, follows, relays, reconciles and keeps the books' days.
WORKER = "worker"
CALM_WIRE = WireFaults()
_RESTART_LOOP_S = 0.2
_EXPECTED = (BrokerUnsure, BrokerUnavailable, StorageUnavailable, TooContended)
_MARKET_STARTS_AT = datetime(2030, 1, 1, 7, tzinfo=UTC)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Stream:
    """The stream's far end: whoever listens there has it."""

    watch: Watch

    async def publish(self, notices: Any) -> None:
        """Hand notices over, one by one: a crash may come between two."""
        for notice in notices:
            self.watch.stream.published.append(notice)
            if len(self.watch.stream.published) % 8 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    def subscribe(self, *, name: str, subscriber: Callable[[Notice], Any]) -> None:
        """Refuse: subscribers are no part of this world."""
        raise NotImplementedError("the simulated stream has one reader, the watch")


def _always() -> bool:
    return True


@dataclass(slots=True, kw_only=True)
class Server:
    """What every life of every process of the application is given, and who runs now."""

    sim: Simulation
    plan: Plan
    disk: Disk
    venue: SimulatedVenue
    venue_process: SimulatedProcess
    market: MarketScript
    watch: Watch
    say: Say
    rig: BarrierRig = field(default_factory=BarrierRig)
    running: dict[str, Application] = field(default_factory=dict)
    wires: list[Wire[VenueRequest, Any]] = field(default_factory=list)
    healed: bool = False

    async def serve(self, name: str, call: Call) -> Answer:
        """Answer a request that reached a process."""
        answer = await respond(self.running.get(name), call)
        if answer.status < 500:
            self.watch.traffic.answered.append((call, answer))
        return answer

    def heal(self) -> None:
        """End what goes wrong between the processes and the venue."""
        self.healed = True
        for wire in self.wires:
            wire.faults = CALM_WIRE

    async def boot(self, name: str, life: Life) -> None:
        """Run one life of a process until it is killed."""
        market = MemoryMarket(at=_MARKET_STARTS_AT)
        feed = MarketFeed(script=self.market, reader=name, market=market)
        feed.recall()
        application = self._application(life, market=market)
        listeners: tuple[Listener, ...] = (application.gatekeeper.view.on_market,)
        loops: tuple[tuple[str, Loop], ...] = (("backlog_watch", application.watch_backlog),)
        if name == WORKER:
            listeners = (*listeners, application.keep_day, application.held)
            loops += application.loops
            application.watch_backlog.tells = _always
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run(*listeners), name=f"{life} market_feed")
            for told, run in loops:
                group.create_task(self._supervise(run), name=f"{life} {told}")
            self.running[name] = application

    def _application(self, life: Life, *, market: MemoryMarket) -> Application:
        source = self.sim.loop.source
        return build(
            Given(
                life=life,
                around=self.sim.surroundings(life),
                link=self.disk.link(life, source=source(f"{life}/storage")),
                rig=self.rig,
                broker=self._broker(life),
                market=Market(
                    instruments=instruments(),
                    calendars=calendars(self.plan.sessions),
                    view=market,
                    clock=market,
                    calendar=lambda: CALENDAR,
                ),
                condition=self.market.condition,
                stream=_Stream(self.watch),
                backlog_s=self.plan.backlog_s,
                has_succession=self.plan.silence is not None,
                on_failure=self._failed,
            )
        )

    def _broker(self, life: Life) -> SimulatedBroker:
        faults = CALM_WIRE if self.healed else self.plan.to_venue
        once = faults
        settings = self.venue.settings
        if settings.dedup is not Dedup.FULL:
            # A transport that doubles what it carries would double the orders of any client.
            once = replace(faults, duplicate=0.0)
        return SimulatedBroker(
            traits=BrokerTraits(
                name=settings.name,
                dedup=settings.dedup,
                settle_horizon_s=settings.settle_horizon_s,
                native_reduce_only=True,
                open_orders_max=settings.open_orders_max,
                protective_limits=True,
                cancel_all=True,
            ),
            wire=self._wire(f"{life}>venue", faults=faults),
            order_wire=self._wire(f"{life}>orders", faults=once),
            life=life,
            sleeper=self.sim.sleeper,
            source=self.sim.loop.source(f"{life}/broker"),
            faults=lambda: self.venue.faults,
            on_written=self._written,
        )

    def _wire(self, name: str, *, faults: WireFaults) -> Wire[VenueRequest, Any]:
        wire: Wire[VenueRequest, Any] = Wire(
            self.sim.loop,
            name=name,
            serve=self.venue.serve,
            server=self.venue_process,
            faults=faults,
        )
        self.wires.append(wire)
        return wire

    async def _supervise(self, run: Loop) -> None:
        """Keep a loop going, as the server's supervisor does; only storage may end it."""
        while True:
            try:
                await run()
            except _EXPECTED as problem:
                self.say(f"a loop ended: {problem}; it starts again")
            await asyncio.sleep(_RESTART_LOOP_S)

    def _written(self, sent: Written) -> None:
        what = "replace" if sent.replaces else "submit"
        self.say(f"{sent.life} writes the {what} of {sent.client_order_id} to the venue")
        self.watch.traffic.written.append(sent)

    def _failed(self, what: Any, problem: Exception) -> None:
        if not isinstance(problem, _EXPECTED):
            self.watch.surprises.append(f"{type(problem).__name__}: {problem} ({what})")
