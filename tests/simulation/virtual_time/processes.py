"""Start, crash, pause and restart simulated processes."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from tests.simulation.virtual_time.failure import FailureKind
from tests.simulation.virtual_time.handles import SimulatedTask
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.loop import SimulatedLoop

Boot = Callable[[Life], Coroutine[Any, Any, None]]


class SimulatedProcess:
    """A process that can die at any step and be started again.

    boot is its main function: it builds the process anew, from nothing but durable stores,
    and runs until the process ends; when it returns, the life is over and what it spawned
    with it, as at the exit of a program. What it raises fails the run. All tasks, timers and
    callbacks that come of it belong to the process.

    A crash is a SIGKILL: from the next step on nothing of the process runs, no finally clause,
    no cancellation. What several processes share outlives them: it must not rely on a caller
    that waits or holds a lock to go on, but ask `Life.alive` and `Life.on_death`.
    """

    def __init__(self, loop: SimulatedLoop, *, name: str, boot: Boot) -> None:
        self.name = name
        self.life: Life | None = None
        self._loop = loop
        self._boot = boot
        self._main: SimulatedTask[None] | None = None
        self._epoch = 0

    @property
    def alive(self) -> bool:
        """Tell whether a life of the process runs (or is paused)."""
        return self.life is not None and self.life.alive

    @property
    def epoch(self) -> int:
        """Return which life this is: 0 before the first."""
        return self._epoch

    def start(self) -> Life:
        """Begin a new life; raises RuntimeError while the one before is alive."""
        if self.alive:
            raise RuntimeError(f"process {self.name} is running: crash or end it first")
        self._epoch += 1
        self._loop.note(f"start {self.name}#{self._epoch}")
        life = self._loop.new_life(name=self.name, epoch=self._epoch)
        self.life = life
        main = self._loop.create_task(self._boot(life), name=str(life), context=life.context.copy())
        main.add_done_callback(
            functools.partial(self._ended, life), context=self._loop.root.context.copy()
        )
        self._main = main
        return life

    def crash(self) -> None:
        """Kill the process at once; without effect when it is not running."""
        if self.life is not None and self.life.alive:
            self._loop.note(f"crash {self.life}")
            self._loop.end_life(self.life)

    def restart(self) -> Life:
        """Crash the process if it runs, and start it."""
        self.crash()
        return self.start()

    def terminate(self) -> None:
        """Ask the process to end, as SIGTERM: its main function is cancelled."""
        if self.alive and self._main is not None:
            self._main.cancel()

    def pause(self, seconds: float) -> None:
        """Stop the process for so long, as SIGSTOP: time passes, nothing of it runs."""
        if self.life is not None and self.life.alive:
            self._loop.note(f"pause {self.life}")
            self._loop.pause_life(self.life, seconds=seconds)

    async def ended(self) -> None:
        """Return once the current life, if any, is over; to be awaited from outside of it."""
        if self.life is None or not self.life.alive:
            return
        over = asyncio.Event()
        self.life.on_death(over.set)
        await over.wait()

    def _ended(self, life: Life, main: "asyncio.Task[None]") -> None:
        error = None if main.cancelled() else main.exception()
        if error is not None and life.alive:
            self._loop.fail(
                FailureKind.UNHANDLED,
                f"process {life} died of {type(error).__name__}: {error}",
                error,
            )
        self._loop.end_life(life)

    def __repr__(self) -> str:
        return f"<SimulatedProcess {self.name} epoch={self._epoch} alive={self.alive}>"
