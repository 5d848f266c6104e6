"""Read topics through aiokafka, with nothing left to its unsafe defaults."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from adapters.kafka.closing import close_consumer
from adapters.kafka.connection import KafkaAddress, port_errors
from adapters.kafka.topics import partitions_of
from ports.commands import (
    Partition,
    ReceivedMessage,
    Revoked,
    TransportUnavailable,
)

# Longer than messages in hand may take when partitions are given up: a member that is still
# finishing must not be taken for dead.
_SESSION_MS = 30_000
_HEARTBEAT_MS = 3_000
_MESSAGE_BYTES_MAX = 1_048_576


# The library has no types, so its listener is of any type to the checker.
class KafkaCommandSource(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of a consumer group (port CommandSource)."""

    def __init__(self, *, address: KafkaAddress, group: str, topic: str) -> None:
        self._address = address
        self._group = group
        self._topic = topic
        self._consumer: Any = None
        self._on_revoked: Revoked | None = None
        # Counts assignments; between a revocation and the next one nothing is ours.
        self._epoch = 0
        self._assigned = False
        self._held = False

    async def start(self, *, on_revoked: Revoked) -> None:
        """Join the group."""
        self._on_revoked = on_revoked
        consumer = AIOKafkaConsumer(
            **self._address.options(),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=_SESSION_MS,
            heartbeat_interval_ms=_HEARTBEAT_MS,
            max_partition_fetch_bytes=_MESSAGE_BYTES_MAX,
        )
        with port_errors():
            consumer.subscribe([self._topic], listener=self)
            try:
                await consumer.start()
            except BaseException:
                await close_consumer(consumer)
                raise
        self._consumer = consumer

    async def stop(self) -> None:
        """Leave the group."""
        consumer, self._consumer = self._consumer, None
        self._on_revoked = None
        self._assigned = False
        if consumer is not None:
            await close_consumer(consumer)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Hear that partitions go to others; called before they do."""
        self._assigned = False
        self._epoch += 1
        if self._on_revoked is not None and revoked:
            await self._on_revoked([Partition(one.topic, one.partition) for one in revoked])

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Hear which partitions are ours now, each from its committed offset on."""
        self._epoch += 1
        self._held = False
        self._assigned = True

    async def receive(self, *, limit: int, timeout_s: float) -> Sequence[ReceivedMessage]:
        """Return what is there."""
        consumer = self._started()
        self._hold(consumer, held=limit <= 0)
        epoch = self._epoch
        with port_errors():
            found = await consumer.getmany(
                timeout_ms=round(timeout_s * 1000), max_records=max(1, limit)
            )
            if found and epoch != self._epoch:
                # Fetched before or after the partitions changed hands: read them again,
                # from where that does not skip any.
                await self._take_back(consumer, found)
                return ()
        return [_received(record) for records in found.values() for record in records]

    def _hold(self, consumer: Any, *, held: bool) -> None:
        """Stop or go on fetching, and stay a member all the while."""
        if not self._assigned:
            return
        assignment = consumer.assignment()
        if held:
            consumer.pause(*assignment)
        elif self._held:
            consumer.resume(*assignment)
        self._held = held

    async def _take_back(self, consumer: Any, found: dict[TopicPartition, list[Any]]) -> None:
        for place, records in found.items():
            if place not in consumer.assignment():
                continue
            first = records[0].offset
            if await consumer.position(place) > first:
                consumer.seek(place, first)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offsets to be read."""
        consumer = self._started()
        with port_errors():
            await consumer.commit(
                {TopicPartition(one.topic, one.number): at for one, at in offsets.items()}
            )

    def _started(self) -> Any:
        if self._consumer is None:
            raise TransportUnavailable("the consumer is not started")
        return self._consumer


class KafkaTopicLog:
    """Reads topics back for people (port TopicLog)."""

    def __init__(self, *, address: KafkaAddress, timeout_s: float = 5.0) -> None:
        self._address = address
        self._timeout_s = timeout_s

    async def latest(self, topic: str, *, limit: int) -> Sequence[ReceivedMessage]:
        """Return each partition's newest messages, oldest first."""
        return await self._read(topic, limit=limit)

    async def at(self, partition: Partition, *, offset: int) -> ReceivedMessage | None:
        """Return the message at that place."""
        found = await self._read(
            partition.topic, limit=1, only=(partition.number, offset) if offset >= 0 else (-1, 0)
        )
        return next((one for one in found if one.offset == offset), None)

    async def _read(
        self, topic: str, *, limit: int, only: tuple[int, int] | None = None
    ) -> list[ReceivedMessage]:
        consumer: Any = AIOKafkaConsumer(
            **self._address.options(), enable_auto_commit=False, isolation_level="read_committed"
        )
        found: list[ReceivedMessage] = []
        with port_errors():
            try:
                await consumer.start()
                places = [
                    TopicPartition(topic, number)
                    for number in await partitions_of(topic, address=self._address)
                    if only is None or only[0] == number
                ]
                if not places:
                    return found
                consumer.assign(places)
                firsts = await consumer.beginning_offsets(places)
                ends = await consumer.end_offsets(places)
                for place in places:
                    start = only[1] if only is not None else max(firsts[place], ends[place] - limit)
                    if firsts[place] <= start < ends[place]:
                        found += await self._range(consumer, place, start, ends[place], limit)
            finally:
                await close_consumer(consumer)
        return found

    async def _range(
        self, consumer: Any, place: TopicPartition, start: int, end: int, limit: int
    ) -> list[ReceivedMessage]:
        consumer.seek(place, start)
        found: list[ReceivedMessage] = []
        while len(found) < limit and await consumer.position(place) < end:
            records = await consumer.getmany(
                place, timeout_ms=round(self._timeout_s * 1000), max_records=limit - len(found)
            )
            if not records:
                break
            found += [_received(record) for record in records.get(place, ())]
        return found


def _received(record: Any) -> ReceivedMessage:
    return ReceivedMessage(
        partition=Partition(record.topic, record.partition),
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers),
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
    )
