"""Keep the journal in memory, and carry notices within one process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.database import MemoryLink
from adapters.memory.leases import check_fence
from domain.shared.notices import Notice
from ports.leases import Fence
from ports.streams import PublishedNotice, Subscriber


@dataclass(frozen=True, slots=True)
class MemoryJournal:
    """Committed notices in commit order."""

    link: MemoryLink

    async def after(self, *, cursor: str, limit: int) -> Sequence[PublishedNotice]:
        """Return the notices behind a cursor."""
        database = await self.link.enter()
        start = int(cursor) if cursor else 0
        return [
            PublishedNotice(str(start + offset + 1), notice)
            for offset, notice in enumerate(database.notices[start : start + limit])
        ]

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: str,
        after_sequence: int,
        limit: int,
    ) -> Sequence[Notice]:
        """Return a channel's notices with a higher sequence, ascending."""
        database = await self.link.enter()
        found = [
            notice
            for notice in database.notices
            if notice.tenant_id == tenant_id
            and notice.account_id == account_id
            and notice.channel == channel
            and notice.sequence > after_sequence
        ]
        found.sort(key=lambda notice: notice.sequence)
        return found[:limit]

    async def last_sequence(self, *, tenant_id: UUID, account_id: UUID | None, channel: str) -> int:
        """Return the channel's latest sequence, 0 when there is none."""
        database = await self.link.enter()
        return max(
            (
                notice.sequence
                for notice in database.notices
                if notice.tenant_id == tenant_id
                and notice.account_id == account_id
                and notice.channel == channel
            ),
            default=0,
        )

    async def cursor_of(
        self, *, tenant_id: UUID, account_id: UUID | None, channel: str, sequence: int
    ) -> str | None:
        """Return the cursor right after a notice."""
        database = await self.link.enter()
        wanted = (tenant_id, account_id, channel, sequence)
        for index, notice in enumerate(database.notices):
            found = (notice.tenant_id, notice.account_id, notice.channel, notice.sequence)
            if found == wanted:
                return str(index + 1)
        return None

    async def load_cursor(self, *, reader: str) -> str:
        """Return where a named reader stood."""
        database = await self.link.enter()
        return database.cursors.get(reader, "")

    async def save_cursor(self, *, reader: str, cursor: str, fence: Fence | None = None) -> None:
        """Keep where a named reader stands; raises LeaseLost."""
        database = await self.link.enter()
        check_fence(database, fence)
        database.cursors[reader] = cursor

    async def end(self) -> str:
        """Return the cursor behind everything."""
        database = await self.link.enter()
        return str(len(database.notices))


class MemoryEventStream:
    """Hand each notice to every subscriber of this process, in the order published."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber."""
        self._subscribers.append(subscriber)

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand the notices over, one after the other."""
        for notice in notices:
            for subscriber in self._subscribers:
                await subscriber(notice)


class MemoryWakeup:
    """A hint within one process."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Hint."""
        self._event.set()

    async def wait(self, *, timeout_s: float) -> None:
        """Return at the next hint or after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return
        # Only a wait that saw the hint uses it up: one that was cancelled leaves it.
        self._event.clear()
