"""Run a test in time that nobody waits for."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec

from tests.simulation.virtual_time.loop import SimulatedLoop
from tests.simulation.virtual_time.strategies import Fifo

P = ParamSpec("P")


def in_virtual_time(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run a test on a loop whose time jumps to the next timer when there is nothing to do."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        loop = SimulatedLoop(strategy=Fifo)
        try:
            loop.run_until_complete(test(*args, **kwargs))
        finally:
            loop.close()

    return run
