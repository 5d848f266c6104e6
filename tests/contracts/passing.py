"""Let time pass, whichever clock an adapter goes by."""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.memory.time import ManualClock

# Returns when so many seconds have passed for the adapter.
Pass = Callable[[float], Awaitable[None]]


def on(clock: ManualClock) -> Pass:
    """Move a manual clock."""

    async def pass_(seconds: float) -> None:
        clock.advance(seconds)

    return pass_


async def really(seconds: float) -> None:
    """Wait a little longer than that."""
    await asyncio.sleep(seconds + 0.01)
