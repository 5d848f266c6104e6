"""Wait for what nobody announces: what a server, a process or a thread will have done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")

WITHIN_S = 20.0
# For what comes at once where nothing else runs, and late on a machine that does much else.
PATIENCE_S = 60.0


async def eventually(
    holds: Callable[[], bool], *, within_s: float = PATIENCE_S, every_s: float = 0.01
) -> None:
    """Return once it holds; raises TimeoutError when it does not in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - it has no Event, or its owner may die before
            await asyncio.sleep(every_s)


async def until_true(
    ask: Callable[[], Awaitable[Answer]], *, within_s: float = PATIENCE_S, every_s: float = 0.05
) -> Answer:
    """Ask until the answer is true, and return it; raises TimeoutError as above."""
    async with asyncio.timeout(within_s):
        while not (answer := await ask()):  # noqa: ASYNC110 - as above
            await asyncio.sleep(every_s)
        return answer
