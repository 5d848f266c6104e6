"""Keep a clock that only moves when told, and a sleeper that waits for it."""

import asyncio
import heapq
import itertools
import math
from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock that stands still until `advance` moves it, and wakes those who sleep on it."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time: give it a tzinfo, such as UTC")
        self._start = start.astimezone(UTC)
        self._shift = timedelta()
        self._elapsed_s = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the start plus all that was advanced and shifted."""
        return self._start + self._shift + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Return the seconds advanced."""
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Let time pass and wake every sleeper whose time has come, earliest first."""
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ValueError(f"time passes by a finite number of seconds >= 0, not {seconds}")
        self._elapsed_s += seconds
        while self._sleepers and self._sleepers[0][0] <= self._elapsed_s:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    def set_wall(self, now: datetime) -> None:
        """Set the wall clock, forwards or back, as an operator would; spans do not notice."""
        if now.tzinfo is None:
            raise ValueError("a clock is set to an aware time: give it a tzinfo, such as UTC")
        self._shift += now - self.now()

    async def passed(self, until_s: float) -> None:
        """Return once `monotonic` reached until_s."""
        if until_s <= self._elapsed_s:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (until_s, next(self._order), sleeper))
        await sleeper


class ManualSleeper:
    """Sleep until a manual clock was advanced far enough."""

    __slots__ = ("_clock",)

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was advanced by that many seconds."""
        await self._clock.passed(self._clock.monotonic() + max(seconds, 0.0))
