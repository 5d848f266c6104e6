"""Publish committed events to Kafka: acknowledged by all replicas, in order per account."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from adapters.kafka.closing import close_consumer, close_producer
from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events_wire import (
    TOPICS,
    UnknownEvent,
    body_of,
    headers_of,
    key_of,
    notice_of,
    topic_of,
)
from adapters.kafka.partitioning import partition_for
from adapters.kafka.topics import ensure_topics
from domain.shared.notices import Notice
from ports.commands import TransportUnavailable
from ports.streams import StreamUnavailable, Subscriber

log = structlog.get_logger(__name__)

# The longest that a batch may take to be acknowledged, brokers' elections included.
_PUBLISH_S = 20.0
# While the brokers are away they are asked so often; each time costs a connection.
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 5.0


# The library's own defaults lose and double.
PRODUCING: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 2,
    "max_batch_size": 65_536,
    "max_request_size": 1_048_576,
}


class KafkaEventStream:
    """An EventStream over Kafka, by topic of the area and key of the account.

    It connects with the first batch. After a failure the producer is dropped, for what it
    still holds may be written late; the whole batch is to be handed over again, so that
    a consumer may see events twice, and never one before an earlier one for the first time.
    `start` lets subscribers follow what is published from then on.
    """

    def __init__(self, *, address: KafkaAddress) -> None:
        self._address = address
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._following: asyncio.Task[None] | None = None
        self._subscribers: list[Subscriber] = []
        self._wait_s = _FIRST_WAIT_S
        self._open_at = 0.0
        self._problem = ""

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hand notices over; returns when all replicas in sync have all of them."""
        if not notices:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._open_at:
            raise StreamUnavailable(self._problem)
        try:
            # Connecting has the library's own limits: one that is cut off leaks its connection.
            producer = self._producer or await self._connect()
            async with asyncio.timeout(_PUBLISH_S):
                await self._send(producer, notices)
        except (KafkaError, OSError, TimeoutError, TransportUnavailable) as problem:
            await self._drop_producer()
            self._problem = f"Kafka: {problem or type(problem).__name__}"[:300]
            self._open_at = loop.time() + self._wait_s
            self._wait_s = min(self._wait_s * 2, _LONGEST_WAIT_S)
            raise StreamUnavailable(self._problem) from problem
        self._wait_s = _FIRST_WAIT_S

    def subscribe(self, *, name: str, subscriber: Subscriber) -> None:
        """Add a subscriber before the stream starts; it must not block."""
        self._subscribers.append(subscriber)

    async def start(self) -> None:
        """Follow what is published from now on; raises StreamUnavailable."""
        try:
            await ensure_topics(TOPICS, address=self._address)
            consumer = AIOKafkaConsumer(
                *TOPICS,
                **self._address.options(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="latest",
            )
            self._consumer = consumer
            await consumer.start()
            # Asked for now: else "latest" would be decided with the first read.
            await consumer.seek_to_end()
            for partition in consumer.assignment():
                await consumer.position(partition)
        except (KafkaError, OSError, TimeoutError, TransportUnavailable) as problem:
            await self.stop()
            raise StreamUnavailable(f"Kafka: {problem}") from problem
        self._following = asyncio.create_task(self._follow(consumer), name="kafka_follower")

    async def stop(self) -> None:
        """Close what is open; what was not acknowledged is published again by the next life."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait({following})
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await close_consumer(consumer)
        await self._drop_producer()

    async def _connect(self) -> AIOKafkaProducer:
        await ensure_topics(TOPICS, address=self._address)
        producer = AIOKafkaProducer(
            **self._address.options(), **PRODUCING, partitioner=partition_for
        )
        self._producer = producer
        await producer.start()
        log.info("kafka.connected", bootstrap=self._address.bootstrap)
        return producer

    async def _send(self, producer: AIOKafkaProducer, notices: Sequence[Notice]) -> None:
        waiting = [
            await producer.send(
                topic_of(notice),
                value=body_of(notice),
                key=key_of(notice),
                headers=headers_of(notice),
                timestamp_ms=int(notice.at.timestamp() * 1000),
            )
            for notice in notices
        ]
        await asyncio.gather(*waiting)

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await close_producer(producer)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        async for message in consumer:
            try:
                notice = notice_of(message.value or b"")
            except UnknownEvent as problem:
                # Of a newer version, or not ours: the events behind it must still come.
                log.warning("kafka.unknown_event", topic=message.topic, problem=str(problem))
                continue
            for subscriber in self._subscribers:
                await subscriber(notice)
