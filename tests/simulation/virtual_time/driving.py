"""Run what is ready, one step at a time, under virtual time: the half that drives."""

import asyncio
import heapq
import sys
import traceback
import weakref
from asyncio import events
from collections.abc import AsyncGenerator, Callable
from typing import Any

from tests.simulation.virtual_time.failure import Failure, FailureKind
from tests.simulation.virtual_time.handles import SimulatedHandle
from tests.simulation.virtual_time.life import Life
from tests.simulation.virtual_time.scheduling import TRACE_MASK, TRACE_PRIME, SchedulingLoop
from tests.simulation.virtual_time.strategies import StrategyMaker

NEVER = sys.maxsize
StepHook = Callable[[], None]
Observer = Callable[[int, float, SimulatedHandle], None]


class DrivingLoop(SchedulingLoop):
    """The steps, the jumps of time, the failures and the ends of lives."""

    def __init__(self, seed: int, strategy: StrategyMaker) -> None:
        super().__init__(seed)
        self._choose = strategy(self.source("strategy")).choose
        self.steps = 0
        self.failure: Failure | None = None
        self.after_step: StepHook | None = None
        self.on_step: Observer | None = None
        # What faults.py asks to be called at a step boundary, and from which step on.
        self.fault_step = NEVER
        self.on_fault: Callable[[Life], None] = _no_fault
        self._generators: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()
        self._running = False
        self._stopping = False
        self._closed = False

    # Driving

    def drive(
        self, main: "asyncio.Future[Any]", *, max_steps: int = NEVER, max_virtual_s: float = 1e9
    ) -> None:
        """Run steps until main is done, something failed, `stop` was called or a limit is met."""
        if self._closed:
            raise RuntimeError("this simulated loop is closed: make a new one for each run")
        self._enter()
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._generators.add, finalizer=self._finish_generator)
        try:
            self._step_until_over(main, max_steps, max_virtual_s)
        finally:
            sys.set_asyncgen_hooks(*hooks)
            self._leave()

    def _step_until_over(
        self, main: "asyncio.Future[Any]", max_steps: int, max_virtual_s: float
    ) -> None:
        ready, choose, done = self._ready, self._choose, main.done
        while not done() and self.failure is None and not self._stopping:
            if not ready:
                self._jump(max_virtual_s)
                continue
            index = choose(ready)
            handle = ready[index]
            last = ready.pop()
            if last is not handle:
                ready[index] = last
            if handle._cancelled:
                continue
            if self.steps >= max_steps:
                self.fail(FailureKind.LIVELOCK, f"not done after {max_steps} steps")
                return
            self.steps += 1
            self._trace = ((self._trace ^ handle.number) * TRACE_PRIME) & TRACE_MASK
            if self.on_step is not None:
                self.on_step(self.steps, self._now, handle)
            life = handle.life
            life.steps += 1
            try:
                handle._context.run(handle._callback, *handle._args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:  # noqa: BLE001 - as asyncio's own loop does
                self.call_exception_handler(
                    {"message": f"callback {handle.label()} raised", "exception": error}
                )
            if self.steps >= self.fault_step:
                self.on_fault(life)
            if self.after_step is not None:
                try:
                    self.after_step()
                except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
                    self.fail(FailureKind.INVARIANT, told(error), error)

    def _jump(self, max_virtual_s: float) -> None:
        """Move time to the next timer and make ready what is due then."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
            self._cancelled_timers -= 1
        if not timers:
            self.fail(FailureKind.DEADLOCK, f"nothing will ever run again; {self._waiting()}")
            return
        when = timers[0][0]
        if when > max_virtual_s:
            self.fail(FailureKind.OVERTIME, f"not done after {max_virtual_s} virtual seconds")
            return
        self._now = max(self._now, when)
        while timers and timers[0][0] <= self._now:
            handle = heapq.heappop(timers)[2]
            handle.in_timers = False
            if handle._cancelled:
                self._cancelled_timers -= 1
            else:
                handle.life.queue.append(handle)

    def _waiting(self) -> str:
        """Say which tasks of the living wait."""
        waiting = [
            f"{task.get_name()} {getattr(task.get_coro(), '__qualname__', '?')}"
            for task in self._tasks
            if not task.done() and task.life.alive
        ]
        return "waiting: " + (", ".join(waiting[:20]) or "no task")

    def fail(self, kind: FailureKind, message: str, error: BaseException | None = None) -> None:
        """End the run after this step; only the first failure counts."""
        if self.failure is None:
            details = "" if error is None else "".join(traceback.format_exception(error))
            self.failure = Failure(
                kind=kind, step=self.steps, virtual_s=self._now, message=message, details=details
            )

    # Faults

    def end_life(self, life: Life) -> None:
        """Let nothing of a life ever run again: no finally, no cancellation, no timer."""
        if not life.alive:
            return
        for handle in life.queue:
            if handle.life is life:
                self._grave.append(handle)
        callbacks = life.end(grave=self._grave)
        self._ready[:] = [handle for handle in self._ready if handle.life is not life]
        kept = []
        for timer in self._timers:
            if timer[2].life is life:
                timer[2].in_timers = False
                self._grave.append(timer[2])
            else:
                kept.append(timer)
        self._timers[:] = kept
        heapq.heapify(self._timers)
        self._cancelled_timers = sum(timer[2]._cancelled for timer in kept)
        for callback in callbacks:
            try:
                self.root.context.copy().run(callback)
            except Exception as error:  # noqa: BLE001 - a store's fault, not the loop's
                self.fail(FailureKind.UNHANDLED, f"on_death of {life}: {told(error)}", error)

    def pause_life(self, life: Life, *, seconds: float) -> None:
        """Let nothing of a life run for so long, as SIGSTOP or a long collection would."""
        if not life.alive or life.queue is not self._ready:
            return
        life.queue = [handle for handle in self._ready if handle.life is life]
        self._ready[:] = [handle for handle in self._ready if handle.life is not life]
        self.call_later(seconds, self._resume, life, context=self.root.context.copy())

    def _resume(self, life: Life) -> None:
        if life.alive:
            held, life.queue = life.queue, self._ready
            self._ready.extend(held)

    def delay_one(self, *, index: int, seconds: float) -> None:
        """Hold one ready callback back for so long."""
        handle = self._ready.pop(index)
        if handle.cancelled():
            return
        handle._when = self._now + seconds
        handle.in_timers = True
        heapq.heappush(self._timers, (handle._when, handle.number, handle))

    @property
    def ready_count(self) -> int:
        """Return how many callbacks are ready."""
        return len(self._ready)

    def _enter(self) -> None:
        refuse_inside_a_loop()
        events._set_running_loop(self)
        self._running = True
        self._stopping = False

    def _leave(self) -> None:
        events._set_running_loop(None)
        self._running = False

    def _finish_generator(self, generator: AsyncGenerator[Any, Any]) -> None:
        self._generators.discard(generator)
        self.create_task(generator.aclose())


def _no_fault(_life: Life) -> None:
    """Inject nothing."""


def refuse_inside_a_loop() -> None:
    """Raise RuntimeError when an event loop runs in this thread already."""
    if events._get_running_loop() is not None:
        raise RuntimeError("a simulated loop cannot run inside another running event loop")


def told(error: BaseException) -> str:
    """Return an exception as one line."""
    return f"{type(error).__name__}: {error}"
