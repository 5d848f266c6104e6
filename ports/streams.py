"""What the core needs to publish committed notices and to listen to them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.shared.notices import Notice
from ports.leases import Fence


@dataclass(frozen=True, slots=True)
class PublishedNotice:
    """A notice with its place in the journal; `cursor` resumes right after it."""

    cursor: str
    notice: Notice


class Journal(Protocol):
    """Committed notices in an order that never gains an earlier entry later."""

    async def after(self, *, cursor: str, limit: int) -> Sequence[PublishedNotice]:
        """Return the notices behind a cursor ("" is the beginning), none ever missed."""
        ...

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
        ...

    async def last_sequence(self, *, tenant_id: UUID, account_id: UUID | None, channel: str) -> int:
        """Return the channel's latest sequence, 0 when there is none."""
        ...

    async def cursor_of(
        self, *, tenant_id: UUID, account_id: UUID | None, channel: str, sequence: int
    ) -> str | None:
        """Return the cursor that resumes right after a notice; None when there is no such one."""
        ...

    async def load_cursor(self, *, reader: str) -> str:
        """Return where a named reader stood, "" at first."""
        ...

    async def save_cursor(self, *, reader: str, cursor: str, fence: Fence | None = None) -> None:
        """Keep where a named reader stands.

        Raises LeaseLost, and keeps nothing, when the fence's lease is another's by now.
        """
        ...

    async def end(self) -> str:
        """Return the cursor behind everything that can be read now: what follows is new."""
        ...


Subscriber = Callable[[Notice], Awaitable[None]]


class StreamUnavailable(Exception):
    """The stream takes nothing now: whether it has what was handed over is not known."""


class EventSink(Protocol):
    """Take notices from the relay: at least once, in order per account."""

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand notices over; returns when the stream has them safely.

        Raises StreamUnavailable: hand the same ones over again, all of them.
        """
        ...


class EventStream(EventSink, Protocol):
    """Carry notices from the relay to whoever listens."""

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber before the stream starts; it must not block."""
        ...


class Wakeup(Protocol):
    """A hint that there may be work, so that loops need not poll eagerly. May be lost."""

    def set(self) -> None:
        """Hint."""
        ...

    async def wait(self, *, timeout_s: float) -> None:
        """Return at the next hint or after the timeout."""
        ...
