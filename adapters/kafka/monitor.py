"""Look at Kafka: ends, replicas, where groups stand, what they commit, how late messages are."""

import asyncio
from collections import deque
from dataclasses import replace
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from adapters.kafka.closing import close_all, close_producer
from adapters.kafka.commit_log import COMMITS, read_commit
from adapters.kafka.connection import KafkaAddress
from adapters.kafka.tail import Tail
from adapters.kafka.topics import PROBE_TOPIC, ensure_topics
from ports.commands import TransportUnavailable
from ports.stream_monitor import CommitSeen, LogUnreachable, Look, PartitionSeen, StandingOffset
from ports.time import Clock

log = structlog.get_logger(__name__)

_GROUPS_MAX = 200
_PARTITIONS_MAX = 5_000
_COMMITS_MAX = 10_000
_DELAYS_MAX = 1_000


class KafkaStreamMonitor:
    """Kafka over its own protocol (port StreamMonitor).

    Watched are the topics whose name begins with `prefix`, and every group that committed
    an offset of one. A reader without a group follows their ends: the age of a record as it
    arrives is its topic's latency, and a probe that each look writes to a topic of its own
    measures one where there is no other traffic. The same reader follows the topic that
    Kafka keeps commits in, as Burrow does, for that shows a commit that changes nothing;
    where it may not be read, only offsets that change are seen, and a consumer that stalls
    looks like one that stopped.
    """

    def __init__(
        self,
        *,
        address: KafkaAddress,
        clock: Clock,
        prefix: str = "ballast.",
        probe_topic: str = PROBE_TOPIC.name,
        answer_s: float = 3.0,
    ) -> None:
        self._address = address
        self._clock = clock
        self._prefix = prefix
        self._probe_topic = probe_topic
        self._answer_s = answer_s
        self._admin: Any = None
        self._producer: Any = None
        self._tail: Tail | None = None
        self._commits: deque[CommitSeen] = deque(maxlen=_COMMITS_MAX)
        self._delays_ms: dict[str, deque[float]] = {}

    async def look(self) -> Look:
        """Return how the log is now."""
        try:
            async with asyncio.timeout(self._answer_s):
                tail = await self._connected()
                return await self._look(tail)
        except (KafkaError, OSError, TimeoutError, TransportUnavailable) as problem:
            await self.stop()
            raise LogUnreachable(f"Kafka: {problem or type(problem).__name__}") from problem

    async def stop(self) -> None:
        """Let go of every connection."""
        tail, self._tail = self._tail, None
        producer, self._producer = self._producer, None
        admin, self._admin = self._admin, None
        if tail is not None:
            await tail.stop()
        if producer is not None:
            await close_producer(producer)
        if admin is not None:
            await close_all(admin.close)

    async def _connected(self) -> Tail:
        if self._tail is not None:
            return self._tail
        self._admin = AIOKafkaAdminClient(**self._address.options())
        await self._admin.start()
        probes = replace(PROBE_TOPIC, name=self._probe_topic)
        await ensure_topics([probes], address=self._address)
        self._producer = AIOKafkaProducer(**self._address.options(), acks="all")
        await self._producer.start()
        self._tail = tail = Tail(address=self._address, on_record=self._on_record)
        await tail.start()
        return tail

    async def _look(self, tail: Tail) -> Look:
        described = await self._admin.describe_topics()
        watched = {
            TopicPartition(topic["topic"], one["partition"]): one
            for topic in described
            if topic["topic"].startswith(self._prefix) and not topic["is_internal"]
            for one in topic["partitions"]
        }
        if len(watched) > _PARTITIONS_MAX:
            raise LogUnreachable(f"more than {_PARTITIONS_MAX} partitions begin with the prefix")
        commits = [
            TopicPartition(COMMITS, one["partition"])
            for topic in described
            if topic["topic"] == COMMITS and topic["error_code"] == 0
            for one in topic["partitions"]
        ]
        await tail.follow([*watched, *commits])
        if any(place.topic == self._probe_topic for place in watched):
            await self._producer.send_and_wait(self._probe_topic, value=b"probe")
        standing = await self._standing(watched)
        ends = await tail.end_offsets(watched)
        # Taken last: a commit that the offsets above show was seen by now, or soon is.
        seen, delays = list(self._commits), self._delays_ms
        self._commits.clear()
        self._delays_ms = {}
        return Look(
            partitions=[
                PartitionSeen(
                    topic=place.topic,
                    number=place.partition,
                    end=ends[place],
                    replicas=len(one["replicas"]),
                    in_sync=len(one["isr"]),
                )
                for place, one in watched.items()
            ],
            standing=standing,
            commits=seen,
            delays_ms={topic: tuple(ages) for topic, ages in delays.items()},
        )

    async def _standing(self, watched: dict[TopicPartition, Any]) -> list[StandingOffset]:
        groups = sorted(group[0] for group in await self._admin.list_consumer_groups())
        if len(groups) > _GROUPS_MAX:
            log.warning("kafka.too_many_groups", groups=len(groups), watched=_GROUPS_MAX)
        found: list[StandingOffset] = []
        for group in groups[:_GROUPS_MAX]:
            offsets = await self._admin.list_consumer_group_offsets(group)
            found += [
                StandingOffset(
                    group=group, topic=place.topic, number=place.partition, offset=kept.offset
                )
                for place, kept in offsets.items()
                if place in watched and kept.offset >= 0
            ]
        return found

    def _on_record(self, record: Any) -> None:
        now = self._clock.now()
        if record.topic != COMMITS:
            ages = self._delays_ms.setdefault(record.topic, deque(maxlen=_DELAYS_MAX))
            ages.append(now.timestamp() * 1000 - record.timestamp)
            return
        commit = read_commit(key=record.key, value=record.value)
        if commit is not None and commit.topic.startswith(self._prefix):
            self._commits.append(
                CommitSeen(
                    group=commit.group,
                    topic=commit.topic,
                    number=commit.number,
                    offset=commit.offset,
                    at=now,
                )
            )
