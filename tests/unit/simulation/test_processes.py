"""A crashed process never runs again, and only that process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.simulation.virtual_time.failure import FailureKind
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.run import Simulation, run

SEEDS = range(30)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_runs_no_finally_and_no_timer_before_the_end_of_the_run(seed: int) -> None:
    ran: list[str] = []
    ran_in_time: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(100):
                yield number
                await asyncio.sleep(1)
        finally:
            ran.append("generator finally")

    async def child() -> None:
        try:
            async for _ in numbers():
                pass
        except BaseException:
            ran.append("child except")
            raise
        finally:
            ran.append("child finally")

    async def boot(_life: Life) -> None:
        asyncio.get_running_loop().call_later(5, ran.append, "timer")
        task = asyncio.create_task(child())
        task.add_done_callback(lambda _task: ran.append("callback"))
        try:
            await task
        finally:
            ran.append("main finally")

    async def scenario(simulation: Simulation) -> None:
        process = simulation.process("api", boot)
        process.start()
        await asyncio.sleep(2.5)
        process.crash()
        process.crash()
        assert not process.alive
        await asyncio.sleep(60)
        ran_in_time.extend(ran)

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure
    assert ran_in_time == []
    # Closed afterwards, silently, so that nothing leaks into the next run.
    assert {"child finally", "main finally"} <= set(ran)
    assert "timer" not in ran
    assert "callback" not in ran


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_stops_what_is_ready_and_frees_time_of_its_timers(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        ran: list[str] = []

        async def spin() -> None:
            while True:
                await asyncio.sleep(0)
                ran.append(process.name)

        async def boot(_life: Life) -> None:
            asyncio.get_running_loop().call_later(3600, ran.append, "late")
            await asyncio.gather(spin(), spin(), spin())

        process = simulation.process("busy", boot)
        process.start()
        for _ in range(20):
            await asyncio.sleep(0)
        process.crash()
        spun = len(ran)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(ran) == spun > 0
        await asyncio.Event().wait()

    failure = run(seed, scenario).failure
    assert failure is not None
    assert (failure.kind, failure.virtual_s) == (FailureKind.DEADLOCK, 0.0)


def test_a_dead_process_ignores_what_the_living_do_for_it() -> None:
    async def scenario(simulation: Simulation) -> None:
        promise = simulation.loop.create_future()
        reached: list[Life] = []

        async def boot(life: Life) -> None:
            await promise
            reached.append(life)

        dead, alive = simulation.process("dead", boot), simulation.process("alive", boot)
        dead_life, alive_life = dead.start(), alive.start()
        await asyncio.sleep(1)
        dead.crash()
        promise.set_result(None)
        await asyncio.sleep(1)
        assert reached == [alive_life]
        assert not dead_life.alive

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_leftovers_of_a_dead_life_know_that_they_are_dead() -> None:
    async def scenario(simulation: Simulation) -> None:
        lives: list[Life] = []
        seen: list[tuple[int, bool]] = []
        written: list[str] = []

        def write(text: str) -> None:
            if simulation.loop.caller().alive:
                written.append(text)

        async def boot(life: Life) -> None:
            lives.append(life)
            assert simulation.loop.caller() is life
            if life.epoch == 1:
                # Killed by its own hand: the rest of this step still runs, fenced.
                write("before")
                process.crash()
                write("after")
                asyncio.create_task(asyncio.sleep(0))  # noqa: RUF006 - nobody holds it: it is fenced
                asyncio.get_running_loop().call_later(0, write, "later")
                await asyncio.sleep(0)
                seen.append((life.epoch, life.alive))
            await asyncio.sleep(10)

        process = simulation.process("api", boot)
        process.start()
        await asyncio.sleep(1)
        second = process.start()
        await asyncio.sleep(1)
        assert simulation.loop.caller() is simulation.loop.root
        assert written == ["before"]
        assert seen == []
        assert [str(life) for life in lives] == ["api#1", "api#2"]
        assert [life.alive for life in lives] == [False, True]
        assert second is lives[1]
        assert process.epoch == 2

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_death_is_told_to_those_who_asked_and_only_once() -> None:
    async def scenario(simulation: Simulation) -> None:
        told: list[str] = []

        async def boot(life: Life) -> None:
            life.on_death(lambda: told.append("released"))

            def taken_back() -> None:
                told.append("taken back")

            life.on_death(taken_back)
            life.forget(taken_back)
            await asyncio.sleep(3600)

        process = simulation.process("api", boot)
        life = process.start()
        await asyncio.sleep(1)
        waiter = asyncio.create_task(process.ended())
        await asyncio.sleep(1)
        process.crash()
        assert told == ["released"]
        await waiter
        await process.ended()
        life.on_death(lambda: told.append("at once"))
        assert told == ["released", "at once"]

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


@pytest.mark.parametrize("seed", SEEDS)
def test_restart_begins_a_new_life_and_leaves_nothing_of_the_old(seed: int) -> None:
    async def scenario(simulation: Simulation) -> None:
        beats: list[int] = []

        async def boot(life: Life) -> None:
            while True:
                beats.append(life.epoch)
                await asyncio.sleep(1)

        process = simulation.process("api", boot)
        process.start()
        with pytest.raises(RuntimeError, match="api is running"):
            process.start()
        await asyncio.sleep(2.5)
        process.restart()
        await asyncio.sleep(2.5)
        assert beats == [1, 1, 1, 2, 2, 2]
        with pytest.raises(ValueError, match="named api already"):
            simulation.process("api", boot)

    outcome = run(seed, scenario)
    assert outcome.ok, outcome.failure


def test_a_process_that_returns_ends_with_all_it_spawned() -> None:
    async def scenario(simulation: Simulation) -> None:
        beats: list[int] = []

        async def beat() -> None:
            while True:
                beats.append(1)
                await asyncio.sleep(1)

        async def boot(_life: Life) -> None:
            asyncio.create_task(beat())  # noqa: RUF006 - nobody holds it: it is fenced
            await asyncio.sleep(2.5)

        process = simulation.process("job", boot)
        process.start()
        await process.ended()
        await asyncio.sleep(10)
        assert beats == [1, 1, 1]
        assert not process.alive

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_terminate_lets_the_process_clean_up() -> None:
    async def scenario(simulation: Simulation) -> None:
        said: list[str] = []

        async def boot(_life: Life) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(1)
                said.append("cleaned up")

        process = simulation.process("api", boot)
        process.start()
        await asyncio.sleep(1)
        process.terminate()
        await process.ended()
        assert said == ["cleaned up"]
        assert simulation.loop.time() == 2.0

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure


def test_a_process_that_raises_fails_the_run() -> None:
    async def boot(_life: Life) -> None:
        await asyncio.sleep(1)
        raise OSError("no such table")

    async def scenario(simulation: Simulation) -> None:
        simulation.process("api", boot).start()
        await asyncio.sleep(10)

    failure = run(1, scenario).failure
    assert failure is not None
    assert failure.kind is FailureKind.UNHANDLED
    assert failure.message == "process api#1 died of OSError: no such table"


def test_remains_that_refuse_to_close_do_not_spoil_the_run() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(1)
            except BaseException:  # noqa: BLE001 - it is stubborn
                with contextlib.suppress(BaseException):
                    await asyncio.sleep(1)
                return

    async def boot(_life: Life) -> None:
        try:
            await stubborn()
        finally:
            asyncio.create_task(asyncio.sleep(1))  # noqa: RUF006 - nobody holds it: it is fenced
            raise RuntimeError("said in closing")

    async def scenario(simulation: Simulation) -> None:
        process = simulation.process("api", boot)
        process.start()
        await asyncio.sleep(0.5)
        process.crash()
        await asyncio.sleep(5)

    outcome = run(1, scenario)
    assert outcome.ok, outcome.failure
