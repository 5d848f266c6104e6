"""Consume events as docs/events.md asks for: apply each once, with what was applied stored.

The place where it stands in each stream is stored in the same transaction as the effect; the
offset is committed after that. A kill in between brings the same events again.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events_wire import TOPICS
from adapters.kafka.topics import partitions_of
from ports.commands import TransportUnavailable
from tests.torture.failpoints import Fuse

TABLES = """
CREATE TABLE torture_stood (
    whose uuid NOT NULL, channel text NOT NULL, sequence bigint NOT NULL,
    PRIMARY KEY (whose, channel)
);
CREATE TABLE torture_applied (
    number bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL,
    whose uuid NOT NULL, channel text NOT NULL, sequence bigint NOT NULL
);
CREATE TABLE torture_gaps (whose uuid, channel text, stood bigint, came bigint);
"""
_AT_ONCE = 200


async def apply_events(
    *,
    bootstrap: str,
    database_url: str,
    group: str,
    tenant: str,
    fuse: Fuse | None,
    ready: Callable[[], None],
) -> None:
    """Apply what comes until killed; Kafka and Postgres may go away and come back."""
    connection = await asyncpg.connect(database_url)
    told = False
    while True:
        # All partitions by hand: a group would wait for the session of whoever was killed.
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=5_000,
        )
        try:
            found = [
                TopicPartition(topic, number)
                for topic in TOPICS
                for number in await partitions_of(topic, address=KafkaAddress(bootstrap=bootstrap))
            ]
            if not found:
                raise TimeoutError("the relay has made no topics yet")
            consumer.assign(found)
            await consumer.start()
            if not told:
                told = True
                ready()
            await _consume(consumer, connection, tenant=tenant, fuse=fuse)
        except (KafkaError, TransportUnavailable, OSError, TimeoutError):
            await asyncio.sleep(0.2)
        finally:
            await consumer.stop()


async def _consume(consumer: Any, connection: Any, *, tenant: str, fuse: Fuse | None) -> None:
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=_AT_ONCE)
        records = [record for several in found.values() for record in several]
        if not records:
            continue
        async with connection.transaction():
            for record in records:
                event = json.loads(record.value)
                if event["tenant_id"] == tenant:
                    await _apply(connection, event)
            _at(fuse, "applied.before")
        _at(fuse, "applied.after")
        await consumer.commit(
            {place: several[-1].offset + 1 for place, several in found.items() if several}
        )
        _at(fuse, "applied.offsets.after")


async def _apply(connection: Any, event: dict[str, Any]) -> None:
    """Apply one event unless it was applied; one statement, in its batch's transaction."""
    await connection.execute(
        "WITH stood AS ("
        " SELECT coalesce((SELECT sequence FROM torture_stood"
        " WHERE whose = $2 AND channel = $3), 0) AS at"
        "), kept AS ("
        " INSERT INTO torture_stood SELECT $2, $3, $4 FROM stood WHERE $4 > at"
        " ON CONFLICT (whose, channel) DO UPDATE SET sequence = excluded.sequence"
        "), told AS ("
        " INSERT INTO torture_gaps SELECT $2, $3, at, $4 FROM stood WHERE $4 > at + 1"
        ") INSERT INTO torture_applied (event_id, whose, channel, sequence)"
        " SELECT $1, $2, $3, $4 FROM stood WHERE $4 > at",
        UUID(event["id"]),
        UUID(event["account_id"] or event["tenant_id"]),
        event["channel"],
        event["sequence"],
    )


def _at(fuse: Fuse | None, name: str) -> None:
    if fuse is not None:
        fuse.at(name)
