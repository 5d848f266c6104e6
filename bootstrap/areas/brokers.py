"""Build the brokers that accounts trade at; what goes on at one waits for no other."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from adapters.system.supervisor import Run, Supervisor
from bootstrap.area import Area, Task
from bootstrap.areas import orders
from bootstrap.areas.market import build as build_market
from bootstrap.areas.orders import BrokerLoops
from bootstrap.brokers import registry
from bootstrap.brokers.health import is_ours
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role, part_of
from bootstrap.settings.sections import Settings

# Of the 25 seconds in which the process must be gone, what sends in hand get.
SENDS_S = 10.0
log = structlog.get_logger(__name__)


def _subscribe(parts: Parts) -> None:
    """Let the market's events reach the venues."""
    if Role.MARKET in parts.plan.roles:
        for _, broker in parts.of(registry.build).each():
            if broker.listener is not None:
                parts.of(build_market).feed.subscribe(broker.listener)


def _tasks_of(settings: Settings) -> Iterator[Task]:
    """Give what goes on at each broker, under its own lease."""
    for at, name in enumerate(settings.every_broker):
        yield from _tasks_at(name, further=name if at else None)


def _tasks_at(name: str, *, further: str | None) -> Iterator[Task]:
    named = partial(part_of, broker=further)

    def leased(
        part: str,
        run: Callable[[BrokerLoops], Run],
        *,
        may_end: bool = False,
        tells: tuple[str, ...] = (),
    ) -> Task:
        return Task(
            name=named(part),
            run=lambda parts: run(parts.of(orders.build).loops[name]),
            roles=frozenset({Role.DISPATCH}),
            leased=Role.DISPATCH,
            broker=further,
            may_end=may_end,
            tells=tells,
        )

    yield Task(
        name=named("venue_watch"),
        run=lambda parts: parts.of(registry.build).parts[name].watch,
        roles=frozenset({Role.DISPATCH}),
        required=False,
    )
    yield leased("reports", lambda loops: loops.follow)
    yield leased("reconciler", _reconciling)
    yield leased(
        "dispatcher",
        lambda loops: loops.dispatch,
        may_end=True,
        tells=(named("broker"), named("reconciliation")),
    )
    yield Task(
        name=named("venue_market"),
        run=lambda parts: parts.of(registry.build).parts[name].catch_up,
        roles=frozenset({Role.MARKET}),
        required=False,
    )


def _reconciling(loops: BrokerLoops) -> Run:
    async def reconcile() -> None:
        # A job that was another's meanwhile begins as at a start: nothing is sent before.
        loops.reconcile.passed = False
        await loops.reconcile()

    return reconcile


async def _finish(parts: Parts, supervisor: Supervisor) -> None:
    if Role.DISPATCH not in parts.plan.roles:
        return
    brokers = parts.of(registry.build)
    for loops in parts.of(orders.build).loops.values():
        loops.dispatch.finish()
    # What is not held waits for its turn, or was lost: there is nothing of ours on its way.
    held = [name for name in brokers.names if is_ours(parts, name)]
    tasks = [brokers.component("dispatcher", name) for name in held]
    joining = (supervisor.join(task, timeout_s=SENDS_S) for task in tasks)
    if not all(await asyncio.gather(*joining)):
        # What is still on its way is read back at the next start, and parked if unsure.
        log.warning("orders.sends_cut_off", after_s=SENDS_S)


AREA = Area(
    name="brokers",
    sentence="The brokers that accounts trade at, each with its guard, lease, reports and health.",
    builds={
        "brokers": registry.build,
        "paper_brokers": registry.paper_brokers,
        "observed_brokers": registry.build_observed,
        "dispatch_lease": registry.build_dispatch_lease,
        "venue_problems": registry.build_venue_problems,
        "commissions": registry.build_commissions,
    },
    subscribes=_subscribe,
    tasks_of=_tasks_of,
    finishes=_finish,
)
