"""Hold what lies on Kafka against the journal: every event, in order, none made up."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events_wire import TOPICS, notice_of
from adapters.kafka.topics import partitions_of
from ports.commands import Partition, ReceivedMessage

_WAIT_MS = 5_000


@dataclass(slots=True, kw_only=True)
class Seen:
    """What a comparison found."""

    journal: int = 0
    published: int = 0
    wrongs: list[str] = field(default_factory=list)


async def read_topic(bootstrap: str, *topics: str) -> list[ReceivedMessage]:
    """Read topics from their beginning to their present end."""
    # Not by seek_to_beginning: a reset to the default that is on its way would overtake it.
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        places = [
            TopicPartition(topic, number)
            for topic in topics
            for number in await partitions_of(topic, address=KafkaAddress(bootstrap=bootstrap))
        ]
        if not places:
            return []
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[ReceivedMessage] = []
        left = {place for place in places if await consumer.position(place) < ends[place]}
        while left:
            records = await consumer.getmany(*left, timeout_ms=_WAIT_MS)
            for place, several in records.items():
                found += [_received(one) for one in several if one.offset < ends[place]]
            left = {place for place in left if await consumer.position(place) < ends[place]}
        return found
    finally:
        await consumer.stop()


async def compare_events(*, bootstrap: str, journal: list[Any], tenants: set[UUID]) -> Seen:
    """Compare the journal's rows with the events of these tenants on Kafka."""
    seen = Seen(journal=len(journal))
    stored = {row["id"]: row for row in journal}
    stood: dict[tuple[UUID, str], int] = defaultdict(int)
    places: dict[tuple[str, bytes | None], int] = {}
    told: set[UUID] = set()
    for one in await read_topic(bootstrap, *TOPICS):
        notice = notice_of(one.value or b"")
        if notice.tenant_id not in tenants:
            continue
        seen.published += 1
        key = (one.partition.topic, one.key)
        if places.setdefault(key, one.partition.number) != one.partition.number:
            seen.wrongs.append(f"the key {one.key!r} lies in two partitions")
        if notice.id not in stored:
            seen.wrongs.append(f"event {notice.id} was published and is not in the journal")
        if notice.id in told:
            continue
        told.add(notice.id)
        stream = (notice.account_id or notice.tenant_id, notice.channel)
        if notice.sequence != stood[stream] + 1:
            seen.wrongs.append(f"{stream}: {notice.sequence} came after {stood[stream]}")
        stood[stream] = notice.sequence
    missing = stored.keys() - told
    if missing:
        seen.wrongs.append(f"{len(missing)} events never reached Kafka, such as {min(missing)}")
    return seen


def _received(record: Any) -> ReceivedMessage:
    return ReceivedMessage(
        partition=Partition(record.topic, record.partition),
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
