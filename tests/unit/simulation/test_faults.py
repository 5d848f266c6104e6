"""Plans strike where the seed says, between any two awaits."""

import asyncio

import pytest

from tests.simulation.virtual_time.failure import Outcome
from tests.simulation.virtual_time.faults import (
    CrashPlan,
    DelayPlan,
    FaultPlan,
    FaultTimes,
    PausePlan,
)
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.run import Simulation, run

STAGES = 6


def transfer(*, seed: int, plan: FaultPlan) -> tuple[Outcome, list[int]]:
    """Run a process of six awaits; return how far each of its lives came."""
    reached: list[int] = []

    async def boot(life: Life) -> None:
        # A life may be over before its first step.
        reached.extend([0] * (life.epoch - len(reached)))
        for stage in range(1, STAGES):
            await asyncio.sleep(0.1)
            reached[life.epoch - 1] = stage

    async def scenario(simulation: Simulation) -> None:
        process = simulation.process("worker", boot)
        process.start()
        simulation.faults(plan)
        await asyncio.sleep(30)
        assert not process.alive

    return run(seed, scenario), reached


def test_crashes_at_each_step_reach_every_gap_between_two_awaits() -> None:
    first_lives = set()
    for step in range(1, 15):
        outcome, reached = transfer(
            seed=1,
            plan=CrashPlan(processes=("worker",), when=FaultTimes(at_steps=(step,), count_max=1)),
        )
        assert outcome.ok, outcome.failure
        assert reached[-1] == STAGES - 1
        if len(reached) > 1:
            first_lives.add(reached[0])
    assert first_lives >= set(range(1, STAGES))


def test_drawn_crashes_reach_every_gap_too_and_repeat() -> None:
    plan = CrashPlan(processes=("worker",), when=FaultTimes(probability=0.05, count_max=2))
    ends = set()
    for seed in range(200):
        outcome, reached = transfer(seed=seed, plan=plan)
        assert outcome.ok, outcome.failure
        assert len(reached) <= 3
        ends.update(reached[:-1])
        if seed < 5:
            assert transfer(seed=seed, plan=plan) == (outcome, reached)
    assert ends >= set(range(1, STAGES))


def test_a_victim_may_stay_dead() -> None:
    plan = CrashPlan(
        processes=("worker",), when=FaultTimes(probability=1.0, count_max=1), restart_s=None
    )
    outcome, reached = transfer(seed=1, plan=plan)
    assert outcome.ok, outcome.failure
    assert len(reached) <= 1


@pytest.mark.parametrize("seed", range(30))
def test_a_pause_stops_one_process_while_time_goes_on(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        beats: dict[str, list[float]] = {"paused": [], "other": []}

        async def boot(life: Life) -> None:
            while True:
                beats[life.name].append(simulation.loop.time())
                await asyncio.sleep(1)

        paused = simulation.process("paused", boot)
        paused.start()
        simulation.process("other", boot).start()
        await asyncio.sleep(1.5)
        paused.pause(10)
        paused.pause(99)
        await asyncio.sleep(5)
        assert paused.alive
        assert beats["paused"] == [0.0, 1.0]
        await asyncio.sleep(6.25)
        assert beats["paused"] == [0.0, 1.0, 11.5, 12.5]
        assert len(beats["other"]) == 13
        paused.pause(10)
        await asyncio.sleep(1)
        paused.crash()
        await asyncio.sleep(20)
        assert len(beats["paused"]) == 4

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure


def test_a_pause_plan_lets_time_pass_the_victim() -> None:
    plan = PausePlan(
        processes=("worker",), when=FaultTimes(at_steps=(4,), count_max=1), pause_s=(5.0, 5.0)
    )
    passed: list[float] = []

    async def boot(_life: Life) -> None:
        for _ in range(STAGES):
            await asyncio.sleep(0.1)
        passed.append(asyncio.get_running_loop().time())

    async def scenario(simulation: Simulation) -> None:
        simulation.process("worker", boot).start()
        simulation.faults(plan)
        await asyncio.sleep(30)

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure
    assert 5.0 < passed[0] < 6.0


def test_a_delay_plan_makes_a_timeout_strike_what_is_never_late_otherwise() -> None:
    async def scenario(simulation: Simulation) -> None:
        simulation.faults(
            DelayPlan(when=FaultTimes(probability=0.2, count_max=10), delay_s=(5.0, 10.0))
        )
        async with asyncio.timeout(3):
            await asyncio.gather(*(asyncio.sleep(0.1 * number) for number in range(10)))

    late = [seed for seed in range(50) if not run(seed, scenario).ok]
    assert len(late) > 0
    failure = run(late[0], scenario).failure
    assert failure is not None
    assert failure.message.startswith("TimeoutError")


def test_later_faults_replace_earlier_ones() -> None:
    async def boot(_life: Life) -> None:
        await asyncio.sleep(3600)

    async def scenario(simulation: Simulation) -> None:
        process = simulation.process("worker", boot)
        process.start()
        simulation.faults(
            CrashPlan(processes=("worker",), when=FaultTimes(probability=1.0, count_max=99))
        )
        simulation.faults()
        await asyncio.sleep(10)
        assert process.epoch == 1

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_plans_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0 to 1, not 1\.5"):
        FaultTimes(probability=1.5)
    with pytest.raises(ValueError, match="counted from 1, not 0"):
        FaultTimes(at_steps=(0,))

    async def scenario(simulation: Simulation) -> None:
        simulation.faults(CrashPlan(processes=("nobody",), when=FaultTimes(probability=0.1)))

    failure = run(1, scenario).failure
    assert failure is not None
    assert "a plan names processes of the run, not ['nobody']" in failure.message
