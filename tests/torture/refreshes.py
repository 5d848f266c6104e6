"""What came of refreshing and ending sessions, and a look whether a token is dead in time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

WITHIN_S = 1.0


@dataclass(slots=True, kw_only=True)
class Refreshes:
    """What came of the rounds."""

    rounds: int = 0
    refreshes: int = 0
    unavailable: int = 0
    looks: int = 0
    slowest_s: float = 0.0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.rounds} rounds, {self.refreshes} refreshes, {self.unavailable} told to come"
            f" again, {self.looks} looks at ended tokens, the last good one"
            f" {self.slowest_s * 1000:.0f} ms after the end, {len(self.wrongs)} violations"
        )


async def dies(
    name: str,
    is_refused: Callable[[], Awaitable[bool]],
    *,
    at: float,
    found: Refreshes,
    every_s: float,
) -> None:
    """Look at a token until it is refused, and some time longer: it must stay so."""
    refused = 0
    while refused < 3:
        began = time.monotonic()
        if await is_refused():
            refused += 1
        else:
            late_s = began - at
            found.slowest_s = max(found.slowest_s, late_s)
            if refused or late_s > WITHIN_S:
                found.wrongs.append(f"{name}: taken {late_s:.3f} s after the end")
                return
        await asyncio.sleep(every_s)
