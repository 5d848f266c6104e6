"""Each server answers a real client, and keeps over a kill what it acknowledged."""

import asyncio

import asyncpg
import pytest
from aiokafka.errors import UnknownTopicOrPartitionError
from redis.exceptions import AuthenticationError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tests.integration.services.clients import consume, new_topic, produce, redis_at
from tests.services.kafka import Kafka
from tests.services.proxy import FaultProxy, Way
from tests.services.service import Service

ANSWER_S = 30.0


async def test_postgres_answers(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url, timeout=10)
    try:
        assert await connection.fetchval("SELECT 40 + 2") == 42
    finally:
        await connection.close()


async def test_redis_answers(redis_url: str) -> None:
    async with redis_at(redis_url) as redis:
        await redis.set("smoke", "here", ex=60)
        assert await redis.get("smoke") == b"here"


async def test_kafka_takes_a_record_and_gives_it_back(kafka_bootstrap: str) -> None:
    topic = await new_topic(kafka_bootstrap)
    await produce(kafka_bootstrap, topic=topic, values=[b"one"])
    async with asyncio.timeout(ANSWER_S):
        assert await consume(kafka_bootstrap, topic=topic, count=1) == [b"one"]


async def test_redis_lets_nobody_in_without_the_password(own_redis: Service) -> None:
    async with redis_at(own_redis.url.replace(own_redis.server.place.secret, "guess")) as redis:
        with pytest.raises(AuthenticationError):
            await redis.get("smoke")


async def test_postgres_keeps_what_it_committed_over_a_kill(own_postgres: Service) -> None:
    connection = await asyncpg.connect(own_postgres.url, timeout=10)
    await connection.execute("CREATE TABLE kept (id integer)")
    await connection.execute("INSERT INTO kept VALUES (1)")
    await connection.execute("BEGIN; INSERT INTO kept VALUES (2)")
    await asyncio.to_thread(own_postgres.kill)
    assert not own_postgres.is_alive()
    connection.terminate()
    await asyncio.to_thread(own_postgres.restart)
    connection = await asyncpg.connect(own_postgres.url, timeout=10)
    try:
        assert await connection.fetchval("SELECT array_agg(id) FROM kept") == [1]
        await connection.execute("DROP TABLE kept")
    finally:
        await connection.close()


async def test_redis_keeps_what_it_acknowledged_over_a_kill(own_redis: Service) -> None:
    async with redis_at(own_redis.url) as redis:
        for number in range(100):
            await redis.set(f"kept:{number}", number)
        await redis.xadd("kept-stream", {"number": 1})
    await asyncio.to_thread(own_redis.kill)
    await asyncio.to_thread(own_redis.restart)
    async with redis_at(own_redis.url) as redis:
        assert await redis.mget([f"kept:{number}" for number in range(100)]) == [
            str(number).encode("ascii") for number in range(100)
        ]
        assert await redis.xlen("kept-stream") == 1


async def test_kafka_keeps_what_it_acknowledged_over_a_kill(own_kafka: Service) -> None:
    topic = await new_topic(own_kafka.url)
    await produce(own_kafka.url, topic=topic, values=[b"one", b"two"])
    await asyncio.to_thread(own_kafka.kill)
    await asyncio.to_thread(own_kafka.restart)
    await produce(own_kafka.url, topic=topic, values=[b"three"])
    async with asyncio.timeout(ANSWER_S):
        read = await consume(own_kafka.url, topic=topic, count=3)
    assert read == [b"one", b"two", b"three"]


async def test_kafka_makes_no_topic_by_itself(own_kafka: Service) -> None:
    with pytest.raises(UnknownTopicOrPartitionError):
        await produce(own_kafka.url, topic="never-made", values=[b"lost"], timeout_ms=500)


async def test_a_client_that_came_by_the_proxy_stays_on_it(own_kafka: Service) -> None:
    server = own_kafka.server
    assert isinstance(server, Kafka)
    proxy = FaultProxy(upstream_port=server.upstream_port, port=server.proxy_port)
    async with proxy:
        bootstrap = f"127.0.0.1:{proxy.port}"
        topic = await new_topic(bootstrap)
        before = proxy.passed[Way.REQUESTS]
        await produce(bootstrap, topic=topic, values=[b"x" * 10_000])
        assert proxy.passed[Way.REQUESTS] - before > 10_000


async def test_a_paused_server_is_silent_and_then_goes_on(own_redis: Service) -> None:
    async with redis_at(own_redis.url, timeout_s=0.3) as redis:
        await redis.set("before", "1")
        own_redis.pause()
        try:
            assert own_redis.is_alive()
            with pytest.raises(RedisTimeoutError):
                await redis.get("before")
        finally:
            own_redis.resume()
        assert await redis.get("before") == b"1"
