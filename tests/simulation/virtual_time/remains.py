"""Close the coroutines that a run left unfinished, so that none speaks after the run."""

import asyncio
import warnings
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any

# A coroutine may swallow its closing and await again; it is asked that often, then left.
_CLOSINGS_MAX = 100


def close_remains(
    tasks: "Sequence[asyncio.Task[Any]]", generators: Iterable[AsyncGenerator[Any, Any]]
) -> None:
    """Close what the tasks were running, then the generators, silently.

    Their finally clauses run here, after the outcome is settled: every life is over, so what
    they schedule goes nowhere and what they write is refused by whoever asks for liveness.
    Closing may leave new tasks behind, which are appended to tasks and closed as well.
    """
    with warnings.catch_warnings():
        # What a finally clause starts and cannot await is no news here.
        warnings.simplefilter("ignore", RuntimeWarning)
        index = 0
        while index < len(tasks):
            task = tasks[index]
            index += 1
            if task.done():
                continue
            # What asyncio's own Task has, and typeshed does not tell.
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            _close(task.get_coro())
        for generator in list(generators):
            _close_generator(generator)


def _close(coroutine: Any) -> None:
    for _ in range(_CLOSINGS_MAX):
        try:
            coroutine.close()
        except BaseException:  # noqa: BLE001 - the run is over; nothing it says counts
            continue
        return


def _close_generator(generator: AsyncGenerator[Any, Any]) -> None:
    closing = generator.aclose()
    for _ in range(_CLOSINGS_MAX):
        try:
            closing.send(None)
        except BaseException:  # noqa: BLE001 - StopIteration ends it, and anything else does too
            return
