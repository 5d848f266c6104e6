"""A real Kafka with the topics of commands."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import make_topics
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from tests.integration.kafka.kafka_counter import KafkaCounter
from tests.unit.adapters.kafka.counter import open_counter


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep logs unrendered: the default renderer draws every local of a traceback."""
    with capture_logs():
        yield


@pytest.fixture
async def address(kafka_bootstrap: str) -> KafkaAddress:
    made = KafkaAddress(bootstrap=kafka_bootstrap)
    await make_topics((COMMANDS, DEAD_LETTERS, REPLIES), address=made, partitions=4, replicas=1)
    return made


@pytest.fixture
async def counter(address: KafkaAddress) -> AsyncIterator[KafkaCounter]:
    async with open_counter() as inner:
        made = KafkaCounter(inner=inner, address=address, topic=f"commands-{uuid4().hex[:12]}")
        await make_topics((made.topic,), address=address, partitions=4, replicas=1)
        await made.sink.start()
        try:
            yield made
        finally:
            await made.kill()
            await made.sink.stop()
