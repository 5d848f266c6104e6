"""Kafka's monitor keeps its port's promises, on a real Kafka."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.contracts.streams.monitor import StreamMonitorContract, WatchedLog, eventually
from tests.integration.streams.kafka_log import KafkaLog, kafka_log
from tests.services.service import Service


class TestKafkaStreamMonitor(StreamMonitorContract):
    @pytest_asyncio.fixture
    async def log(self, own_kafka: Service) -> AsyncIterator[WatchedLog]:
        async with kafka_log(own_kafka.url, service=own_kafka) as log:
            yield log


async def test_a_probe_measures_a_latency_where_nobody_else_writes(own_kafka: Service) -> None:
    async with kafka_log(own_kafka.url) as log:
        probes = log.topic.replace("orders", "probes")
        looks = await eventually(log, lambda seen: any(look.delays_ms.get(probes) for look in seen))
        assert all(log.topic not in look.delays_ms for look in looks)


async def test_topics_without_the_prefix_are_not_watched(own_kafka: Service) -> None:
    async with kafka_log(own_kafka.url) as mine, kafka_log(own_kafka.url) as other:
        await other.produce(1)
        await other.commit(1)
        look = await mine.monitor.look()
        assert {one.topic for one in look.partitions}.isdisjoint({other.topic})
        assert all(one.group != other.group for one in look.standing)


async def test_a_topic_made_later_is_followed_and_the_others_lose_nothing(
    own_kafka: Service,
) -> None:
    async with kafka_log(own_kafka.url) as log:
        await log.monitor.look()
        await log.produce(4)
        await _make(log, log.topic.replace("orders", "late"))

        def delays(name: str, looks: object) -> int:
            return sum(len(look.delays_ms.get(name, ())) for look in looks)  # type: ignore[attr-defined]

        looks = await eventually(log, lambda seen: delays(log.topic, seen) >= 4)
        assert delays(log.topic, looks) == 4
        assert any(one.topic.endswith("late") for one in looks[-1].partitions)


async def _make(log: KafkaLog, topic: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    servers = log.producer.client._bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    finally:
        await admin.close()
