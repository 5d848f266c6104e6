"""Know within three seconds that the database is away, also when it only falls silent."""

import asyncio
from typing import Protocol

from adapters.telemetry.health import HealthBoard
from ports.health import ComponentState
from ports.storage import StorageUnavailable

# With the second between two looks: silence is told within 3 s. A statement may take longer.
ANSWER_S = 1.5


class Checked(Protocol):
    """What can be asked whether it takes writes."""

    async def check(self) -> None:
        """Return when writes are taken; raises StorageUnavailable."""
        ...


class DatabaseWatch:
    """Ask whether writes are taken; one that says nothing is as good as away."""

    def __init__(self, *, server: Checked, health: HealthBoard, answer_s: float = ANSWER_S) -> None:
        self._server = server
        self._health = health
        self._answer_s = answer_s
        self._asked: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Look once and tell; an unanswered question stays open, and is the next look's."""
        if self._asked is None:
            self._asked = asyncio.create_task(self._server.check(), name="database_check")
        asked = self._asked
        # Not cut off when its time is up: that would wait for the silent server in turn.
        done, _ = await asyncio.wait({asked}, timeout=self._answer_s)
        if not done:
            detail = f"the database has said nothing for {self._answer_s:g} s"
            self._health.set("database", ComponentState.DOWN, detail=detail)
            return
        self._asked = None
        try:
            asked.result()
            self._health.set("database", ComponentState.UP)
        except StorageUnavailable as problem:
            self._health.set("database", ComponentState.DOWN, detail=str(problem))

    def stop(self) -> None:
        """Take back a question that is still open."""
        if self._asked is not None:
            self._asked.cancel()
