"""Run one scenario under one seed and say how it ended."""

import gc
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from tests.simulation.virtual_time.driving import Observer, refuse_inside_a_loop, told
from tests.simulation.virtual_time.failure import FailureKind, Outcome
from tests.simulation.virtual_time.faults import FaultInjector, FaultPlan
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.network import Wire, WireFaults
from tests.simulation.virtual_time.ports import STARTS_AT, Surroundings, surroundings
from tests.simulation.virtual_time.processes import Boot, SimulatedProcess
from tests.simulation.virtual_time.strategies import StrategyMaker, Uniform

Request = TypeVar("Request")
Reply = TypeVar("Reply")


class Simulation:
    """What a scenario builds its world with: processes, wires, faults and invariants."""

    def __init__(self, loop: SimulatedLoop, *, starts_at: datetime) -> None:
        self.loop = loop
        self.seed = loop.seed
        self.processes: dict[str, SimulatedProcess] = {}
        self._starts_at = starts_at
        self._invariants: list[Callable[[], None]] = []
        outside = surroundings(loop, label="scenario", starts_at=starts_at)
        self.clock = outside.clock
        self.sleeper = outside.sleeper
        self.ids = outside.ids
        self.randomness = outside.randomness

    def process(self, name: str, boot: Boot) -> SimulatedProcess:
        """Add a process, not yet started; raises ValueError when the name is taken."""
        if name in self.processes:
            raise ValueError(f"there is a process named {name} already")
        process = SimulatedProcess(self.loop, name=name, boot=boot)
        self.processes[name] = process
        return process

    def surroundings(self, life: Life) -> Surroundings:
        """Return clock, sleeper, ids and randomness for one life of a process."""
        return surroundings(self.loop, label=str(life), starts_at=self._starts_at)

    def wire(
        self,
        name: str,
        serve: Callable[[Request], Awaitable[Reply]],
        *,
        server: SimulatedProcess | None = None,
        faults: WireFaults | None = None,
    ) -> Wire[Request, Reply]:
        """Return a wire to a server; its faults are drawn from the seed and its name."""
        return Wire(self.loop, name=name, serve=serve, server=server, faults=faults)

    def faults(self, *plans: FaultPlan) -> None:
        """Carry out these plans from the next step on, and no earlier ones any more."""
        FaultInjector(self.loop, processes=self.processes, plans=plans)

    def invariant(self, check: Callable[[], None]) -> None:
        """Call a check behind every step; what it raises fails the run at that step."""
        self._invariants.append(check)
        if len(self._invariants) == 1:
            self.loop.after_step = check
        else:
            self.loop.after_step = self._check_all

    def _check_all(self) -> None:
        for check in self._invariants:
            check()


Scenario = Callable[[Simulation], Coroutine[Any, Any, None]]


def run(
    seed: int,
    scenario: Scenario,
    *,
    max_steps: int = 100_000,
    max_virtual_s: float = 86_400.0,
    strategy: StrategyMaker = Uniform,
    starts_at: datetime = STARTS_AT,
    on_step: Observer | None = None,
) -> Outcome:
    """Run a scenario until it returns, fails or meets a limit.

    The run is over when the scenario returns: whatever else still runs is closed without
    effect. on_step sees (step number, virtual seconds, handle) before each step; a handle's
    label() and life say what runs. Raises RuntimeError inside another running loop, otherwise
    nothing but KeyboardInterrupt and SystemExit.
    """
    refuse_inside_a_loop()
    loop = SimulatedLoop(seed, strategy=strategy)
    loop.on_step = on_step
    # The collector finalises at moments that depend on what ran before this run.
    collects = gc.isenabled()
    gc.disable()
    try:
        main = loop.create_task(
            scenario(Simulation(loop, starts_at=starts_at)),
            name="scenario",
            context=loop.root.context.copy(),
        )
        loop.drive(main, max_steps=max_steps, max_virtual_s=max_virtual_s)
        if loop.failure is None:
            error = None if main.cancelled() else main.exception()
            if error is not None:
                loop.fail(FailureKind.SCENARIO, told(error), error)
            elif main.cancelled():
                loop.fail(FailureKind.SCENARIO, "the scenario was cancelled")
        loop.close()
    finally:
        if collects:
            gc.enable()
    return Outcome(
        seed=seed,
        steps=loop.steps,
        virtual_s=loop.time(),
        trace_hash=loop.trace_hash(),
        failure=loop.failure,
    )
