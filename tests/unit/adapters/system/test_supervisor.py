"""A background task that fails is seen, makes the process unready, and comes back."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from adapters.memory.time import ManualClock
from adapters.system.supervisor import RestartPolicy, Supervisor
from adapters.telemetry.health import HealthBoard
from ports.health import ComponentState
from tests.waiting import eventually

QUICK = RestartPolicy(settle_s=0.01, first_wait_s=0.001, longest_wait_s=0.004)


class Watched:
    """A supervisor over one task, and what it told."""

    def __init__(self) -> None:
        self.health = HealthBoard(clock=ManualClock(datetime(2026, 1, 2, tzinfo=UTC)))
        self.restarts: list[str] = []
        self.supervisor = Supervisor(
            health=self.health, on_restart=self.restarts.append, restart_policy=QUICK
        )

    @property
    def state(self) -> ComponentState:
        (component,) = self.health.components()
        return component.state

    async def until(self, state: ComponentState) -> str:
        await eventually(lambda: self.state is state)
        return self.health.components()[0].detail


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep logs unrendered: the default renderer draws every local of a traceback."""
    with capture_logs():
        yield


@pytest.fixture
def watched() -> Watched:
    return Watched()


async def test_a_running_task_is_up_and_stops_when_told(watched: Watched) -> None:
    ended: list[str] = []

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    watched.supervisor.start("task", run)
    assert not watched.health.is_ready()
    await watched.until(ComponentState.UP)
    assert watched.health.is_ready()
    await watched.supervisor.stop(timeout_s=1)
    assert ended == ["cleaned up"]
    assert watched.state is ComponentState.STOPPED
    assert watched.restarts == []


async def test_a_failing_task_is_down_until_it_stays_alive_again(watched: Watched) -> None:
    lives = 0

    async def run() -> None:
        nonlocal lives
        lives += 1
        if lives < 4:
            raise ConnectionError("no broker")
        await asyncio.Event().wait()

    watched.supervisor.start("task", run)
    detail = await watched.until(ComponentState.DOWN)
    assert detail == "ConnectionError: no broker"
    assert not watched.health.is_ready()
    await watched.until(ComponentState.UP)
    assert lives == 4
    assert watched.restarts == ["task"] * 3
    await watched.supervisor.stop(timeout_s=1)


@pytest.mark.parametrize("error", [None, asyncio.CancelledError()])
async def test_a_task_that_just_ends_is_a_failure_too(
    watched: Watched, error: BaseException | None
) -> None:
    async def run() -> None:
        await asyncio.sleep(0)
        if error is not None:
            raise error

    watched.supervisor.start("task", run)
    detail = await watched.until(ComponentState.DOWN)
    assert detail in ("ended although it never should", "was cancelled from within")
    await watched.supervisor.stop(timeout_s=1)
    assert len(watched.restarts) >= 1


async def test_a_task_that_may_end_stays_up(watched: Watched) -> None:
    async def run() -> None:
        await asyncio.sleep(0)

    watched.supervisor.start("task", run, may_end=True)
    assert await watched.supervisor.join("task", timeout_s=1)
    assert watched.state is ComponentState.UP
    assert watched.health.is_ready()


async def test_an_optional_task_that_fails_leaves_the_process_ready(watched: Watched) -> None:
    async def run() -> None:
        raise RuntimeError("x")

    watched.health.declare("other")
    watched.health.set("other", ComponentState.UP)
    watched.supervisor.start("task", run, required=False)
    await eventually(lambda: bool(watched.restarts))
    assert watched.health.is_ready()
    await watched.supervisor.stop(timeout_s=1)


async def test_one_failure_leaves_the_others_running(watched: Watched) -> None:
    ticks = 0

    async def fail() -> None:
        raise RuntimeError("x")

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    watched.supervisor.start("bad", fail)
    watched.supervisor.start("good", tick)
    await eventually(lambda: ticks >= 20)
    assert watched.restarts
    await watched.supervisor.stop(timeout_s=1)
