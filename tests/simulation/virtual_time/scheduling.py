"""Take in callbacks, timers, futures and tasks: the half of the loop that asyncio calls."""

import contextvars
import heapq
import random
import threading
import zlib
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from tests.simulation.virtual_time.handles import SimulatedFuture, SimulatedHandle, SimulatedTask
from tests.simulation.virtual_time.life import Life, life_variable
from tests.simulation.virtual_time.refusals import RefusingLoop

T = TypeVar("T")

# FNV-1a over the numbers of the callbacks run, and over what was noted.
TRACE_START = 0xCBF29CE484222325
TRACE_PRIME = 0x100000001B3
TRACE_MASK = (1 << 64) - 1
# Cancelled timers are passed over lazily; the heap is rebuilt when this many fill half of it.
_CANCELLED_TIMERS_MIN = 64
_TASKS_MIN = 64


class SchedulingLoop(RefusingLoop):
    """Virtual time, the ready list and the timer heap."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._thread_id = threading.get_ident()
        self._now = 0.0
        self._number = 0
        self._trace = TRACE_START
        self._names: dict[str, int] = {}
        self._ready: list[SimulatedHandle] = []
        self._timers: list[tuple[float, int, SimulatedHandle]] = []
        self._cancelled_timers = 0
        # Handles of the dead: kept, never run, so that nothing they hold is finalised early.
        self._grave: list[SimulatedHandle] = []
        self._tasks: list[SimulatedTask[Any]] = []
        self._tasks_limit = _TASKS_MIN
        self._life_of_code = life_variable()
        self.lives: list[Life] = []
        self.root = self.new_life(name="scenario", epoch=1)

    # Time

    def time(self) -> float:
        """Return the virtual seconds since the start of the run."""
        return self._now

    def next_number(self) -> int:
        """Return a number never returned before in this run."""
        self._number += 1
        return self._number

    # Chance and trace

    def source(self, label: str) -> random.Random:
        """Return a random source of its own for a label, the same for the same seed."""
        return random.Random(f"{self.seed}/{label}")

    def note(self, text: str) -> None:
        """Fold a fact of the run into its trace hash, so that runs that differ in it differ."""
        self._trace = ((self._trace ^ zlib.crc32(text.encode())) * TRACE_PRIME) & TRACE_MASK

    def trace_hash(self) -> str:
        """Return the hash of every step and noted fact so far, as 16 hexadecimal digits."""
        return f"{self._trace:016x}"

    # Lives

    def new_life(self, *, name: str, epoch: int) -> Life:
        """Begin a life of a process."""
        life = Life(name=name, epoch=epoch, queue=self._ready)
        self.lives.append(life)
        return life

    def caller(self) -> Life:
        """Return the life that the running code belongs to; the scenario's outside of any."""
        return self._life_of_code.get(self.root)

    # Callbacks

    def call_soon(  # type: ignore[override]  # its handle is ours
        self,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> SimulatedHandle:
        """Make a callback ready; when it runs among the ready ones is the strategy's choice."""
        if context is None:
            context = contextvars.copy_context()
        life = context.get(self._life_of_code, self.root)
        self._number = number = self._number + 1
        handle = SimulatedHandle(callback, args, self, context, life, number, self._now)
        life.queue.append(handle)
        return handle

    def call_soon_threadsafe(  # type: ignore[override]  # its handle is ours
        self,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> SimulatedHandle:
        """Make a callback ready; refused from any thread but the simulation's own."""
        if threading.get_ident() != self._thread_id:
            raise RuntimeError("a simulated loop takes callbacks from its own thread only")
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]  # its handle is ours
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> SimulatedHandle:
        """Make a callback ready after that many virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # its handle is ours
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> SimulatedHandle:
        """Make a callback ready at a virtual time; timers of one time become ready together."""
        if when != when:
            raise ValueError("a timer's time must be a number, not NaN")
        if context is None:
            context = contextvars.copy_context()
        life = context.get(self._life_of_code, self.root)
        self._number = number = self._number + 1
        handle = SimulatedHandle(callback, args, self, context, life, number, when)
        if life.alive:
            handle.in_timers = True
            heapq.heappush(self._timers, (when, number, handle))
        else:
            self._grave.append(handle)
        return handle

    def timer_cancelled(self) -> None:
        """Count a cancelled timer and rebuild the heap when half of it is cancelled."""
        self._cancelled_timers = cancelled = self._cancelled_timers + 1
        if cancelled > _CANCELLED_TIMERS_MIN and cancelled * 2 > len(self._timers):
            self._timers[:] = [timer for timer in self._timers if not timer[2].cancelled()]
            heapq.heapify(self._timers)
            self._cancelled_timers = 0

    # Futures and tasks

    def create_future(self) -> SimulatedFuture[Any]:
        """Return a future of this loop."""
        return SimulatedFuture(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: contextvars.Context | None = None,
    ) -> SimulatedTask[T]:
        """Return a task of the caller's life, with a name that is the same in every run."""
        kind = getattr(coro, "__qualname__", "?")
        known = self._names.get(kind)
        if known is None:
            known = self._names[kind] = zlib.crc32(kind.encode())
        self._trace = ((self._trace ^ known) * TRACE_PRIME) & TRACE_MASK
        if name is None:
            name = f"task-{self._number}"
        task = SimulatedTask(coro, loop=self, name=str(name), context=context)
        life = self._life_of_code
        task.life = life.get(self.root) if context is None else context.get(life, self.root)
        if len(self._tasks) >= self._tasks_limit:
            self._drop_done_tasks()
        self._tasks.append(task)
        return task

    def _drop_done_tasks(self) -> None:
        self._tasks[:] = [task for task in self._tasks if not task.done()]
        self._tasks_limit = max(_TASKS_MIN, 2 * len(self._tasks))

    def set_task_factory(self, factory: Any) -> None:
        """Refuse any factory: tasks must be the simulation's own."""
        if factory is not None:
            raise RuntimeError("a simulated loop makes its own tasks; it takes no task factory")

    def get_task_factory(self) -> None:
        """Return None: there is no factory."""
        return

    def get_debug(self) -> bool:
        """Return False: debug mode would slow every step."""
        return False

    def set_debug(self, enabled: bool) -> None:
        """Refuse debug mode."""
        if enabled:
            raise RuntimeError("a simulated loop has no debug mode; replay the seed with on_step")
