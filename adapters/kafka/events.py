"""Publish committed events to Kafka: acknowledged by all replicas, in order per account."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from adapters.kafka.events_wire import (
    TOPICS,
    UnknownEvent,
    body_of,
    headers_of,
    key_of,
    notice_of,
    topic_of,
)
from domain.shared.notices import Notice
from ports.streams import StreamUnavailable, Subscriber

log = structlog.get_logger(__name__)

_BATCH_BYTES = 65_536
_REQUEST_BYTES_MAX = 1_048_576
_LINGER_MS = 2
# The longest that a batch may take to be acknowledged, brokers' elections included.
_PUBLISH_S = 20.0
_REQUEST_MS = 10_000
_STOP_S = 2.0
# While the brokers are away they are asked so often; each time costs a connection.
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerSettings:
    """Where the brokers are, how we log in, and how topics are made that are missing."""

    bootstrap: str
    client_id: str = "ballast"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    partitions: int = 12
    # As many as there are brokers, where those are fewer.
    replication: int = 3

    def connection(self) -> dict[str, Any]:
        """Return the arguments that every client takes."""
        secured = self.security_protocol in ("SSL", "SASL_SSL")
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client_id,
            "request_timeout_ms": _REQUEST_MS,
            "security_protocol": self.security_protocol,
            "ssl_context": ssl.create_default_context() if secured else None,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
        }


class KafkaEventStream:
    """An EventStream over Kafka, by topic of the area and key of the account.

    It connects with the first batch. After a failure the producer is dropped, for what it
    still holds may be written late; the whole batch is to be handed over again, so that
    a consumer may see events twice, and never one before an earlier one for the first time.
    `start` lets subscribers follow what is published from then on.
    """

    def __init__(self, *, settings: ProducerSettings) -> None:
        self._settings = settings
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
        except (KafkaError, OSError, TimeoutError) as problem:
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
            await self._make_topics()
            consumer = AIOKafkaConsumer(
                *TOPICS,
                **self._settings.connection(),
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
        except (KafkaError, OSError, TimeoutError) as problem:
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
            await consumer.stop()
        await self._drop_producer()

    async def _connect(self) -> AIOKafkaProducer:
        await self._make_topics()
        producer = AIOKafkaProducer(
            **self._settings.connection(),
            # The library's own defaults lose and double.
            acks="all",
            enable_idempotence=True,
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES_MAX,
        )
        self._producer = producer
        await producer.start()
        log.info("kafka.connected", bootstrap=self._settings.bootstrap)
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

    async def _make_topics(self) -> None:
        """Make the topics that are missing; who may not make any finds them made."""
        admin = AIOKafkaAdminClient(**self._settings.connection())
        try:
            await admin.start()
            missing = sorted(set(TOPICS) - set(await admin.list_topics()))
            if missing:
                brokers = len((await admin.describe_cluster())["brokers"])
                answer = await admin.create_topics(
                    [
                        NewTopic(
                            name=name,
                            num_partitions=self._settings.partitions,
                            replication_factor=min(self._settings.replication, brokers),
                        )
                        for name in missing
                    ]
                )
                log.info("kafka.topics_made", topics=missing, answer=str(answer)[:300])
        finally:
            await admin.close()

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _ended(producer)

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


async def _ended(producer: AIOKafkaProducer) -> None:
    """End a producer: what it holds gets a moment to be acknowledged, then it is dropped."""
    stopping = asyncio.ensure_future(producer.stop())
    await asyncio.wait({stopping}, timeout=_STOP_S)
    if not stopping.done():
        # It flushes for as long as the brokers are away, and has no way to be told not to.
        stopping.cancel()
        sender = producer._sender
        if sender is not None:
            await sender.close()
        await producer.client.close()
    await asyncio.wait({stopping})
