"""Be an asyncio event loop over virtual time: the face that asyncio and its users see."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from datetime import timedelta
from typing import Any, TypeVar

from tests.simulation.virtual_time.driving import DrivingLoop, told
from tests.simulation.virtual_time.failure import Failure, FailureKind
from tests.simulation.virtual_time.remains import close_remains
from tests.simulation.virtual_time.strategies import StrategyMaker, Uniform

T = TypeVar("T")
Handler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]


class SimulationFailed(RuntimeError):
    """A run that was awaited for its result ended in a failure instead."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class SimulatedLoop(DrivingLoop):
    """An asyncio event loop without time, threads or sockets; the same seed, the same run.

    One step runs one ready callback, chosen by the strategy. Time stands still while
    anything is ready and then jumps to the next timer. after_step is called behind every
    step; what it raises is a failure of the run.

    Beyond its reach, because asyncio keeps them in sets by address: the order of
    asyncio.all_tasks() and of bare coroutines given to asyncio.as_completed (give it tasks).
    Code under simulation must not let the order of a set of strings matter either.
    """

    def __init__(self, seed: int = 0, *, strategy: StrategyMaker = Uniform) -> None:
        super().__init__(seed, strategy)
        # How far the wall clocks of all who run here are set ahead; spans do not notice.
        self.wall_ahead = timedelta(0)
        self._handler: Handler | None = None

    def run_until_complete(self, future: Awaitable[T] | Generator[Any, None, T]) -> T:
        """Run until the future is done and return its result; raises SimulationFailed."""
        # Typeshed has no generators here, asyncio's own loops take them.
        main: asyncio.Future[T] = asyncio.ensure_future(future, loop=self)  # type: ignore[arg-type]
        self.drive(main)
        if self.failure is not None:
            raise SimulationFailed(self.failure)
        if not main.done():
            raise RuntimeError("the simulated loop was stopped before the future was done")
        return main.result()

    def run_forever(self) -> None:
        """Run until `stop` is called; raises SimulationFailed."""
        self.drive(self.create_future())
        if self.failure is not None:
            raise SimulationFailed(self.failure)

    def stop(self) -> None:
        """End `run_forever` after this step."""
        self._stopping = True

    def is_running(self) -> bool:
        """Tell whether steps are being run."""
        return self._running

    def is_closed(self) -> bool:
        """Tell whether the run is over for good."""
        return self._closed

    def close(self) -> None:
        """End every life and close, without effect, all that they left unfinished."""
        if self._running:
            raise RuntimeError("a running simulated loop cannot be closed: stop it first")
        if self._closed:
            return
        # Tasks that failed and that nobody holds any more speak up here, before the silence.
        self._drop_done_tasks()
        self._closed = True
        for life in self.lives:
            life.end(grave=self._grave)
        self._enter()
        try:
            close_remains(self._tasks, self._generators)
        finally:
            self._leave()
        for kept in (self._ready, self._timers, self._grave, self._tasks):
            kept.clear()

    async def shutdown_asyncgens(self) -> None:
        """Close the generators that nobody finished."""
        for generator in sorted(self._generators, key=repr):
            await generator.aclose()

    async def shutdown_default_executor(self) -> None:
        """Do nothing: there is no executor."""

    def set_exception_handler(self, handler: Handler | None) -> None:
        """Hear of unhandled exceptions instead of failing the run."""
        self._handler = handler

    def get_exception_handler(self) -> Handler | None:
        """Return what hears of unhandled exceptions."""
        return self._handler

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Fail the run on an exception that nobody handled."""
        if self._closed:
            return
        if self._handler is not None:
            self._handler(self, context)
        else:
            self.default_exception_handler(context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Fail the run."""
        error = context.get("exception")
        message = str(context.get("message", "unhandled exception"))
        if error is not None:
            message = f"{message}: {told(error)}"
        self.fail(FailureKind.UNHANDLED, message, error)
