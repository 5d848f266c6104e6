"""Tell the machine's time."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The wall clock and the monotonic clock of this machine."""

    __slots__ = ()

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the monotonic clock's seconds."""
        return time.monotonic()


class SystemSleeper:
    """Sleep on the running event loop."""

    __slots__ = ()

    async def sleep(self, seconds: float) -> None:
        """Sleep for at least that many seconds."""
        await asyncio.sleep(seconds)
