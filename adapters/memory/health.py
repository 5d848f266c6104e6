"""Keep what processes tell of their parts in memory."""

from collections.abc import Sequence

from ports.health import Component
from ports.time import Clock


class MemoryHealthReports:
    """The latest word on each part (port HealthReports)."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, tuple[Component, float]] = {}

    async def tell(self, components: Sequence[Component]) -> None:
        """Say how one's own parts are."""
        at = self._clock.monotonic()
        self._told.update({one.name: (one, at) for one in components})

    async def hear(self) -> Sequence[tuple[Component, float]]:
        """Return the latest word on each part."""
        now = self._clock.monotonic()
        return [(one, now - at) for _, (one, at) in sorted(self._told.items())]
