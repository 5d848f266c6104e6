"""Build a world from a seed: disk, venue, market, processes, clients and faults."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from adapters.brokers.paper.faults import FaultSettings
from adapters.memory.market import MemoryMarket
from adapters.simulation.faults import CrashPlan, DelayPlan, FaultPlan, FaultTimes, PausePlan
from adapters.simulation.life import Life
from adapters.simulation.network import Wire, WireFaults
from adapters.simulation.processes import SimulatedProcess
from adapters.simulation.run import Simulation
from application.accounts.shelf import TooContended
from bootstrap.areas.market import Market
from bootstrap.simulation.api import Answer, Call, respond
from bootstrap.simulation.application import Application, Given, Loop, build
from bootstrap.simulation.barrier import BarrierRoom
from bootstrap.simulation.broker import SimulatedBroker, Written
from bootstrap.simulation.clients import Client
from bootstrap.simulation.disk import Disk, new_disk
from bootstrap.simulation.genesis import found
from bootstrap.simulation.market import (
    CALENDAR,
    Listener,
    MarketFeed,
    MarketScript,
    calendars,
    instruments,
    outdates,
)
from bootstrap.simulation.plan import SETTLE_HORIZON_S, Plan, Topology, draw_plan
from bootstrap.simulation.venue import SimulatedVenue, VenueRequest
from bootstrap.simulation.watch import Watch
from domain.accounts.account import Account
from domain.market.prices import MarketEvent
from domain.shared.notices import Notice
from ports.broker import BrokerTraits, BrokerUnavailable, BrokerUnsure, Dedup
from ports.storage import StorageUnavailable

VENUE = "venue"
WORKER = "worker"
_RESTART_S = (0.05, 2.0)
_RESTART_LOOP_S = 0.2
_EXPECTED = (BrokerUnsure, BrokerUnavailable, StorageUnavailable, TooContended)
_MARKET_STARTS_AT = datetime(2030, 1, 1, 7, tzinfo=UTC)
_CALM_WIRE = WireFaults()
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Stream:
    """The stream's far end: whoever listens there has it."""

    watch: Watch

    async def publish(self, notices: Any) -> None:
        """Hand notices over, one by one: a crash may come between two."""
        for notice in notices:
            self.watch.published.append(notice)
            if len(self.watch.published) % 8 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)

    def subscribe(self, *, name: str, subscriber: Callable[[Notice], Any]) -> None:
        """Refuse: subscribers are no part of this world."""
        raise NotImplementedError("the simulated stream has one reader, the watch")


@dataclass(slots=True)
class World:
    """Everything of one run."""

    sim: Simulation
    plan: Plan
    disk: Disk
    venue: SimulatedVenue
    market: MarketScript
    watch: Watch
    room: BarrierRoom
    accounts: tuple[Account, ...]
    say: Say
    running: dict[str, Application] = field(default_factory=dict)
    processes: dict[str, SimulatedProcess] = field(default_factory=dict)
    api_wires: list[Wire[Call, Answer]] = field(default_factory=list)
    venue_wires: list[Wire[VenueRequest, Any]] = field(default_factory=list)
    source: random.Random = field(default_factory=random.Random)
    healed: bool = False

    @property
    def intakes(self) -> tuple[str, ...]:
        """The processes that take requests."""
        match self.plan.topology:
            case Topology.ONE:
                return (WORKER,)
            case Topology.SPLIT:
                return ("api",)
            case Topology.WIDE:
                return ("api", "api2")

    def start(self) -> None:
        """Start every process, the market and the faults."""
        loop = self.sim.loop
        venue = self.sim.process(VENUE, self.venue.boot)
        self.processes[VENUE] = venue
        to_venue = self.sim.wire("market>venue", self.venue.serve, server=venue)

        def tell_venue(event: MarketEvent) -> None:
            self.venue.remember(event, forget=outdates(event))
            if venue.alive:
                to_venue.send(event)

        self.market.to_venue = tell_venue
        self.market.keeper = WORKER
        self.market.is_booked = self.is_booked
        self._start(VENUE)
        for name in dict.fromkeys((WORKER, *self.intakes)):
            self.processes[name] = self.sim.process(name, partial(self._boot, name))
            self._start(name)
        for name in self.intakes:
            self.api_wires.append(
                Wire(
                    loop,
                    name=f"client>{name}",
                    serve=partial(self._serve, name),
                    server=self.processes[name],
                    faults=self.plan.to_api,
                )
            )
        self.sim.faults(*self._plans())
        loop.create_task(self.market.run(), name="market")

    def clients(self) -> list[Client]:
        """Return the clients, not yet at work; the last one is for drills."""
        return [
            Client(
                name=f"client{index}",
                tenant_id=self.accounts[0].tenant_id,
                accounts=tuple(account.id for account in self.accounts),
                wires=tuple(self.api_wires),
                source=self.sim.loop.source(f"client/{index}"),
                price_of=self.price_of,
                on_answer=self.watch.promised.append,
            )
            for index in range(self.plan.clients + 1)
        ]

    def is_booked(self) -> bool:
        """Tell whether every execution at the venue is in our books."""
        booked = len(self.disk.database.trades) == len(self.venue.trades)
        return booked and self.venue.is_abreast

    def price_of(self, symbol: str) -> Decimal:
        """Return the market's latest price."""
        return self.market.last(symbol)

    def heal(self) -> None:
        """End all faults and bring everybody back."""
        self.say("the world heals: no more faults")
        self.healed = True
        self.sim.faults()
        self.disk.failure = 0.0
        self.venue.faults = FaultSettings()
        for api in self.api_wires:
            api.faults = _CALM_WIRE
        for venue in self.venue_wires:
            venue.faults = _CALM_WIRE
        for name, process in self.processes.items():
            if not process.alive:
                self._start(name)

    def _start(self, name: str) -> None:
        process = self.processes[name]
        if process.alive:
            return
        life = process.start()
        self.say(f"{life} starts")
        life.on_death(partial(self._died, life))

    def _died(self, life: Life) -> None:
        self.say(f"{life} is dead")
        self.running.pop(life.name, None)
        loop = self.sim.loop
        low, high = _RESTART_S
        loop.call_later(
            self.source.uniform(low, high),
            self._start,
            life.name,
            context=loop.root.context.copy(),
        )

    async def _serve(self, name: str, call: Call) -> Answer:
        answer = await respond(self.running.get(name), call)
        if answer.status < 500:
            self.watch.answered.append((call, answer))
        return answer

    async def _boot(self, name: str, life: Life) -> None:
        loop = self.sim.loop
        around = self.sim.surroundings(life)
        venue = self.processes[VENUE]
        faults = _CALM_WIRE if self.healed else self.plan.to_venue
        once = faults
        if self.venue.settings.dedup is not Dedup.FULL:
            # A transport that doubles what it carries would double the orders of any client.
            once = replace(faults, duplicate=0.0)
        wire: Wire[VenueRequest, Any]
        wire, order_wire = (
            Wire(loop, name=f"{life}>{name}", serve=self.venue.serve, server=venue, faults=own)
            for name, own in (("venue", faults), ("orders", once))
        )
        self.venue_wires += (wire, order_wire)
        market = MemoryMarket(at=_MARKET_STARTS_AT)
        feed = MarketFeed(script=self.market, reader=name, market=market)
        feed.recall()
        settings = self.venue.settings
        broker = SimulatedBroker(
            traits=BrokerTraits(
                name=settings.name,
                dedup=settings.dedup,
                settle_horizon_s=settings.settle_horizon_s,
                native_reduce_only=True,
            ),
            wire=wire,
            order_wire=order_wire,
            life=life,
            sleeper=around.sleeper,
            source=loop.source(f"{life}/broker"),
            faults=lambda: self.venue.faults,
            on_written=self._written,
        )
        application = build(
            Given(
                life=life,
                around=around,
                link=self.disk.link(life, source=loop.source(f"{life}/storage")),
                room=self.room,
                broker=broker,
                market=Market(
                    instruments=instruments(),
                    calendars=calendars(self.plan.sessions),
                    view=market,
                    clock=market,
                    calendar=CALENDAR,
                ),
                stream=_Stream(self.watch),
                on_failure=self._failed,
            )
        )
        listeners: tuple[Listener, ...] = (application.gatekeeper.on_market,)
        loops: tuple[tuple[str, Loop], ...] = ()
        if name == WORKER:
            listeners = (*listeners, application.keep_day)
            loops = application.loops
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run(*listeners), name=f"{life} market_feed")
            for told, run in loops:
                group.create_task(self._supervise(run), name=f"{life} {told}")
            self.running[name] = application

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
        self.watch.written.append(sent)

    def _failed(self, what: Any, problem: Exception) -> None:
        if not isinstance(problem, _EXPECTED):
            self.watch.surprises.append(f"{type(problem).__name__}: {problem} ({what})")

    def _plans(self) -> list[FaultPlan]:
        plan = self.plan
        names = tuple(name for name in self.processes if name != VENUE)
        plans: list[FaultPlan] = [
            CrashPlan(
                processes=names,
                when=FaultTimes(probability=plan.crash, count_max=plan.crashes),
                restart_s=None,
            ),
            PausePlan(
                processes=tuple(self.processes),
                when=FaultTimes(probability=plan.pause, count_max=plan.pauses),
                pause_s=(0.05, 4.0),
            ),
            DelayPlan(
                when=FaultTimes(probability=plan.delay, count_max=plan.delays),
                delay_s=(0.01, 2.0),
            ),
        ]
        if plan.venue_outages:
            plans.append(
                CrashPlan(
                    processes=(VENUE,),
                    when=FaultTimes(probability=0.002, count_max=plan.venue_outages),
                    restart_s=None,
                )
            )
        return plans


def build_world(sim: Simulation, *, say: Say) -> World:
    """Build the world of the simulation's seed; nothing runs yet."""
    loop = sim.loop
    plan = draw_plan(loop.source("plan"))
    disk = new_disk()
    venue = SimulatedVenue(
        loop,
        dedup=plan.dedup,
        horizon_s=SETTLE_HORIZON_S,
        faults=plan.reports,
        instruments=instruments(),
        source=loop.source("venue"),
    )
    world = World(
        sim=sim,
        plan=plan,
        disk=disk,
        venue=venue,
        market=MarketScript(
            loop, source=loop.source("market"), sessions=plan.sessions, splits=plan.splits
        ),
        watch=Watch(disk=disk, venue=venue),
        room=BarrierRoom(),
        accounts=found(disk, plan=plan, around=sim),
        say=say,
        source=loop.source("world"),
    )
    disk.failure = plan.storage_failure
    sim.invariant(world.watch.after_step)
    return world
