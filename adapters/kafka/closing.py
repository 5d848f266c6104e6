"""Close clients of the library, whatever state they are in."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

STOP_S = 2.0


async def close_all(*closings: Callable[[], Awaitable[None]]) -> None:
    """Close each, one after the other; what fails or takes too long is let go of.

    Each in a task of its own: with a broker gone, the library's `stop` raises the
    CancelledError of its own inner tasks, which must not look like ours being cancelled.
    """
    for closing in closings:
        task = asyncio.ensure_future(_called(closing))
        done, _ = await asyncio.wait({task}, timeout=STOP_S)
        if not done:
            task.cancel()
            await asyncio.wait({task}, timeout=STOP_S)
        elif not task.cancelled() and task.exception() is not None:
            log.info("kafka.not_closed", problem=repr(task.exception()))


async def _called(closing: Callable[[], Awaitable[None]]) -> None:
    await closing()
