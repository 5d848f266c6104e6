"""What the core's edge needs of a log that carries commands in and answers out."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]


class TransportUnavailable(Exception):
    """The log did not answer; a message in flight may or may not have been taken."""


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One of the ordered parts of a topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """A message with its place; offsets of a partition rise and may skip numbers."""

    partition: Partition
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be kept; those of one key stay in order."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


# Called before partitions are given to another member; returns when nothing of theirs runs.
Revoked = Callable[[Collection[Partition]], Awaitable[None]]


class CommandSource(Protocol):
    """One member of a group that shares a topic's partitions."""

    async def start(self, *, on_revoked: Revoked) -> None:
        """Join the group; raises TransportUnavailable."""
        ...

    async def stop(self) -> None:
        """Leave the group; `on_revoked` is not called."""
        ...

    async def receive(self, *, limit: int, timeout_s: float) -> Sequence[ReceivedMessage]:
        """Return what is there, at most limit, in order per partition, or () at the timeout.

        A message not committed comes again to whoever has the partition next. With a limit
        of 0 nothing is taken, and the member stays one. Never returns a message of a
        partition that was revoked. Raises TransportUnavailable.
        """
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Keep the next offset to be read per partition.

        Raises TransportUnavailable, also when a partition is no longer this member's: then
        nothing is kept, and its messages come again.
        """
        ...


class MessageSink(Protocol):
    """Where messages are put."""

    async def start(self) -> None:
        """Connect; raises TransportUnavailable."""
        ...

    async def stop(self) -> None:
        """Send what waits and close."""
        ...

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Return once all are kept safely; raises TransportUnavailable: send them again."""
        ...


class TopicLog(Protocol):
    """A topic read back by people, without a group."""

    async def latest(self, topic: str, *, limit: int) -> Sequence[ReceivedMessage]:
        """Return the newest messages, at most limit of each partition, oldest first.

        A topic that is not there holds none. Raises TransportUnavailable.
        """
        ...

    async def at(self, partition: Partition, *, offset: int) -> ReceivedMessage | None:
        """Return the message at that place, None when there is none."""
        ...
