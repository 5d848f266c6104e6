"""A consumer of commands that is asked to restart loses and repeats nothing, on a real Kafka."""

import asyncio
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.consumer import CommandConsumer
from adapters.kafka.sink import KafkaMessageSink
from adapters.kafka.transport import KafkaCommandSource
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.stream_monitor import MemoryConsumerRestarts
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock, SystemSleeper
from application.streams.obey_restarts import ObeyRestarts
from ports.commands import ReceivedMessage
from ports.consumers import RestartRequest
from tests import builders
from tests.waiting import eventually

MESSAGES = 400
TIMEOUT_S = 120.0


async def test_a_restart_amid_traffic_costs_no_message_and_repeats_none(
    kafka_bootstrap: str,
) -> None:
    mark = uuid4().hex[:8]
    topic, group = f"commands-{mark}", f"ballast.{mark}"
    address = KafkaAddress(bootstrap=kafka_bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=1)])
    effects: list[bytes | None] = []
    lives = 0

    async def process(received: ReceivedMessage) -> None:
        # In hand for a while: a restart finds some of them so.
        await asyncio.sleep(0.01)
        effects.append(received.value)

    def make() -> CommandConsumer:
        nonlocal lives
        lives += 1
        return CommandConsumer(
            source=KafkaCommandSource(address=address, group=group, topic=topic),
            sink=KafkaMessageSink(address=address),
            process=process,
            is_held=lambda: False,
        )

    restarts = MemoryConsumerRestarts(MemoryLink(MemoryDatabase()))
    clock, ids = SystemClock(), UuidV7Ids()
    obey = ObeyRestarts(
        group=group, make=make, restarts=restarts, clock=clock, sleeper=SystemSleeper()
    )
    running = asyncio.create_task(obey.run())
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
    await producer.start()

    async def produce() -> None:
        for number in range(MESSAGES):
            await producer.send_and_wait(topic, str(number).encode(), key=b"%d" % (number % 7))
            await asyncio.sleep(0.01)

    async def more_than(count: int) -> None:
        await eventually(lambda: len(effects) > count, within_s=TIMEOUT_S)

    async def alive(life: int) -> None:
        await eventually(lambda: lives == life, within_s=TIMEOUT_S)

    producing = asyncio.create_task(produce())
    try:
        for life in (2, 3):
            # Its start has settled what was asked before.
            await more_than(20 * life)
            await asyncio.sleep(1.2)
            request = RestartRequest(
                id=ids.new(), group=group, actor="user:1", asked_at=clock.now()
            )
            audit = builders.audit(tenant_id=builders.new_id(), action="consumer.restart")
            await restarts.ask(request, audit=audit)
            await alive(life)
        await producing
        await more_than(MESSAGES - 1)
        obey.finish()
        await running
    finally:
        for task in (producing, running):
            task.cancel()
        await asyncio.wait({producing, running})
        await producer.stop()
        await admin.delete_topics([topic])
        await admin.close()
    assert lives == 3
    assert sorted(effects, key=lambda one: int(one or b"-1")) == [
        str(number).encode() for number in range(MESSAGES)
    ]
