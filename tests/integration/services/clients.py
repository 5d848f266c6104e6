"""Speak to the three servers as programs do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis

ANSWER_MS = 10_000


@asynccontextmanager
async def redis_at(url: str, *, timeout_s: float = 5.0) -> AsyncIterator[Redis]:
    """Give a client of a Redis."""
    client = Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
    try:
        yield client
    finally:
        await client.aclose()


async def new_topic(bootstrap: str) -> str:
    """Make a topic of one partition and return its name."""
    topic = f"test-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ANSWER_MS)
    await admin.start()
    try:
        made = await admin.create_topics([NewTopic(topic, 1, 1)])
        assert [code for _, code, *_ in made.topic_errors] == [0], made
    finally:
        await admin.close()
    return topic


async def produce(
    bootstrap: str, *, topic: str, values: list[bytes], timeout_ms: int = ANSWER_MS
) -> None:
    """Send records, each acknowledged."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", request_timeout_ms=timeout_ms
    )
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def consume(bootstrap: str, *, topic: str, count: int) -> list[bytes]:
    """Read so many records from the beginning, as a member of a group."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"group-{uuid4().hex}",
        auto_offset_reset="earliest",
        request_timeout_ms=ANSWER_MS,
    )
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()
