"""Hold the kill barrier for several processes, as a database's advisory lock would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from adapters.memory.database import MemoryLink
from domain.kill_switch.latch import Scope, Target, stronger
from ports.kill_switch import Passage
from tests.simulation.virtual_time.life import Life


@dataclass(slots=True)
class BarrierRig:
    """Who is inside, over all processes; it outlives them, and lets go of the dead."""

    _inside: dict[int, Target] = field(default_factory=dict)
    _waiting: list[tuple[frozenset[int], "asyncio.Future[None]"]] = field(default_factory=list)
    _last: int = 0

    def enter(self, target: Target) -> int:
        """Count a send in and return its ticket."""
        self._last += 1
        self._inside[self._last] = target
        return self._last

    def leave(self, ticket: int) -> None:
        """Count a send out; twice is as good as once."""
        self._inside.pop(ticket, None)
        still = []
        for tickets, waiter in self._waiting:
            if any(one in self._inside for one in tickets):
                still.append((tickets, waiter))
            elif not waiter.done():
                waiter.set_result(None)
        self._waiting = still

    async def emptied(self, scope: Scope) -> None:
        """Return once every send that is inside the scope now has left."""
        tickets = frozenset(
            ticket for ticket, target in self._inside.items() if scope.covers(target)
        )
        if tickets:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((tickets, waiter))
            await waiter


@dataclass(frozen=True, slots=True)
class SimulatedKillBarrier:
    """One process's way into the room (port KillBarrier)."""

    rig: BarrierRig
    link: MemoryLink
    life: Life

    def sending(self, target: Target) -> AbstractAsyncContextManager[Passage]:
        """Enter before a send, leave after the socket write."""
        return self._sending(target)

    @asynccontextmanager
    async def _sending(self, target: Target) -> AsyncIterator[Passage]:
        ticket = self.rig.enter(target)
        # No finally clause runs in a crash: the server notices the dead session instead.
        leave = partial(self.rig.leave, ticket)
        self.life.on_death(leave)
        try:
            database = await self.link.enter()
            covering = [
                latch
                for latch in database.latches.values()
                if latch.is_engaged and latch.scope.covers(target)
            ]
            yield Passage(
                level=stronger([latch.level for latch in covering]),
                flattening=any(latch.flatten for latch in covering),
            )
        finally:
            self.life.forget(leave)
            leave()

    async def close(self, scope: Scope) -> None:
        """Return once no send that entered before is still inside the scope."""
        await self.link.enter()
        await self.rig.emptied(scope)
