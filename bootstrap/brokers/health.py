"""Start the brokers of a process, and show how each of them is."""

from contextlib import AsyncExitStack

from adapters.brokers.paper.pushing import MarketPush
from bootstrap.areas import orders
from bootstrap.brokers import registry
from bootstrap.brokers.own_venue import start_broker
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from ports.health import ComponentState

STANDS_BY = "stands by: another process does this"


def declare_brokers(parts: Parts) -> None:
    """Name the parts of each broker that are about to start."""
    brokers = parts.of(registry.build)
    if Role.DISPATCH in parts.plan.roles:
        # One of several that is lost makes nobody unready: the others are served.
        alone = len(brokers.names) == 1
        for part in ("broker", "reconciliation"):
            for name in brokers.names:
                parts.health.declare(brokers.component(part, name), required=alone)
    for component, _ in _pushes(parts):
        parts.health.declare(component, required=False)


async def start_brokers(parts: Parts, *, stack: AsyncExitStack) -> None:
    """Connect to each; raises VenueLost, BrokerUnavailable, BrokerUnsure."""
    brokers = parts.of(registry.build)
    for _, push in _pushes(parts):
        await push.start()
        stack.push_async_callback(push.stop)
    for name, broker in brokers.each():
        await start_broker(parts, name=name)
        stack.push_async_callback(broker.connection.stop)
        if Role.DISPATCH in parts.plan.roles:
            parts.health.set(brokers.component("broker", name), ComponentState.UP)


def is_ours(parts: Parts, broker: str) -> bool:
    """Tell whether sending to a broker is this process's job."""
    return parts.of(registry.build_dispatch_lease)(broker).is_held()


def look_at_reconciliation(parts: Parts) -> bool:
    """Tell whether some is ours to do and has yet to pass."""
    brokers, waits = parts.of(registry.build), False
    for name, loops in parts.of(orders.build).loops.items():
        component = brokers.component("reconciliation", name)
        if not is_ours(parts, name):
            # Another's job: this process is as ready for it as it can be.
            parts.health.set(component, ComponentState.UP, detail=STANDS_BY)
            continue
        passed = loops.reconcile.passed
        parts.health.set(component, ComponentState.UP if passed else ComponentState.STARTING)
        # A venue that is away may be so for long: it is not looked for 50 times a second.
        waits = waits or not (passed or brokers.parts[name].problem())
    return waits


def look_at_brokers(parts: Parts) -> None:
    """Show how each is."""
    brokers = parts.of(registry.build)
    for component, push in _pushes(parts):
        state = ComponentState.DEGRADED if push.problem else ComponentState.UP
        parts.health.set(component, state, detail=push.problem)
    if Role.DISPATCH in parts.plan.roles:
        for name, broker in brokers.each():
            problem = broker.problem()
            state = ComponentState.DOWN if problem else ComponentState.UP
            parts.health.set(brokers.component("broker", name), state, detail=problem)


def _pushes(parts: Parts) -> list[tuple[str, MarketPush]]:
    """Return what brings the market to venues elsewhere, by the part's name."""
    if Role.MARKET not in parts.plan.roles:
        return []
    brokers = parts.of(registry.build)
    return [
        (brokers.component("venue_prices", name), broker.push)
        for name, broker in brokers.each()
        if broker.push is not None
    ]
