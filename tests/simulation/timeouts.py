"""Wait for a condition of the world that nobody announces."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, every_s: float) -> None:
    """Return once the condition holds, looked at every so many virtual seconds."""
    # No Event: whoever would set it may be a process that has died since.
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(every_s)
