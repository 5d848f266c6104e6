"""Say when processes crash, sleep and stumble in a world."""

from collections.abc import Iterable

from tests.simulation.plan import Plan
from tests.simulation.virtual_time.faults import (
    CrashPlan,
    DelayPlan,
    FaultPlan,
    FaultTimes,
    PausePlan,
)

# Drawn per step; the count is drawn with the plan.
_VENUE_OUTAGE = 0.002


def fault_plans(plan: Plan, *, ours: Iterable[str], venue: str) -> list[FaultPlan]:
    """Return the plans; nobody is started again by them, that is the world's work."""
    plans: list[FaultPlan] = [
        CrashPlan(
            processes=tuple(ours),
            when=FaultTimes(probability=plan.crash, count_max=plan.crashes),
            restart_s=None,
        ),
        PausePlan(
            processes=(venue, *ours),
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
                processes=(venue,),
                when=FaultTimes(probability=_VENUE_OUTAGE, count_max=plan.venue_outages),
                restart_s=None,
            )
        )
    return plans
