"""Let sends of one tenant that come together hold the kill barrier in one session."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.kill_switch.latch import Level, Target
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

# Of one tenant, so that sends that hang do not take every connection there is.
SESSIONS_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierSession:
    """A session that holds the barrier: which latches are over an order, and if it lives.

    over gives of each such latch how far it stops, and whether it flattens.
    """

    over: Callable[[Target], list[tuple[Level, bool]]]
    lives: Callable[[], bool]


def _future() -> "asyncio.Future[BarrierSession]":
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class _Crossing:
    """Those who came together, until the last of them has left."""

    opened: "asyncio.Future[BarrierSession]" = field(default_factory=_future)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0

    def leave(self) -> None:
        self.inside -= 1
        if not self.inside:
            self.empty.set()


class Crossings:
    """One session for all who come while the one before is being opened.

    The latches are read once for all of them, after the lock was granted; nobody joins a
    session whose latches were read already, so that none holds up an activation for longer
    than its slowest send.
    """

    def __init__(self, open: Callable[[UUID], AbstractAsyncContextManager[BarrierSession]]) -> None:
        self._open = open
        self._waiting: dict[UUID, _Crossing] = {}
        self._opening: set[UUID] = set()
        self._sessions: dict[UUID, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def together(self, tenant_id: UUID) -> AsyncIterator[BarrierSession]:
        """Be inside with others; raises StorageUnavailable, also when the session was lost."""
        crossing = self._waiting.get(tenant_id)
        if crossing is None:
            crossing = self._waiting[tenant_id] = _Crossing()
        crossing.inside += 1
        try:
            self._begin_if_it_may(tenant_id)
            # Whoever gives up waiting must not take the session from the others.
            held = await asyncio.shield(crossing.opened)
            yield held
            if not held.lives():
                raise StorageUnavailable("the barrier's session was lost during a send")
        finally:
            crossing.leave()

    def _begin_if_it_may(self, tenant_id: UUID) -> None:
        """Open a session for those who wait, one at a time and not too many."""
        used = self._sessions.get(tenant_id, 0)
        if tenant_id not in self._waiting or tenant_id in self._opening or used >= SESSIONS_MAX:
            return
        self._sessions[tenant_id] = used + 1
        self._opening.add(tenant_id)
        task = asyncio.get_running_loop().create_task(self._cross(tenant_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cross(self, tenant_id: UUID) -> None:
        # Taken here, a turn of the loop later: who comes at the same moment comes along.
        crossing = self._waiting.pop(tenant_id)
        opened = crossing.opened
        try:
            async with self._open(tenant_id) as held:
                opened.set_result(held)
                self._opening.discard(tenant_id)
                self._begin_if_it_may(tenant_id)
                await crossing.empty.wait()
        # It is for those who wait for the session; those inside look at it themselves.
        except Exception as problem:  # noqa: BLE001
            if opened.done():
                log.warning("kill_barrier.session_lost", problem=str(problem))
            else:
                opened.set_exception(problem)
                # Also where nobody waits any more.
                opened.exception()
                self._opening.discard(tenant_id)
        finally:
            if not opened.done():
                opened.cancel()
                self._opening.discard(tenant_id)
            self._sessions[tenant_id] -= 1
            if not self._sessions[tenant_id]:
                del self._sessions[tenant_id]
            self._begin_if_it_may(tenant_id)
