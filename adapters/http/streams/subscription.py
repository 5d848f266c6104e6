"""Follow one topic without a gap: what was missed first, then what comes."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

import structlog

from adapters.http.streams.authority import Sees
from adapters.http.streams.hub import Topic
from adapters.http.streams.messages import event_frame, withheld_frame
from application.streams.channels import StreamChannel
from domain.shared.notices import Notice, family_of

log = structlog.get_logger(__name__)

PAGE = 500
HELD_MAX = 1_024


class Line(Protocol):
    """Where frames wait for their reader."""

    def push(self, frame: str) -> None:
        """Put a frame in line at once."""
        ...

    async def push_when_room(self, frame: str) -> None:
        """Put a frame in line once there is room."""
        ...


class ChannelHistory(Protocol):
    """What was committed on a channel."""

    async def replay(
        self,
        *,
        tenant_id: UUID,
        account_id: UUID | None,
        channel: StreamChannel,
        after_sequence: int,
        limit: int,
        user_id: UUID | None = None,
    ) -> Sequence[Notice]:
        """Return what followed a sequence, ascending; raises ChannelNotFound."""
        ...


class Subscription:
    """One reader's place in one topic.

    It joins the hub before anything is read, so that nothing falls between. Until it has
    caught up, events are held back; too many are let go and read from the journal again.
    """

    def __init__(
        self,
        *,
        topic: Topic,
        outbox: Line,
        streams: ChannelHistory,
        on_gap: "Callable[[Subscription], None]",
        sees: Sees | None = None,
        user_id: UUID | None = None,
    ) -> None:
        self.sees = sees
        # Who reads, for a channel that is each user's own.
        self._user_id = user_id
        self.topic = topic
        self.last = 0
        self._on_gap = on_gap
        self._outbox = outbox
        self._streams = streams
        self._live = False
        self._held: deque[tuple[int, str]] = deque()
        self._let_go = False
        self._left = False

    def leave(self) -> None:
        """Pass on nothing more, also of what is being read."""
        self._left = True

    def offer(self, sequence: int, frame: str) -> None:
        """Take an event: pass it on, hold it, or know it already."""
        if self._live:
            if sequence == self.last + 1:
                self.last = sequence
                self._outbox.push(frame)
                return
            if sequence <= self.last:
                return
            self._live = False
            self._on_gap(self)
        self._held.append((sequence, frame))
        if len(self._held) > HELD_MAX:
            self._held.clear()
            self._let_go = True

    async def knows(self, sequence: int) -> bool:
        """Tell whether the topic has an event of that number, so that one can go on behind it."""
        if sequence == 0:
            return True
        found = await self._page(after=sequence - 1, limit=1)
        return bool(found) and found[0].sequence == sequence

    async def resume(self, after: int) -> None:
        """Pass on everything behind a sequence, then let events through as they come."""
        self.last = after
        await self._read()
        await self.catch_up()

    async def catch_up(self) -> None:
        """Pass on what was held back, and what is missing before it, then go live.

        Raises ChannelNotFound and storage errors; then it may be called again.
        """
        fruitless = False
        while not self._left and not self._pass_held(accept_gap=fruitless):
            found = await self._read()
            fruitless = not found
        self._live = True

    async def _read(self) -> bool:
        """Pass on what the journal has behind `last`; tell whether there was anything."""
        self._let_go = False
        any_found = False
        while True:
            notices = await self._page(after=self.last, limit=PAGE)
            for notice in notices:
                if self._left:
                    return any_found
                seen = self.sees is None or self.sees(notice)
                frame = event_frame(notice) if seen else withheld_frame(notice)
                await self._outbox.push_when_room(frame)
                self.last = notice.sequence
                any_found = True
            if len(notices) < PAGE:
                return any_found

    async def _page(self, *, after: int, limit: int) -> Sequence[Notice]:
        tenant_id, account_id, channel = self.topic
        return await self._streams.replay(
            tenant_id=tenant_id,
            account_id=account_id,
            channel=StreamChannel(family_of(channel)),
            after_sequence=after,
            limit=limit,
            user_id=self._user_id,
        )

    def _pass_held(self, *, accept_gap: bool) -> bool:
        """Pass on what was held back; False when something is missing before it."""
        if self._let_go:
            return False
        while self._held:
            sequence, frame = self._held[0]
            if sequence > self.last + 1:
                if not accept_gap:
                    return False
                # The journal does not have it either; the reader sees it by the numbers.
                log.error("streams.gap", channel=self.topic[2], after=self.last, at=sequence)
            self._held.popleft()
            if sequence > self.last:
                self.last = sequence
                self._outbox.push(frame)
        return True
