"""The same seed runs the same, in any process; other seeds run otherwise."""

import asyncio
import functools
import json
import os
import subprocess
import sys

import pytest

from tests.simulation.virtual_time.faults import CrashPlan, DelayPlan, FaultTimes, PausePlan
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.network import NoReply, Unreachable, WireFaults
from tests.simulation.virtual_time.run import Simulation, run
from tests.simulation.virtual_time.strategies import Fifo, Priorities, StrategyMaker, Uniform


async def busy(simulation: Simulation) -> None:
    """Use everything whose order could come from addresses or string hashes."""
    loop = simulation.loop
    served: list[str] = []

    async def serve(message: str) -> str:
        await asyncio.sleep(0.01)
        served.append(message)
        return message.upper()

    async def boot(life: Life) -> None:
        around = simulation.surroundings(life)
        for number in range(20):
            try:
                await wire.request(f"{life} {number} {around.ids.new()}", timeout_s=1.0)
            except (NoReply, Unreachable):
                await around.sleeper.sleep(around.randomness.uniform(low=0.0, high=0.5))

    async def venue_boot(_life: Life) -> None:
        await asyncio.Event().wait()

    venue = simulation.process("venue", venue_boot)
    wire = simulation.wire(
        "venue",
        serve,
        server=venue,
        faults=WireFaults(lose_request=0.1, lose_reply=0.1, duplicate=0.1, reorder=0.2),
    )
    venue.start()
    for name in ("api", "dispatcher"):
        simulation.process(name, boot).start()
    simulation.faults(
        CrashPlan(processes=("api", "venue"), when=FaultTimes(probability=0.01)),
        PausePlan(processes=("dispatcher",), when=FaultTimes(probability=0.01)),
        DelayPlan(when=FaultTimes(probability=0.02, count_max=20)),
    )

    await sets_of_tasks_and_futures(simulation)
    loop.note(f"{len(served)} {simulation.ids.new()}")
    for message in served:
        loop.note(message)


async def sets_of_tasks_and_futures(simulation: Simulation) -> None:
    """Let asyncio iterate sets: a failing task group, and a wait."""

    async def wait_or_fail(number: int) -> None:
        await asyncio.sleep(30)
        if number == 7:
            raise ValueError(str(number))
        await asyncio.sleep(30)

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(30):
                group.create_task(wait_or_fail(number))
    except* ValueError:
        pass
    futures = {simulation.loop.create_future() for _ in range(30)}
    waiters = {asyncio.create_task(asyncio.wait_for(future, 90)) for future in futures}
    for future in futures:
        future.set_result(None)
    done, _ = await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    simulation.loop.note(str(len(done)))


def fingerprint(*, seed: int, strategy: StrategyMaker = Uniform) -> tuple[str, int, float]:
    outcome = run(seed, busy, strategy=strategy)
    assert outcome.ok, outcome.failure
    return outcome.trace_hash, outcome.steps, outcome.virtual_s


@pytest.mark.parametrize(
    "strategy", [Uniform, Fifo, functools.partial(Priorities, changes=3, within_steps=500)]
)
def test_the_same_seed_leaves_the_same_trace(strategy: StrategyMaker) -> None:
    first = [fingerprint(seed=seed, strategy=strategy) for seed in range(20)]
    ballast = [object() for _ in range(12_345)]
    second = [fingerprint(seed=seed, strategy=strategy) for seed in range(20)]
    assert first == second
    assert len(ballast) == 12_345
    assert len({trace for trace, _, _ in first}) == 20


def test_the_trace_does_not_depend_on_string_hashes() -> None:
    code = (
        "import json;"
        "from tests.integration.simulation.test_determinism import fingerprint;"
        "print(json.dumps([fingerprint(seed=seed) for seed in range(10)]))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            check=True,
            timeout=50,
        ).stdout
        for hash_seed in ("1", "271828")
    ]
    assert printed[0] == printed[1]
    assert json.loads(printed[0]) == [list(fingerprint(seed=seed)) for seed in range(10)]


def test_a_noted_fact_changes_the_trace() -> None:
    async def scenario(simulation: Simulation, *, fact: str) -> None:
        simulation.loop.note(fact)

    one = run(1, functools.partial(scenario, fact="bought"))
    two = run(1, functools.partial(scenario, fact="sold"))
    assert (one.steps, one.virtual_s) == (two.steps, two.virtual_s)
    assert one.trace_hash != two.trace_hash


def test_an_observer_sees_every_step_and_changes_nothing() -> None:
    seen: list[str] = []
    watched = run(
        3,
        busy,
        on_step=lambda step, at_s, handle: seen.append(
            f"{step} {at_s:.3f} {handle.life} {handle.label()}"
        ),
    )
    assert watched == run(3, busy)
    assert len(seen) == watched.steps
    assert seen[0] == "1 0.000 scenario#1 scenario busy"
    assert any("api#2" in line for line in seen) or any("venue#2" in line for line in seen)
