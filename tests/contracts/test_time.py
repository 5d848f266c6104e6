"""Every clock and sleeper keeps the promises of ports/time.py."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.memory.time import ManualClock, ManualSleeper
from adapters.system.time import SystemClock, SystemSleeper
from ports.time import Clock, Sleeper
from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.ports import VirtualClock, VirtualSleeper

START = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One adapter of the two ports, and how to run a coroutine under it."""

    clock: Clock
    sleeper: Sleeper
    execute: Callable[[Coroutine[Any, Any, None]], None]


def _system() -> Bench:
    return Bench(clock=SystemClock(), sleeper=SystemSleeper(), execute=asyncio.run)


def _manual() -> Bench:
    clock = ManualClock(START)

    async def ticking(work: Coroutine[Any, Any, None]) -> None:
        async with asyncio.timeout(5):
            task = asyncio.create_task(work)
            while not task.done():
                await asyncio.sleep(0)
                clock.advance(0.001)
            await task

    return Bench(
        clock=clock,
        sleeper=ManualSleeper(clock),
        execute=lambda work: asyncio.run(ticking(work)),
    )


def _virtual() -> Bench:
    loop = SimulatedLoop(1)

    def execute(work: Coroutine[Any, Any, None]) -> None:
        try:
            loop.run_until_complete(work)
        finally:
            loop.close()

    return Bench(clock=VirtualClock(loop), sleeper=VirtualSleeper(), execute=execute)


@pytest.fixture(params=[_system, _manual, _virtual], ids=["system", "memory", "simulation"])
def bench(request: pytest.FixtureRequest) -> Bench:
    made: Bench = request.param()
    return made


def test_now_is_aware_and_in_utc(bench: Bench) -> None:
    assert bench.clock.now().utcoffset() == timedelta()


def test_monotonic_never_goes_back(bench: Bench) -> None:
    async def work() -> None:
        seen = []
        for _ in range(50):
            seen.append(bench.clock.monotonic())
            await bench.sleeper.sleep(0)
        assert seen == sorted(seen)

    bench.execute(work())


@pytest.mark.parametrize("seconds", [0.002, 0.01])
def test_a_sleep_lasts_at_least_as_long_as_asked(bench: Bench, seconds: float) -> None:
    async def work() -> None:
        before, before_s = bench.clock.now(), bench.clock.monotonic()
        await bench.sleeper.sleep(seconds)
        # A loop may wake a timer early by its clock's resolution.
        assert bench.clock.monotonic() - before_s >= seconds - 1e-6
        assert bench.clock.now() > before

    bench.execute(work())


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_to_sleep_still_lets_others_run(bench: Bench, seconds: float) -> None:
    async def work() -> None:
        ran = []

        async def other() -> None:
            ran.append(True)

        task = asyncio.create_task(other())
        for _ in range(20):
            await bench.sleeper.sleep(seconds)
        assert ran
        await task

    bench.execute(work())


def test_sleepers_wake_in_the_order_of_their_times(bench: Bench) -> None:
    async def work() -> None:
        woken: list[float] = []

        async def sleep(seconds: float) -> None:
            await bench.sleeper.sleep(seconds)
            woken.append(seconds)

        await asyncio.gather(sleep(0.03), sleep(0.01), sleep(0.02))
        assert woken == [0.01, 0.02, 0.03]

    bench.execute(work())


def test_a_cancelled_sleep_ends(bench: Bench) -> None:
    async def work() -> None:
        task = asyncio.create_task(bench.sleeper.sleep(3600))
        await bench.sleeper.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    bench.execute(work())


def test_a_manual_wall_clock_can_be_set_back_without_touching_spans() -> None:
    clock = ManualClock(START)
    clock.advance(10)
    clock.set_wall(START - timedelta(hours=1))
    assert clock.now() == START - timedelta(hours=1)
    assert clock.monotonic() == 10


def test_a_manual_clock_refuses_naive_times_and_negative_spans() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 2))  # noqa: DTZ001 - what is refused
    clock = ManualClock(START)
    with pytest.raises(ValueError, match="aware"):
        clock.set_wall(datetime(2026, 1, 2))  # noqa: DTZ001 - what is refused
    for seconds in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            clock.advance(seconds)
