"""Crash, pause and delay at step boundaries drawn from the seed."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.simulation.virtual_time.driving import NEVER
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.processes import SimulatedProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTimes:
    """When a fault strikes: with a probability behind each step, or behind given steps."""

    probability: float = 0.0
    at_steps: tuple[int, ...] = ()
    count_max: int = 3

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability is a share of steps, 0 to 1, not {self.probability}")
        if any(step < 1 for step in self.at_steps):
            raise ValueError(f"at_steps are counted from 1, not {min(self.at_steps)}")

    def after(self, *, step: int, source: random.Random) -> int:
        """Return the next step behind which it strikes."""
        planned = min((at for at in self.at_steps if at > step), default=NEVER)
        if self.probability == 0.0:
            return planned
        # The gap to the next success of a coin thrown per step, drawn at once.
        chance = 1.0 - source.random()
        if self.probability == 1.0:
            return min(planned, step + 1)
        gap = int(math.log(chance) / math.log1p(-self.probability)) + 1
        return min(planned, step + gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashPlan:
    """Kill one of the processes and start it again after a while.

    restart_s: the virtual seconds it stays dead, (low, high), or None for ever.
    """

    processes: tuple[str, ...]
    when: FaultTimes
    restart_s: tuple[float, float] | None = (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePlan:
    """Stop one of the processes for pause_s (low, high) virtual seconds while time goes on."""

    processes: tuple[str, ...]
    when: FaultTimes
    pause_s: tuple[float, float] = (0.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayPlan:
    """Hold back one ready callback, whosever, for delay_s (low, high) virtual seconds."""

    when: FaultTimes
    delay_s: tuple[float, float] = (0.0, 1.0)


FaultPlan = CrashPlan | PausePlan | DelayPlan


class FaultInjector:
    """Carry out plans behind the steps of a loop.

    A crash or pause strikes its victim, with even odds, at once or behind the victim's own
    next step: the second is what puts it between any two awaits of a mostly idle process.
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        *,
        processes: Mapping[str, SimulatedProcess],
        plans: Sequence[FaultPlan],
    ) -> None:
        for plan in plans:
            if not isinstance(plan, DelayPlan):
                unknown = [name for name in plan.processes if name not in processes]
                if unknown or not plan.processes:
                    raise ValueError(
                        f"a plan names processes of the run, not {unknown or 'none'}; "
                        f"there are: {', '.join(processes) or 'none'}"
                    )
        self._loop = loop
        self._processes = processes
        self._pending = [
            _Pending(plan=plan, source=loop.source(f"faults/{index}"), step=loop.steps)
            for index, plan in enumerate(plans)
        ]
        loop.on_fault = self._strike
        self._aim()

    def _aim(self) -> None:
        self._loop.fault_step = min((pending.step for pending in self._pending), default=NEVER)

    def _strike(self, just_ran: Life) -> None:
        for pending in self._pending:
            if self._loop.steps < pending.step:
                continue
            if isinstance(pending.plan, DelayPlan):
                self._delay(pending.plan, pending.source)
            elif not self._hit(pending, pending.plan, just_ran):
                continue
            pending.struck(self._loop.steps)
        self._aim()

    def _hit(self, pending: "_Pending", plan: CrashPlan | PausePlan, just_ran: Life) -> bool:
        """Crash or pause the victim, or return False to be asked again behind the next step."""
        if pending.victim is None or not pending.victim.alive:
            alive = [self._processes[name] for name in plan.processes]
            alive = [process for process in alive if process.alive]
            if not alive:
                return False
            pending.victim = alive[int(pending.source.random() * len(alive))]
            # A planned step is meant exactly; a drawn one may as well be the victim's next.
            planned = self._loop.steps in plan.when.at_steps
            pending.waits = not planned and pending.source.random() < 0.5
        if pending.waits and just_ran is not pending.victim.life:
            return False
        if isinstance(plan, PausePlan):
            pending.victim.pause(pending.source.uniform(*plan.pause_s))
            return True
        victim = pending.victim
        victim.crash()
        if plan.restart_s is not None:
            self._loop.call_later(
                pending.source.uniform(*plan.restart_s),
                _start_if_dead,
                victim,
                context=self._loop.root.context.copy(),
            )
        return True

    def _delay(self, plan: DelayPlan, source: random.Random) -> None:
        count = self._loop.ready_count
        if count:
            self._loop.delay_one(
                index=int(source.random() * count), seconds=source.uniform(*plan.delay_s)
            )


class _Pending:
    """One plan, when it strikes next and whom."""

    __slots__ = ("plan", "source", "step", "strikes_left", "victim", "waits")

    def __init__(self, *, plan: FaultPlan, source: random.Random, step: int) -> None:
        self.plan = plan
        self.source = source
        self.victim: SimulatedProcess | None = None
        self.waits = False
        self.strikes_left = plan.when.count_max
        self.step = plan.when.after(step=step, source=source) if self.strikes_left else NEVER

    def struck(self, step: int) -> None:
        """Note a strike and draw the next."""
        self.victim = None
        self.strikes_left -= 1
        if self.strikes_left > 0:
            self.step = self.plan.when.after(step=step, source=self.source)
        else:
            self.step = NEVER


def _start_if_dead(process: SimulatedProcess) -> None:
    if not process.alive:
        process.start()
