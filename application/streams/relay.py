"""Publish what was committed: every notice at least once, in the journal's order."""

import contextlib
from dataclasses import dataclass

from ports.storage import StorageUnavailable
from ports.streams import EventStream, Journal, Wakeup

BATCH = 500
POLL_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Carry notices from the journal to the stream, from where it stood."""

    journal: Journal
    stream: EventStream
    wakeup: Wakeup
    reader: str = "relay"

    async def __call__(self) -> None:
        """Run until cancelled."""
        cursor = await self.journal.load_cursor(reader=self.reader)
        while True:
            # What was not published stays in the journal and comes with the next round.
            with contextlib.suppress(StorageUnavailable):
                cursor = await self.drain(cursor)
            await self.wakeup.wait(timeout_s=POLL_S)

    async def drain(self, cursor: str) -> str:
        """Publish all there is and return the new cursor.

        The cursor is saved after the stream has the notices: a crash in between publishes
        them again, and never skips one.
        """
        while True:
            found = await self.journal.after(cursor=cursor, limit=BATCH)
            if not found:
                return cursor
            await self.stream.publish([published.notice for published in found])
            cursor = found[-1].cursor
            await self.journal.save_cursor(reader=self.reader, cursor=cursor)
