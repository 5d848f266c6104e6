"""Answer a stop that storage cannot take: it goes by the channel of stops."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from adapters.http.kill_switch.schemas import StoppedAwayView, latch_view
from adapters.http.wire import Answer, answer
from application.kill_switch.commands import ActivateKill
from application.kill_switch.facade import KillSwitchUseCases
from ports.storage import StorageUnavailable

log = structlog.get_logger(__name__)

# So long a stop waits for storage.
STORAGE_S = 2.0
_GOING_ON: "set[asyncio.Future[Answer]]" = set()


async def in_time(work: Callable[[], Awaitable[Answer]]) -> Answer | None:
    """Return the answer, None where storage is away or hangs; what was begun goes on then."""
    task = asyncio.ensure_future(work())
    _GOING_ON.add(task)
    task.add_done_callback(_ended)
    await asyncio.wait({task}, timeout=STORAGE_S)
    if not task.done():
        return None
    try:
        return task.result()
    except StorageUnavailable:
        return None


def _ended(task: "asyncio.Future[Answer]") -> None:
    _GOING_ON.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.warning("kill_switch.not_stored", problem=str(task.exception()))


async def stop_away(facade: KillSwitchUseCases, commands: Sequence[ActivateKill]) -> Answer:
    """Stop each scope without storage; raises StorageUnavailable where nobody heard."""
    done = [await facade.activate_away(command) for command in commands]
    view = StoppedAwayView(
        latches=[latch_view(one.latch) for one in done],
        not_durable=sorted({name for one in done for name in one.not_durable}),
        heard=sorted({name for one in done for name in one.reached.heard}),
        silent=sorted({name for one in done for name in one.reached.silent}),
    )
    return answer(view, status=202)
