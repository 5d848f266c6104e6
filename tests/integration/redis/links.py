"""Give links to a Redis, each with keys of its own test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from adapters.redis.client import RedisLimits, RedisLink
from adapters.system.randomness import SystemRandomness

# The machine is shared with other suites: an answer may take a while, and must not count as none.
PATIENT = RedisLimits(answer_s=5.0)
# What a server is run with, for tests that take Redis away.
QUICK = RedisLimits(answer_s=0.25, probe_first_s=0.05, probe_longest_s=0.2, look_every_s=0.2)


def new_space() -> str:
    """Return a space that no other test has."""
    return f"test-{uuid4().hex}"


@asynccontextmanager
async def link_to(
    url: str, *, space: str, limits: RedisLimits = PATIENT, watched: bool = False
) -> AsyncIterator[RedisLink]:
    """Give a started link: a process's way to Redis."""
    link = RedisLink(url=url, randomness=SystemRandomness(), limits=limits, space=space)
    await link.start()
    watching = asyncio.create_task(link.watch()) if watched else None
    try:
        yield link
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await link.stop()
