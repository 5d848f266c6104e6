"""Publishing events to Kafka as the relay does, beside bare aiokafka with the same settings.

Ours finds each notice's topic, key and headers, encodes its body and bounds the time that it
waits. Theirs sends the same topics, keys, headers and bytes, all made beforehand. Both are
idempotent, ask for the acknowledgement of all replicas, and wait for it after each batch of
the relay's size, on the same broker.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import uvloop
from aiokafka import AIOKafkaProducer

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events import PRODUCING, KafkaEventStream
from adapters.kafka.events_wire import body_of, headers_of, key_of, topic_of
from application.streams.relay import BATCH
from bench.events import made_notices
from bench.kafka import own_kafka
from bench.rows import Better, Row, compare
from bench.stats import interleave, percentile

TURNS = 7
BATCHES = 100
WARM_UP = 5
PEER = "aiokafka, acks=all, idempotent"
GOAL = 0.8


def measure() -> list[Row]:
    """Measure messages per second and the time of a batch; the Kafka ends with the row."""
    ours_ms: list[float] = []
    theirs_ms: list[float] = []
    with own_kafka() as address:
        ours, theirs = interleave(
            lambda: uvloop.run(publish_ours(address, taken_ms=ours_ms)),
            lambda: uvloop.run(publish_theirs(address, taken_ms=theirs_ms)),
            repeats=TURNS,
        )
    return [
        compare(
            name="kafka_publish",
            unit="1/s",
            better=Better.HIGHER,
            ours=ours,
            reference=theirs,
            reference_name=PEER,
            goal=GOAL,
        ),
        compare(
            name=f"kafka_publish_p99_of_{BATCH}",
            unit="ms",
            better=Better.LOWER,
            ours=ours_ms,
            reference=theirs_ms,
            reference_name=PEER,
        ),
    ]


async def publish_ours(
    address: KafkaAddress, *, taken_ms: list[float], batches: int = BATCHES
) -> float:
    """Return messages per second of our stream; the p99 of a batch's time goes to taken_ms."""
    stream = KafkaEventStream(address=address)
    notices = made_notices(BATCH)
    try:
        return await _rate(lambda: stream.publish(notices), taken_ms=taken_ms, batches=batches)
    finally:
        await stream.stop()


async def publish_theirs(
    address: KafkaAddress, *, taken_ms: list[float], batches: int = BATCHES
) -> float:
    """Return the bare producer's messages per second, as `publish_ours` does."""
    records = [
        (topic_of(one), key_of(one), body_of(one), headers_of(one), int(one.at.timestamp() * 1000))
        for one in made_notices(BATCH)
    ]
    producer = AIOKafkaProducer(**address.options(), **PRODUCING)
    await producer.start()

    async def send() -> None:
        waiting = [
            await producer.send(topic, value=value, key=key, headers=headers, timestamp_ms=at_ms)
            for topic, key, value, headers, at_ms in records
        ]
        await asyncio.gather(*waiting)

    try:
        return await _rate(send, taken_ms=taken_ms, batches=batches)
    finally:
        await producer.stop()


async def _rate(
    publish: Callable[[], Awaitable[None]], *, taken_ms: list[float], batches: int
) -> float:
    # Connecting is no part of it.
    for _ in range(WARM_UP):
        await publish()
    taken: list[float] = []
    began = perf_counter()
    for _ in range(batches):
        started = perf_counter()
        await publish()
        taken.append((perf_counter() - started) * 1000)
    rate = BATCH * batches / (perf_counter() - began)
    taken_ms.append(percentile(taken, rank=99))
    return rate
