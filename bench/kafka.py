"""A Kafka for a row, with our topics on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import uvloop

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import TOPICS, make_topics
from bench.servers import own_server

# A broker takes a moment until it leads what it was just given.
_SETTLE_S = 1.0


@contextmanager
def own_kafka(*, partitions: int | None = None) -> Iterator[KafkaAddress]:
    """Run a node of the benchmark's own while the block runs; give its address."""
    with own_server("kafka") as bootstrap:
        address = KafkaAddress(bootstrap=bootstrap, partitions=partitions)
        uvloop.run(make_topics(TOPICS, address=address))
        sleep(_SETTLE_S)
        yield address
