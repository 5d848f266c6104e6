"""Run one seed: faults and work first, then peace, and then the books must agree."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from application.orders.commands import Asker
from domain.accounts.account import Account
from domain.orders.states import OrderState
from domain.shared.values import ZERO
from ports.broker import VenueState
from tests.simulation.api import CancelEvery
from tests.simulation.clients import Client
from tests.simulation.genesis import change_limit
from tests.simulation.server import WORKER
from tests.simulation.trace import Trace
from tests.simulation.violation import Violation
from tests.simulation.virtual_time.failure import Outcome
from tests.simulation.virtual_time.run import Simulation, run
from tests.simulation.watch import in_doubt
from tests.simulation.world import World, build_world

STEPS_MAX = 60_000
VIRTUAL_S_MAX = 600.0
# After the last fault everything must come to rest within so long.
REST_S = 120.0
_LOOK_S = 1.0
_CANCEL_EVERY_LOOKS = 4
_ASKED_MAX = 10
_UNSURE = (OrderState.SUBMITTED, OrderState.UNKNOWN)


def _silent(_text: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Figures:
    """How much happened, summed over the runs that were given these."""

    orders: int = 0
    fills: int = 0
    alarms: int = 0
    latches: int = 0
    parked: int = 0
    crashes: int = 0
    releases: int = 0


@dataclass(slots=True)
class Run:
    """The scenario of one seed."""

    trace: Trace | None = None
    figures: Figures = field(default_factory=Figures)

    async def __call__(self, sim: Simulation) -> None:
        """Let clients work under faults, heal, wait for rest, and compare all books."""
        trace = self.trace
        world = build_world(sim, say=trace.say if trace is not None else _silent)
        if trace is not None:
            world.watch.stream.tell = trace.notice
        world.say(f"plan: {world.plan}")
        world.start()
        clients = world.clients()
        async with asyncio.TaskGroup() as group:
            for client in clients[:-1]:
                group.create_task(client.run(world.plan.operations))
            group.create_task(clients[-1].drill(world.plan.drills))
            group.create_task(_change_rules(world))
            if world.family is not None:
                group.create_task(world.family.live())
        world.heal()
        if world.family is not None:
            await world.family.end()
        await _rest(world, client=clients[0])
        await _compare(world)
        _count(world, figures=self.figures)


def simulate(seed: int, *, trace: Trace | None = None, figures: Figures | None = None) -> Outcome:
    """Run one seed and say how it ended; the same seed and code give the same run."""
    return run(
        seed,
        Run(trace=trace, figures=Figures() if figures is None else figures),
        max_steps=STEPS_MAX,
        max_virtual_s=VIRTUAL_S_MAX,
        on_step=None if trace is None else trace.on_step,
    )


def _count(world: World, *, figures: Figures) -> None:
    database = world.disk.database
    orders = database.orders.values()
    figures.orders += len(database.orders)
    figures.fills += len(database.fills)
    figures.alarms += world.watch.books.alarms
    figures.latches += len(database.latches)
    figures.parked += sum(order.state is OrderState.PARKED for order in orders)
    figures.releases += 0 if world.watch.succession is None else world.watch.succession.releases
    figures.crashes += sum(process.epoch - 1 for process in world.processes.values())


async def _change_rules(world: World) -> None:
    source = world.sim.loop.source("rules")
    for _ in range(source.choice((0, 0, 1, 2))):
        await asyncio.sleep(source.uniform(0.5, 4.0))
        factor = Decimal(source.choice((5, 8, 15))) / 10
        change_limit(world.disk, factor=factor)
        world.say("the position limit changes")


async def _rest(world: World, *, client: Client) -> None:
    """Wait until nothing moves any more; raise Violation when that takes too long."""
    loop = world.sim.loop
    until = loop.time() + REST_S
    looks = 0
    while (parked := _parked_at_venue(world)) or not _is_calm(world):
        if loop.time() > until:
            if parked:
                raise Violation("parked", f"{parked} are parked though the venue tells of them")
            raise Violation("rest", _unrest(world))
        # A cancel would settle what is in doubt, too: its own way back comes first.
        unsure = parked or any(one.state in _UNSURE for one in world.disk.database.orders.values())
        if not unsure and looks % _CANCEL_EVERY_LOOKS == 0:
            for account in world.accounts:
                asker = Asker(tenant_id=account.tenant_id, actor="closing")
                await client.call(CancelEvery(asker=asker, account_id=account.id))
        looks += not unsure
        await asyncio.sleep(_LOOK_S)


def _is_calm(world: World) -> bool:
    database = world.disk.database
    return (
        WORKER in world.server.running
        and world.venue.is_up
        and not in_doubt(database.orders)
        and not any(latch.is_unfinished for latch in database.latches.values())
        and not world.watch.stream.unpublished()
        and world.is_booked()
    )


def _parked_at_venue(world: World) -> list[str]:
    """Return what was parked before the venue showed it, and is not taken up yet."""
    return [
        order.client_order_id
        for order in world.disk.database.orders.values()
        if order.state is OrderState.PARKED
        and not order.has_parked_replace
        and (str(order.account_id), order.client_order_id) in world.venue.taken
    ]


def _unrest(world: World) -> str:
    database = world.disk.database
    moving = [f"{order.client_order_id} {order.state}" for order in in_doubt(database.orders)]
    stuck = [latch.reason for latch in database.latches.values() if latch.is_unfinished]
    return (
        f"no rest within {REST_S} s of the last fault: orders {moving}, latches {stuck}, "
        f"{world.watch.stream.unpublished()} notices unpublished, "
        f"{len(world.venue.trades) - len(database.trades)} trades not booked"
    )


async def _compare(world: World) -> None:
    """Hold our books against the venue's, order by order and unit by unit."""
    engine = world.venue.engine
    orders = world.disk.database.orders
    ours = {(str(one.account_id), one.client_order_id): one for one in orders.values()}
    for theirs in engine.all_orders():
        known = ours.get((theirs.account_id, theirs.client_order_id))
        name = theirs.client_order_id
        if known is None:
            raise Violation("lost", f"the venue has {name}, we do not")
        filled = sum((fill.quantity for fill in theirs.fills), ZERO)
        if known.filled_quantity != filled:
            raise Violation("fills", f"{name}: ours {known.filled_quantity}, theirs {filled}")
        refused = theirs.state is VenueState.REJECTED
        if known.state is OrderState.PARKED and not (refused or known.has_parked_replace):
            raise Violation("parked", f"{name} is parked though the venue tells of it")
        if theirs.state in _OPEN:
            raise Violation("open", f"{name} is {known.state} here and open at the venue")
    for account in world.accounts:
        held = {one.symbol: one.quantity for one in engine.positions(account_id=str(account.id))}
        book = world.disk.books[account.id]
        for symbol in held.keys() | book.positions.keys():
            units = book.position(symbol).quantity
            if units != held.get(symbol, ZERO):
                detail = f"{account.name} {symbol}: ours {units}, theirs {held.get(symbol, ZERO)}"
                raise Violation("positions", detail)
        problem = await _reconciled(world, account=account)
        if problem is not None:
            raise Violation("reconcile", problem)


async def _reconciled(world: World, *, account: Account) -> str | None:
    """Let the application itself compare; one that slept through a pause is asked again."""
    problem: str | None = None
    for _ in range(_ASKED_MAX):
        problem = await world.server.running[WORKER].reconcile.check(account=account)
        if problem is None or not problem.startswith("the broker could not be asked"):
            return problem
        await asyncio.sleep(_LOOK_S)
    return problem


_OPEN = (VenueState.WORKING, VenueState.TRIGGERED, VenueState.PARTIALLY_FILLED)
