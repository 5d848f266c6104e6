"""Choose which ready callback runs next."""

import random
from collections.abc import Callable
from typing import Protocol

from tests.simulation.virtual_time.handles import SimulatedHandle, SimulatedTask


class Strategy(Protocol):
    """A rule of choice; it must depend on nothing but its random source and what it was shown."""

    def choose(self, ready: list[SimulatedHandle]) -> int:
        """Return an index into ready, which is never empty and which it leaves alone."""
        ...


StrategyMaker = Callable[[random.Random], Strategy]


class Uniform:
    """Any ready callback, each as likely: the default, and good at finding most races."""

    __slots__ = ("_random",)

    def __init__(self, source: random.Random) -> None:
        self._random = source.random

    def choose(self, ready: list[SimulatedHandle]) -> int:
        """Return a uniformly drawn index."""
        return int(self._random() * len(ready))


class Fifo:
    """The oldest callback: the order of asyncio's own loop, to compare with."""

    __slots__ = ()

    def __init__(self, _source: random.Random) -> None:
        pass

    def choose(self, ready: list[SimulatedHandle]) -> int:
        """Return the index of the callback that was scheduled first."""
        return min(range(len(ready)), key=lambda index: ready[index].number)


class Priorities:
    """The callback of the most urgent task, with a few sudden changes of urgency.

    Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): a bug that needs d
    ordering choices is found with a known probability per run, however rare it is under a
    uniform choice. Give it with functools.partial. A task that spins on sleep(0) can starve
    the others here, which a uniform choice never lets it do.
    """

    __slots__ = ("_changes", "_chosen", "_lowest", "_priorities", "_source")

    def __init__(
        self, source: random.Random, *, changes: int = 3, within_steps: int = 2_000
    ) -> None:
        self._source = source
        self._chosen = 0
        self._lowest = 0.0
        self._changes = sorted(source.sample(range(1, within_steps + 1), changes), reverse=True)
        self._priorities: dict[SimulatedTask[object], float] = {}

    def choose(self, ready: list[SimulatedHandle]) -> int:
        """Return the index of the ready callback whose task has the highest priority."""
        self._chosen += 1
        best = max(range(len(ready)), key=lambda index: self._priority(ready[index]))
        if self._changes and self._chosen >= self._changes[-1]:
            self._changes.pop()
            task = ready[best].task()
            if task is not None:
                self._lowest -= 1.0
                self._priorities[task] = self._lowest
        return best

    def _priority(self, handle: SimulatedHandle) -> float:
        task = handle.task()
        if task is None:
            # A bare callback is nobody's work: it is as urgent as can be.
            return 2.0
        priority = self._priorities.get(task)
        if priority is None:
            priority = self._priorities[task] = self._source.random()
        return priority
