"""The rows over Kafka, Postgres and Redis count every message, and say when some are missing."""

import pytest
import uvloop

from adapters.kafka.connection import KafkaAddress
from application.streams.relay import BATCH
from bench.commands import taken
from bench.row_consume import bare_consumer, carry_bare
from bench.row_publish import publish_ours, publish_theirs
from bench.row_relay import fill, query_all, relay_all
from bench.ws_fanout import measure_fanout


def test_both_sides_publish_and_time_each_batch(kafka_bootstrap: str) -> None:
    address = KafkaAddress(bootstrap=kafka_bootstrap)
    p99s_ms: list[float] = []
    for publish in (publish_ours, publish_theirs):
        rate = uvloop.run(publish(address, taken_ms=p99s_ms, batches=1))
        # One batch: its time and the whole time are nearly the same.
        assert rate <= BATCH / (p99s_ms[-1] / 1000)
    assert len(p99s_ms) == 2


def test_the_relay_and_its_floor_go_through_all_events(
    kafka_bootstrap: str, database_url: str
) -> None:
    address = KafkaAddress(bootstrap=kafka_bootstrap)
    events = BATCH + 20
    uvloop.run(fill(database_url, events=events))
    for _ in range(2):
        assert uvloop.run(relay_all(database_url, address=address, events=events)) > 0
    assert uvloop.run(query_all(database_url, events=events)) > 0
    with pytest.raises(RuntimeError, match=f"{events} of {events + 1} events"):
        uvloop.run(relay_all(database_url, address=address, events=events + 1))
    with pytest.raises(RuntimeError, match=f"{events} of {events + 1} rows"):
        uvloop.run(query_all(database_url, events=events + 1))


def test_the_bare_consumer_stores_every_message(
    kafka_bootstrap: str, empty_database_url: str
) -> None:
    address = KafkaAddress(bootstrap=kafka_bootstrap)
    messages = [(b"account-%d" % (number % 3), b"%d" % number) for number in range(100)]
    with bare_consumer(address=address, database_url=empty_database_url) as port:
        for _ in range(2):
            done = uvloop.run(carry_bare(messages, address=address, port=port))
            assert done.latency_ms.count == 100


def test_every_client_of_both_processes_gets_every_message(redis_url: str) -> None:
    fanned = measure_fanout(redis_url=redis_url, clients=10, messages=5)
    assert fanned.frames == 50


def test_a_rate_is_from_the_first_sending_to_the_last_end() -> None:
    done = taken(sent=[0, 1_000_000], ended=[500_000_000, 251_000_000])
    assert done.messages_per_s == pytest.approx(4.0)
    assert done.latency_ms.maximum == pytest.approx(500.0)
