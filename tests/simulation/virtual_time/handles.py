"""Hold what the loop runs: handles that know their process, tasks with a steady hash."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol, TypeVar

from tests.simulation.virtual_time.life import Life

T = TypeVar("T")


class NumberGiver(Protocol):
    """What gives out ascending numbers and counts timers that were cancelled."""

    def next_number(self) -> int:
        """Return a number never returned before."""
        ...

    def timer_cancelled(self) -> None:
        """Note that a handle in the timer heap will not run."""
        ...


class SimulatedHandle(asyncio.TimerHandle):
    """One callback, due at once or at a time, that belongs to one life of a process."""

    __slots__ = ("in_timers", "life", "number")

    _args: tuple[Any, ...]
    _callback: Callable[..., object]
    _cancelled: bool
    _context: Context
    _when: float

    # Not super().__init__: it does what this loop never needs, at twice the time.
    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: NumberGiver,
        context: Context,
        life: Life,
        number: int,
        when: float,
    ) -> None:
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = context
        self._cancelled = False
        self._when = when
        self.life = life
        self.number = number
        self.in_timers = False

    def cancel(self) -> None:
        """Never run; a cancelled handle keeps its place until it is passed over."""
        if not self._cancelled:
            self._cancelled = True
            if self.in_timers:
                self._loop.timer_cancelled()
            self._args = ()
            self._callback = _nothing

    def task(self) -> "SimulatedTask[Any] | None":
        """Return the task that this handle starts or goes on with."""
        owner = getattr(self._callback, "__self__", None)
        return owner if isinstance(owner, SimulatedTask) else None

    def label(self) -> str:
        """Return the callback's name, or its task's name and coroutine."""
        task = self.task()
        if task is not None:
            return f"{task.get_name()} {getattr(task.get_coro(), '__qualname__', '?')}"
        return str(getattr(self._callback, "__qualname__", type(self._callback).__qualname__))

    def __repr__(self) -> str:
        state = "cancelled" if self._cancelled else f"when={self._when}"
        return f"<SimulatedHandle {self.number} {self.life} {self.label()} {state}>"

    # Handles are never equal by their time here: each is itself.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _nothing() -> None:
    """Stand where a cancelled handle's callback was."""


class SimulatedFuture(asyncio.Future[T]):
    """A future whose place in a set does not depend on its address.

    asyncio and applications keep futures in sets and iterate them; a hash by address would
    make the order of what follows differ from run to run.
    """

    _number: int

    def __hash__(self) -> int:
        return _steady_hash(self)


class SimulatedTask(asyncio.Task[T]):
    """A task whose place in a set does not depend on its address."""

    life: Life
    _number: int

    def __hash__(self) -> int:
        return _steady_hash(self)


def _steady_hash(future: Any) -> int:
    try:
        number: int = future._number
    except AttributeError:
        number = future._number = future.get_loop().next_number()
    return number
