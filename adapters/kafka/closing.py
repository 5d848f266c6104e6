"""Close clients of the library, whatever state they are in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

STOP_S = 2.0


async def close_all(*closings: Callable[[], Awaitable[None]]) -> None:
    """Close each, one after the other; what fails or takes too long is let go of."""
    for closing in closings:
        await _is_closed(closing)


async def close_producer(producer: Any) -> None:
    """Give what a producer holds a moment to be acknowledged, then drop it."""
    if await _is_closed(producer.stop):
        return
    # It flushes for as long as the brokers are away, and has no way to be told not to.
    sender = producer._sender
    await close_all(*(one.close for one in (sender, producer.client) if one is not None))


async def close_consumer(consumer: Any) -> None:
    """Leave the group if there is one, and let go of every connection."""
    if await _is_closed(consumer.stop):
        return
    # It waits for the group's coordinator first, and keeps fetching meanwhile.
    fetcher = consumer._fetcher
    await close_all(*(one.close for one in (fetcher, consumer._client) if one is not None))


async def _is_closed(closing: Callable[[], Awaitable[None]]) -> bool:
    """Tell whether it went to its end.

    In a task of its own: with a broker gone, the library's `stop` raises the
    CancelledError of its own inner tasks, which must not look like ours being cancelled.
    """
    task = asyncio.ensure_future(_called(closing))
    done, _ = await asyncio.wait({task}, timeout=STOP_S)
    if not done:
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_S)
        return False
    if task.cancelled():
        return False
    problem = task.exception()
    if problem is not None:
        log.info("kafka.not_closed", problem=repr(problem))
    return problem is None


async def _called(closing: Callable[[], Awaitable[None]]) -> None:
    await closing()
