"""Keep background tasks alive, and never let one die unseen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ports.commands import TransportUnavailable
from ports.health import ComponentState
from ports.storage import StorageUnavailable
from ports.streams import StreamUnavailable

log = structlog.get_logger(__name__)

Run = Callable[[], Awaitable[None]]
AWAY = (StorageUnavailable, StreamUnavailable, TransportUnavailable)


class Board(Protocol):
    """Where it is told how each task is."""

    def declare(self, name: str, *, required: bool = True) -> None: ...

    def set(self, name: str, state: ComponentState, *, detail: str = "") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How long a restarted task must live to count as up, and how long restarts wait."""

    settle_s: float = 1.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Runs named tasks: one that fails is logged, unready, and started again after a wait."""

    health: Board
    on_restart: Callable[[str], None]
    restart_policy: RestartPolicy = field(default_factory=RestartPolicy)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(
        self,
        name: str,
        run: Run,
        *,
        required: bool = True,
        may_end: bool = False,
        longest_wait_s: float | None = None,
    ) -> None:
        """Start a task. may_end: that it returns is no failure, for its work can be done.

        longest_wait_s is how long its restarts wait at most, where that is less than usual.
        """
        self.health.declare(name, required=required)
        longest_s = self.restart_policy.longest_wait_s
        if longest_wait_s is not None:
            longest_s = min(longest_s, longest_wait_s)
        keep = self._keep(name, run, may_end=may_end, longest_s=longest_s)
        self._tasks[name] = asyncio.create_task(keep, name=name)

    async def join(self, name: str, *, timeout_s: float) -> bool:
        """Wait for a task that was asked to end; tell whether it did in time."""
        done, _ = await asyncio.wait({self._tasks[name]}, timeout=timeout_s)
        return bool(done)

    async def stop(self, *, timeout_s: float) -> None:
        """Cancel all tasks, the latest first, and wait for their end."""
        tasks = list(reversed(self._tasks.values()))
        for task in tasks:
            task.cancel()
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=timeout_s)
            for task in stuck:
                log.error("task.stuck", task=task.get_name())
        self._tasks.clear()

    async def _keep(self, name: str, run: Run, *, may_end: bool, longest_s: float) -> None:
        wait_s = self.restart_policy.first_wait_s
        failed_before = False
        while True:
            task = asyncio.ensure_future(_called(run))
            try:
                if not failed_before or not await self._ends_early(task):
                    self.health.set(name, ComponentState.UP)
                    failed_before, wait_s = False, self.restart_policy.first_wait_s
                await asyncio.shield(task)
            except asyncio.CancelledError:
                own = asyncio.current_task()
                if own is not None and own.cancelling():
                    # It is we who are stopped: pass it on and wait, so that nothing is torn.
                    await _cancelled(task)
                    self.health.set(name, ComponentState.STOPPED)
                    raise
                self._down(name, problem="was cancelled from within")
            # Whatever it was, the others go on, and it is told, counted and tried again.
            except Exception as problem:  # noqa: BLE001
                self._down(name, problem=f"{type(problem).__name__}: {problem}", error=problem)
            else:
                if may_end:
                    self.health.set(name, ComponentState.UP, detail="finished")
                    return
                self._down(name, problem="ended although it never should")
            failed_before = True
            self.on_restart(name)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, longest_s)

    async def _ends_early(self, task: "asyncio.Future[None]") -> bool:
        done, _ = await asyncio.wait({task}, timeout=self.restart_policy.settle_s)
        return bool(done)

    def _down(self, name: str, *, problem: str, error: Exception | None = None) -> None:
        self.health.set(name, ComponentState.DOWN, detail=problem)
        # A server that is away says so by itself: where in our code, is no news.
        trace = None if isinstance(error, AWAY) else error
        log.error("task.failed", task=name, problem=problem, exc_info=trace)


async def _called(run: Run) -> None:
    await run()


async def _cancelled(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is not None:
        log.error("task.failed_at_stop", problem=repr(task.exception()))
