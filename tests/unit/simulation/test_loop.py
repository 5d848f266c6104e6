"""asyncio works on the simulated loop, and nothing real does."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator

import pytest

from tests.simulation.virtual_time.failure import FailureKind
from tests.simulation.virtual_time.loop import SimulatedLoop, SimulationFailed
from tests.simulation.virtual_time.refusals import NotSimulated
from tests.simulation.virtual_time.run import Simulation, run

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_time_jumps_to_the_next_timer_only(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        loop = simulation.loop
        for _ in range(10):
            await asyncio.sleep(0)
        assert loop.time() == 0.0
        woken: list[tuple[int, float]] = []

        async def sleep(hours: int) -> None:
            await asyncio.sleep(3600 * hours)
            woken.append((hours, loop.time()))

        await asyncio.gather(sleep(3), sleep(1), sleep(2))
        assert woken == [(1, 3600.0), (2, 7200.0), (3, 10800.0)]

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure
    assert outcome.virtual_s == 10800.0


@pytest.mark.parametrize("seed", SEEDS)
def test_locks_events_conditions_semaphores_and_queues_work(seed: int) -> None:
    async def scenario(_simulation: Simulation) -> None:
        lock, event, gate = asyncio.Lock(), asyncio.Event(), asyncio.Semaphore(2)
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=2)
        inside = most_inside = count = 0

        async def work(number: int) -> None:
            nonlocal inside, most_inside, count
            await event.wait()
            async with gate:
                inside += 1
                most_inside = max(most_inside, inside)
                async with lock:
                    seen = count
                    await asyncio.sleep(0)
                    count = seen + 1
                inside -= 1
            await queue.put(number)

        workers = [asyncio.create_task(work(number)) for number in range(8)]
        event.set()
        got = sorted([await queue.get() for _ in range(8)])
        await asyncio.wait(workers)
        assert got == list(range(8))
        assert count == 8
        assert most_inside <= 2

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure


@pytest.mark.parametrize("seed", SEEDS)
def test_timeouts_cut_off_what_is_late_and_only_that(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await asyncio.sleep(10)
        assert simulation.loop.time() == 1.5
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 1)
        assert simulation.loop.time() == 2.5
        assert await asyncio.wait_for(asyncio.sleep(1, "in time"), 5) == "in time"
        async with asyncio.timeout(5):
            await asyncio.sleep(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(-1):
                await asyncio.sleep(10)
        assert simulation.loop.time() == 4.5

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure
    assert outcome.virtual_s == 4.5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_task_group_cancels_the_others_when_one_fails(seed: int) -> None:
    async def scenario(_simulation: Simulation) -> None:
        ended: list[int] = []

        async def wait(number: int) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                ended.append(number)

        async def fail() -> None:
            await asyncio.sleep(1)
            raise ValueError("one failed")

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(10):
                    group.create_task(wait(number))
                group.create_task(fail())

        with pytest.raises(ExceptionGroup) as caught:
            await all_of_them()
        assert [str(error) for error in caught.value.exceptions] == ["one failed"]
        assert sorted(ended) == list(range(10))

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure
    assert outcome.virtual_s == 1.0


def test_gather_as_completed_shield_and_context_variables_work() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outer")

    async def scenario(_simulation: Simulation) -> None:
        async def after(seconds: float) -> float:
            variable.set(str(seconds))
            await asyncio.sleep(seconds)
            assert variable.get() == str(seconds)
            return seconds

        assert list(await asyncio.gather(after(2), after(1), after(-1))) == [2, 1, -1]
        tasks = [asyncio.create_task(after(seconds)) for seconds in (3, 1, 2)]
        assert [await done for done in asyncio.as_completed(tasks)] == [1, 2, 3]
        inner = asyncio.create_task(after(5))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(inner), 1)
        assert await inner == 5
        assert variable.get() == "outer"

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_an_abandoned_generator_is_finished_by_the_loop() -> None:
    finished: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(1)
            finished.append("numbers")

    async def scenario(_simulation: Simulation) -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(2)
        assert finished == ["numbers"]

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_cancelled_timers_do_not_pile_up_nor_move_time() -> None:
    async def scenario(simulation: Simulation) -> None:
        for _ in range(2_000):
            async with asyncio.timeout(3600):
                await asyncio.sleep(0)
        assert len(simulation.loop._timers) < 200
        await asyncio.sleep(1)

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure
    assert outcome.virtual_s == 1.0


def test_real_input_and_output_are_refused_by_name() -> None:
    async def scenario(simulation: Simulation) -> None:
        with pytest.raises(NotSimulated, match=r"run_in_executor refused.*behind a port"):
            await asyncio.to_thread(print)
        with pytest.raises(NotSimulated, match="create_connection"):
            await asyncio.open_connection("127.0.0.1", 1)
        with pytest.raises(NotSimulated, match="subprocess_exec"):
            await asyncio.create_subprocess_exec("true")
        with pytest.raises(NotSimulated, match="add_signal_handler"):
            simulation.loop.add_signal_handler(15, print)

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_every_method_of_an_event_loop_is_there_or_refuses() -> None:
    unanswered = [
        name
        for name in vars(asyncio.AbstractEventLoop)
        if not name.startswith("_")
        and getattr(SimulatedLoop, name) is getattr(asyncio.AbstractEventLoop, name)
    ]
    assert unanswered == []


def test_another_thread_may_not_schedule() -> None:
    loop = SimulatedLoop()
    raised: list[str] = []

    def intrude() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except RuntimeError as error:
            raised.append(str(error))

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert raised == ["a simulated loop takes callbacks from its own thread only"]


def test_it_serves_as_a_plain_loop() -> None:
    loop = SimulatedLoop(3)
    assert loop.run_until_complete(asyncio.sleep(5, "slept")) == "slept"
    assert loop.time() == 5.0
    loop.call_later(2, loop.stop)
    loop.run_forever()
    assert loop.time() == 7.0
    with pytest.raises(SimulationFailed, match="deadlock"):
        loop.run_until_complete(loop.create_future())
    loop.close()
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        loop.drive(loop.create_future())


def test_an_exception_handler_hears_of_what_nobody_handled() -> None:
    loop = SimulatedLoop()
    heard: list[str] = []
    loop.set_exception_handler(lambda _loop, context: heard.append(str(context["exception"])))
    loop.call_soon(lambda: 1 / 0)
    loop.run_until_complete(asyncio.sleep(1))
    assert heard == ["division by zero"]
    assert loop.failure is None


async def test_it_refuses_to_run_inside_another_loop() -> None:
    outcome: list[str] = []

    async def scenario(_simulation: Simulation) -> None:
        outcome.append("ran")

    with pytest.raises(RuntimeError, match="another running event loop"):
        run(1, scenario)
    assert outcome == []


def test_limits_and_deadlocks_are_failures() -> None:
    async def spin(_simulation: Simulation) -> None:
        while True:  # noqa: ASYNC110 - it is meant to spin
            await asyncio.sleep(0)

    async def poll(_simulation: Simulation) -> None:
        while True:  # noqa: ASYNC110 - it is meant to poll
            await asyncio.sleep(10)

    async def hang(_simulation: Simulation) -> None:
        await asyncio.create_task(asyncio.Event().wait(), name="the waiter")

    spun = run(1, spin, max_steps=500)
    assert spun.failure is not None
    assert (spun.failure.kind, spun.steps) == (FailureKind.LIVELOCK, 500)
    polled = run(1, poll, max_virtual_s=95)
    assert polled.failure is not None
    assert (polled.failure.kind, polled.virtual_s) == (FailureKind.OVERTIME, 90.0)
    hung = run(1, hang)
    assert hung.failure is not None
    assert hung.failure.kind is FailureKind.DEADLOCK
    assert "the waiter Event.wait" in hung.failure.message
