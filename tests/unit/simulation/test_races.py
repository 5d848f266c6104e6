"""A shuffled order finds what the usual order hides, and invariants stop it at the step."""

import asyncio
import functools

import pytest

from tests.simulation.virtual_time.failure import FailureKind, Outcome
from tests.simulation.virtual_time.run import Simulation, run
from tests.simulation.virtual_time.strategies import Fifo, Priorities, StrategyMaker, Uniform


async def racy_counter(_simulation: Simulation) -> None:
    """Lose an increment when two others come between a read and its write."""
    count = 0
    started = asyncio.Event()

    async def add(pauses: int) -> None:
        nonlocal count
        await started.wait()
        for _ in range(pauses):
            await asyncio.sleep(0)
        seen = count
        await asyncio.sleep(0)
        count = seen + 1

    # In first-in first-out order the two never overlap.
    tasks = [asyncio.create_task(add(0)), asyncio.create_task(add(5))]
    started.set()
    await asyncio.wait(tasks)
    assert count == 2, f"an increment was lost: {count}"


def outcomes(*, seeds: int, strategy: StrategyMaker) -> list[Outcome]:
    return [run(seed, racy_counter, strategy=strategy) for seed in range(seeds)]


def test_the_usual_order_hides_the_race() -> None:
    assert all(outcome.ok for outcome in outcomes(seeds=50, strategy=Fifo))


@pytest.mark.parametrize(
    "strategy", [Uniform, functools.partial(Priorities, changes=3, within_steps=20)]
)
def test_a_seeded_order_finds_the_race_and_its_seed_repeats_it(strategy: StrategyMaker) -> None:
    failed = [outcome for outcome in outcomes(seeds=100, strategy=strategy) if not outcome.ok]
    assert failed
    first = failed[0]
    assert first.failure is not None
    assert first.failure.kind is FailureKind.SCENARIO
    assert "an increment was lost: 1" in first.failure.message
    assert run(first.seed, racy_counter, strategy=strategy) == first


def test_an_invariant_fails_the_run_at_the_step_that_broke_it() -> None:
    async def scenario(simulation: Simulation) -> None:
        balance = 100
        others = 0

        def never_negative() -> None:
            assert balance >= 0, f"balance is {balance}"

        def others_seen() -> None:
            nonlocal others
            others += 1

        simulation.invariant(never_negative)
        simulation.invariant(others_seen)
        for _ in range(5):
            await asyncio.sleep(1)
            balance -= 30
        raise AssertionError(f"not reached, {others} checks")

    outcome = run(1, scenario)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.INVARIANT
    assert outcome.failure.message.splitlines()[0] == "AssertionError: balance is -20"
    assert (outcome.failure.step, outcome.failure.virtual_s) == (outcome.steps, 4.0)
    assert "never_negative" in outcome.failure.details
    assert str(outcome.failure).startswith(f"invariant at step {outcome.steps} (4.000000 s): ")


def test_an_exception_nobody_awaits_fails_the_run() -> None:
    async def fail() -> None:
        raise ValueError("lost in the background")

    async def in_a_task(_simulation: Simulation) -> None:
        # Nobody holds the task: that is the point.
        asyncio.create_task(fail())  # noqa: RUF006
        await asyncio.sleep(1)

    async def in_a_callback(simulation: Simulation) -> None:
        simulation.loop.call_soon(int, "no number")
        await asyncio.sleep(1)

    for scenario, said in ((in_a_task, "lost in the background"), (in_a_callback, "no number")):
        outcome = run(1, scenario)
        assert outcome.failure is not None
        assert outcome.failure.kind is FailureKind.UNHANDLED
        assert said in outcome.failure.message


def test_a_scenario_that_raises_or_is_cancelled_fails_the_run() -> None:
    async def raising(_simulation: Simulation) -> None:
        raise LookupError("no such account")

    async def cancelled(_simulation: Simulation) -> None:
        raise asyncio.CancelledError

    raised = run(1, raising).failure
    assert raised is not None
    assert (raised.kind, raised.message) == (
        FailureKind.SCENARIO,
        "LookupError: no such account",
    )
    stopped = run(1, cancelled).failure
    assert stopped is not None
    assert stopped.message == "the scenario was cancelled"
