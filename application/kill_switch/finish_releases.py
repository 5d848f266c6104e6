"""Finish the releases that were asked for, and release nothing before the books agree."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from application.kill_switch.release import Release
from domain.kill_switch.latch import Latch, PendingRelease
from ports.storage import StorageUnavailable
from ports.time import Sleeper

LOOK_S = 0.5
# Of one comparison: what hangs is begun anew.
TRY_S = 30.0
# What a person looked at holds no longer than this.
HOLDS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishReleases:
    """Works on each pending release until it is done or lapses; none waits for another's venue.

    All of it is read from storage: a process that takes over goes on where the one before stood.
    """

    release: Release
    sleeper: Sleeper
    # Told what stands against a release: it is tried again until it lapses.
    on_held: Callable[[Latch, str], None]
    _busy: set[UUID] = field(default_factory=set, init=False)

    async def __call__(self) -> None:
        """Run until cancelled."""
        self._busy.clear()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._begin(group)
                    await self.sleeper.sleep(LOOK_S)
        except ExceptionGroup as met:
            raise met.exceptions[0] from met

    async def round(self) -> None:
        """Try each once, and return when that is done."""
        async with asyncio.TaskGroup() as group:
            await self._begin(group)

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        try:
            found = await self.release.context.latches.releasing()
        except StorageUnavailable:
            return
        together: dict[tuple[object, PendingRelease], list[Latch]] = {}
        for latch in found:
            if latch.releasing is not None and latch.id not in self._busy:
                together.setdefault((latch.scope, latch.releasing), []).append(latch)
        for (_, pending), latches in together.items():
            self._busy.update(latch.id for latch in latches)
            group.create_task(self._try(latches, pending=pending))

    async def _try(self, latches: Sequence[Latch], *, pending: PendingRelease) -> None:
        try:
            await self._one(latches, pending=pending)
        # The other releases must not suffer for it, and this one is tried again.
        except Exception as problem:  # noqa: BLE001
            self._held(latches, str(problem) or type(problem).__name__)
        finally:
            self._busy.difference_update(latch.id for latch in latches)

    async def _one(self, latches: Sequence[Latch], *, pending: PendingRelease) -> None:
        age = self.release.context.clock.now() - pending.asked_at
        to_release = any(latch.stops_more_than(pending.to) for latch in latches)
        # A clock that was set back must not keep it for longer.
        if abs(age) <= HOLDS or not to_release:
            async with asyncio.timeout(TRY_S):
                problem = await self.release.finish(latches, pending=pending)
            if problem is not None:
                self._held(latches, problem)
            return
        for latch in latches:
            await self.release.lapse(latch, pending=pending)

    def _held(self, latches: Sequence[Latch], problem: str) -> None:
        self.on_held(latches[0], problem)
