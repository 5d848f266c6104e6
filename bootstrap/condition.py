"""Tell the gate how the market is: what is of this process is asked, the rest was heard."""

from collections.abc import Callable
from functools import partial

from adapters.telemetry.health import HealthBoard
from bootstrap.broker_parts import BrokerParts
from bootstrap.processes.others import SILENT_S
from bootstrap.processes.roles import Plan, Role


def build_venue_problem(
    *, broker_parts: BrokerParts, health: HealthBoard, plan: Plan
) -> Callable[[], str]:
    """Return what says why the venue cannot be relied on, as far as this process knows."""
    if Role.DISPATCH in plan.roles:
        return broker_parts.problem
    return partial(health.problem, "broker", silent_s=SILENT_S)
