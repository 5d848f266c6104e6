"""Publish what was committed: every notice at least once, in the journal's order."""

import asyncio
from collections.abc import Callable, Sequence

from ports.leases import Fence
from ports.storage import StorageUnavailable
from ports.streams import EventSink, Journal, PublishedNotice, StreamUnavailable, Wakeup
from ports.time import Sleeper

BATCH = 500
POLL_S = 0.25
# While there is traffic, notices are gathered so long: a read per order would cost as much
# as storing one.
PACE_S = 0.01


class Relay:
    """Carry notices from the journal to the stream, from where it stood.

    Where it stands is saved when BATCH notices were published since, and when there is
    nothing more: always after the stream has them. A crash publishes the last ones again,
    and never skips one. A relay without a reader's name begins with what is new and saves
    nothing: its listeners know by other ways what was before.

    from_now: a reader who never stood anywhere begins with what is new, and that is kept.
    fence: what the saving is fenced by, asked each time. on_state: told None when notices
    go out, else what keeps them.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        stream: EventSink,
        wakeup: Wakeup,
        sleeper: Sleeper,
        reader: str | None = "relay",
        pace_s: float = PACE_S,
        from_now: bool = False,
        fence: Callable[[], Fence | None] = lambda: None,
        on_state: Callable[[Exception | None], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._stream = stream
        self._wakeup = wakeup
        self._sleeper = sleeper
        self._reader = reader
        self._pace_s = pace_s
        self._from_now = from_now
        self._fence = fence
        self._on_state = on_state
        self._cursor = ""
        self._unsaved = 0

    async def __call__(self) -> None:
        """Run until cancelled."""
        await self.resume()
        while True:
            published = 0
            try:
                published = await self.drain()
                self._on_state(None)
            # What was not published stays in the journal and comes with the next round.
            except StorageUnavailable as problem:
                self._on_state(problem)
            except StreamUnavailable as problem:
                self._on_state(problem)
                # Hints keep coming while orders do: they must not make this a busy loop.
                await self._sleeper.sleep(POLL_S)
            if published:
                await self._sleeper.sleep(self._pace_s)
            else:
                await self._wakeup.wait(timeout_s=POLL_S)

    async def resume(self) -> None:
        """Stand where the last life stood, or at the end when nobody keeps it."""
        if self._reader is None:
            self._cursor = await self._journal.end()
        else:
            self._cursor = await self._journal.load_cursor(reader=self._reader)
            if self._from_now and not self._cursor:
                self._cursor = await self._journal.end()
                await self._save()
        self._unsaved = 0

    async def drain(self) -> int:
        """Publish all there is and return how many notices there were."""
        published = 0
        found = await self._journal.after(cursor=self._cursor, limit=BATCH)
        while len(found) == BATCH:
            # Read on meanwhile: nothing appears before what was read.
            ahead = asyncio.create_task(self._journal.after(cursor=found[-1].cursor, limit=BATCH))
            try:
                await self._publish(found)
                published += len(found)
                found = await ahead
            finally:
                await _ended(ahead)
        await self._publish(found)
        return published + len(found)

    async def _publish(self, found: Sequence[PublishedNotice]) -> None:
        if found:
            await self._stream.publish([one.notice for one in found])
            self._cursor = found[-1].cursor
            self._unsaved += len(found)
        if self._unsaved >= BATCH or (self._unsaved and not found):
            await self._save()

    async def _save(self) -> None:
        if self._reader is not None:
            await self._journal.save_cursor(
                reader=self._reader, cursor=self._cursor, fence=self._fence()
            )
        self._unsaved = 0


async def _ended(task: "asyncio.Task[Sequence[PublishedNotice]]") -> None:
    """End a task; what it failed with is its own affair, if nobody got to ask for it."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
