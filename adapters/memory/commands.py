"""Carry messages in memory: topics with partitions, and groups that share them."""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ports.commands import (
    Outgoing,
    Partition,
    ReceivedMessage,
    Revoked,
    TransportUnavailable,
)


@dataclass(slots=True)
class MemoryTopics:
    """What a broker would keep: it outlives those who read and write.

    down makes every use raise TransportUnavailable, as a broker that is gone does.
    """

    partitions: int = 4
    down: bool = False
    _logs: dict[Partition, list[ReceivedMessage]] = field(default_factory=dict)
    _offsets: dict[Partition, int] = field(default_factory=dict)
    _members: list["MemoryCommandSource"] = field(default_factory=list)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)
    # One rebalance at a time, as a group's coordinator has it.
    _sharing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def check(self) -> None:
        """Raise TransportUnavailable while the broker is down."""
        if self.down:
            raise TransportUnavailable("the log is down")

    def put(self, message: Outgoing) -> ReceivedMessage:
        """Keep a message behind the others of its key and return it with its place."""
        number = zlib.crc32(message.key or b"") % self.partitions
        partition = Partition(message.topic, number)
        log = self._logs.setdefault(partition, [])
        kept = ReceivedMessage(
            partition=partition,
            offset=len(log),
            key=message.key,
            value=message.value,
            headers=message.headers,
        )
        log.append(kept)
        self._grown.set()
        return kept

    def all(self, topic: str) -> list[ReceivedMessage]:
        """Return a topic's messages, partition by partition."""
        return [
            one for place in sorted(self._logs) if place.topic == topic for one in self._logs[place]
        ]

    def committed(self, partition: Partition) -> int:
        """Return the next offset that the group reads there."""
        return self._offsets.get(partition, 0)

    def lag(self, topic: str) -> int:
        """Return how many of a topic's messages are not committed."""
        return sum(
            len(log) - self.committed(place)
            for place, log in self._logs.items()
            if place.topic == topic
        )

    async def join(self, member: "MemoryCommandSource") -> None:
        """Take a member in and share the partitions anew."""
        async with self._sharing:
            await self._share([*self._members, member])

    async def leave(self, member: "MemoryCommandSource") -> None:
        """Let a member go, as a broker does when its session ends."""
        async with self._sharing:
            member.owned = {}
            await self._share([one for one in self._members if one is not member])

    async def _share(self, members: list["MemoryCommandSource"]) -> None:
        for known in self._members:
            await known.give_up()
        self._members = members
        for index, member in enumerate(members):
            member.owned = {
                Partition(member.topic, number): self.committed(Partition(member.topic, number))
                for number in range(index, self.partitions, len(members))
            }
        self._grown.set()

    def keep(self, partition: Partition, offset: int) -> None:
        """Keep how far the group has come."""
        self._offsets[partition] = offset

    def after(self, partition: Partition, *, offset: int, limit: int) -> list[ReceivedMessage]:
        """Return the messages at an offset and behind it."""
        return self._logs.get(partition, [])[offset : offset + limit]

    async def grown(self, *, timeout_s: float) -> None:
        """Return when something was put, or after the timeout."""
        self._grown.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._grown.wait()
        except TimeoutError:
            return


class MemoryCommandSource:
    """A member of the one group (port CommandSource)."""

    def __init__(self, topics: MemoryTopics, *, topic: str) -> None:
        self.topic = topic
        # Where it stands in each partition that is its own.
        self.owned: dict[Partition, int] = {}
        # What it is about to give up: not read any more, but still committed.
        self._leaving: dict[Partition, int] = {}
        self._topics = topics
        self._on_revoked: Revoked | None = None

    async def start(self, *, on_revoked: Revoked) -> None:
        """Join."""
        self._topics.check()
        self._on_revoked = on_revoked
        await self._topics.join(self)

    async def stop(self) -> None:
        """Leave."""
        self._on_revoked = None
        await self._topics.leave(self)

    async def give_up(self) -> None:
        """Let go of all partitions, once nothing of theirs runs."""
        self._leaving, self.owned = self.owned, {}
        if self._on_revoked is not None and self._leaving:
            await self._on_revoked(tuple(self._leaving))
        self._leaving = {}

    async def receive(self, *, limit: int, timeout_s: float) -> Sequence[ReceivedMessage]:
        """Return what is there, oldest first per partition."""
        self._topics.check()
        if not (found := self._read(limit)):
            await self._topics.grown(timeout_s=timeout_s)
            self._topics.check()
            found = self._read(limit)
        return found

    def _read(self, limit: int) -> list[ReceivedMessage]:
        found: list[ReceivedMessage] = []
        for partition, offset in list(self.owned.items()):
            some = self._topics.after(partition, offset=offset, limit=limit - len(found))
            self.owned[partition] = offset + len(some)
            found += some
        return found

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Keep how far this member has come."""
        self._topics.check()
        await asyncio.sleep(0)
        if not offsets.keys() <= self.owned.keys() | self._leaving.keys():
            raise TransportUnavailable("a partition is another member's by now")
        for partition, offset in offsets.items():
            self._topics.keep(partition, offset)


class MemoryMessageSink:
    """Puts messages into memory (port MessageSink)."""

    def __init__(self, topics: MemoryTopics) -> None:
        self._topics = topics

    async def start(self) -> None:
        """Be ready."""
        self._topics.check()

    async def stop(self) -> None:
        """Leave."""

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Keep the messages."""
        await asyncio.sleep(0)
        self._topics.check()
        for message in messages:
            self._topics.put(message)


class MemoryTopicLog:
    """Reads topics in memory back (port TopicLog)."""

    def __init__(self, topics: MemoryTopics) -> None:
        self._topics = topics

    async def latest(self, topic: str, *, limit: int) -> Sequence[ReceivedMessage]:
        """Return each partition's newest messages, oldest first."""
        self._topics.check()
        found: list[ReceivedMessage] = []
        for number in range(self._topics.partitions):
            of = [one for one in self._topics.all(topic) if one.partition.number == number]
            found += of[-limit:]
        return found

    async def at(self, partition: Partition, *, offset: int) -> ReceivedMessage | None:
        """Return the message at that place."""
        self._topics.check()
        found = self._topics.after(partition, offset=offset, limit=1)
        return found[0] if offset >= 0 and found else None
