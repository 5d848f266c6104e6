"""Build a world from a seed: disk, venue, market, processes, clients and faults."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from adapters.brokers.paper.faults import FaultSettings
from domain.accounts.account import Account
from domain.market.prices import MarketEvent
from tests.simulation.api import Answer, Call
from tests.simulation.clients import Client
from tests.simulation.disk import Disk, new_disk
from tests.simulation.family import Family, found_family
from tests.simulation.fault_plans import fault_plans
from tests.simulation.genesis import found
from tests.simulation.market import MarketScript, instruments, outdates
from tests.simulation.plan import SETTLE_HORIZON_S, Plan, Topology, draw_plan
from tests.simulation.server import CALM_WIRE, WORKER, Server
from tests.simulation.silence import Silence
from tests.simulation.venue import SimulatedVenue
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.network import Wire
from tests.simulation.virtual_time.processes import SimulatedProcess
from tests.simulation.virtual_time.run import Simulation
from tests.simulation.watch import Watch, new_watch
from tests.simulation.watch_succession import SuccessionWatch

VENUE = "venue"
_RESTART_S = (0.05, 2.0)
Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class World:
    """Everything of one run."""

    sim: Simulation
    plan: Plan
    disk: Disk
    venue: SimulatedVenue
    market: MarketScript
    watch: Watch
    server: Server
    accounts: tuple[Account, ...]
    say: Say
    source: random.Random
    processes: dict[str, SimulatedProcess]
    # Owner and trustees, where there is a plan of succession.
    family: Family | None = None
    api_wires: list[Wire[Call, Answer]] = field(default_factory=list)

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
        venue = self.processes[VENUE]
        to_venue = self.sim.wire("market>venue", self.venue.serve, server=venue)

        def tell_venue(event: MarketEvent) -> None:
            self.venue.remember(event, forget=outdates(event))
            if venue.alive:
                to_venue.send(event)

        self.market.to_venue = tell_venue
        self.market.keeper = WORKER
        self.market.is_booked = self.is_booked
        self._start(VENUE)
        ours = tuple(dict.fromkeys((WORKER, *self.intakes)))
        for name in ours:
            self.processes[name] = self.sim.process(name, partial(self.server.boot, name))
            self._start(name)
        self.api_wires += [self._api_wire(name) for name in self.intakes]
        self.sim.faults(*fault_plans(self.plan, ours=ours, venue=VENUE))
        self.sim.loop.create_task(self.market.run(), name="market")

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
                on_answer=self.watch.traffic.promised.append,
                kills=self.plan.kills,
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
        self.sim.faults()
        self.market.silences = 0
        self.disk.failure = self.disk.slow = 0.0
        self.venue.faults = FaultSettings()
        self.server.heal()
        for api in self.api_wires:
            api.faults = CALM_WIRE
        for name in self.processes:
            self._start(name)

    def _api_wire(self, name: str) -> Wire[Call, Answer]:
        return Wire(
            self.sim.loop,
            name=f"client>{name}",
            serve=partial(self.server.serve, name),
            server=self.processes[name],
            faults=self.plan.to_api,
        )

    def _start(self, name: str) -> None:
        process = self.processes[name]
        if process.alive:
            return
        life = process.start()
        self.say(f"{life} starts")
        life.on_death(partial(self._died, life))

    def _died(self, life: Life) -> None:
        self.say(f"{life} is dead")
        self.server.running.pop(life.name, None)
        loop = self.sim.loop
        low, high = _RESTART_S
        loop.call_later(
            self.source.uniform(low, high),
            self._start,
            life.name,
            context=loop.root.context.copy(),
        )


def build_world(sim: Simulation, *, say: Say, has_succession: bool = True) -> World:
    """Build the world of the simulation's seed; nothing runs yet.

    Without has_succession nobody has a plan, which stops trading when it leads on.
    """
    loop = sim.loop
    plan = draw_plan(loop.source("plan"))
    if not has_succession:
        plan = replace(plan, silence=None)
    disk = new_disk()
    venue = SimulatedVenue(
        loop,
        dedup=plan.dedup,
        horizon_s=SETTLE_HORIZON_S,
        faults=plan.reports,
        instruments=instruments(),
        source=loop.source("venue"),
        open_orders_max=plan.open_orders_max,
    )
    market = MarketScript(
        loop, source=loop.source("market"), sessions=plan.sessions, splits=plan.splits
    )
    market.silences, market.gaps = plan.silences, plan.gaps
    watch = new_watch(disk=disk, venue=venue, market=market, clock=sim.clock)
    process = sim.process(VENUE, venue.boot)
    accounts = found(disk, plan=plan, around=sim)
    disk.failure, disk.slow = plan.storage_failure, plan.storage_slow
    sim.invariant(watch.after_step)
    world = World(
        sim=sim,
        plan=plan,
        disk=disk,
        venue=venue,
        market=market,
        watch=watch,
        server=Server(
            sim=sim,
            plan=plan,
            disk=disk,
            venue=venue,
            venue_process=process,
            market=market,
            watch=watch,
            say=say,
        ),
        accounts=accounts,
        say=say,
        source=loop.source("world"),
        processes={VENUE: process},
    )
    if plan.silence is not None:
        world.family = _family(world, plan.silence)
    return world


def _family(world: World, silence: Silence) -> Family:
    """Found owner, trustees and plan, and watch what becomes of it."""
    sim, account = world.sim, world.accounts[0]
    owner, trustees = found_family(
        world.disk,
        silence,
        tenant_id=account.tenant_id,
        account_id=account.id,
        new_id=sim.ids.new,
        at=sim.clock.now(),
    )
    watch = SuccessionWatch(
        disk=world.disk, now_s=sim.loop.time, is_up=lambda: WORKER in world.server.running
    )
    world.watch.succession = watch
    return Family(
        disk=world.disk,
        silence=silence,
        tenant_id=account.tenant_id,
        owner=owner,
        trustees=trustees,
        wires=world.api_wires,
        source=sim.loop.source("family"),
        on_word=watch.said.add,
    )
