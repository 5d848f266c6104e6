"""A topic of a real Kafka that a test writes to, reads as a group, and watches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.monitor import KafkaStreamMonitor
from adapters.system.time import SystemClock
from tests.contracts.streams.monitor import eventually
from tests.services.service import Service


@dataclass(slots=True)
class KafkaLog:
    """A watched topic and a group without members, which commits when it is told (WatchedLog)."""

    monitor: KafkaStreamMonitor
    topic: str
    group: str
    producer: Any
    consumer: Any
    service: Service | None

    async def produce(self, count: int) -> None:
        sent = [await self.producer.send(self.topic, b"x", partition=0) for _ in range(count)]
        await asyncio.gather(*sent)

    async def commit(self, offset: int) -> None:
        await self.consumer.commit({TopicPartition(self.topic, 0): offset})

    async def cut(self) -> None:
        assert self.service is not None
        await asyncio.to_thread(self.service.pause)

    async def mend(self) -> None:
        assert self.service is not None
        await asyncio.to_thread(self.service.resume)


@asynccontextmanager
async def kafka_log(
    bootstrap: str, *, service: Service | None = None, group: str | None = None
) -> AsyncIterator[KafkaLog]:
    """Make a topic, and close everything afterwards."""
    mark = uuid4().hex[:8]
    prefix = f"watch-{mark}."
    topic, group = f"{prefix}orders", group or f"group-{mark}"
    address = KafkaAddress(bootstrap=bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    monitor = KafkaStreamMonitor(
        address=address, clock=SystemClock(), prefix=prefix, probe_topic=f"{prefix}probes"
    )
    await producer.start()
    # Assigned by hand: it commits for the group without being one of its members.
    consumer.assign([TopicPartition(topic, 0)])
    await consumer.start()
    try:
        log = KafkaLog(monitor, topic, group, producer, consumer, service)
        # A Kafka that was just started still loads its groups.
        await eventually(log, bool)
        yield log
    finally:
        await monitor.stop()
        await consumer.stop()
        await producer.stop()
        await admin.delete_topics([topic, f"{prefix}probes"])
        await admin.close()
