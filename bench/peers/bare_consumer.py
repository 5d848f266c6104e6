"""The least that a durable consumer can be: aiokafka, one INSERT a message, offsets behind it.

It takes as many messages at once as Ballast's worker has in hand, inserts each by a statement
of its own (committed as the server's `synchronous_commit` says), different keys side by side
over a pool, those of one key one after the other, and commits the offsets when the batch is
stored. Nothing is read, checked, signed, decided or answered.

Run `python -m bench.peers.bare_consumer --bootstrap HOST:PORT --database-url URL --topic TOPIC
--port PORT`. Whoever connects to the port sends a number in a line, is told "ready", and gets one
JSON line when so many messages were stored and their offsets committed: for each its partition,
its offset and the moment when it was stored, in nanoseconds of the monotonic clock.
"""

import argparse
import asyncio
import json
from collections import defaultdict
from time import monotonic_ns
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.serving import LOOPBACK

IN_FLIGHT_MAX = 64
POOL_SIZE = 16
POLL_MS = 250
TABLE = "bench_bare_consumer"
CREATE = f"""
CREATE TABLE {TABLE} (
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, "offset")
)
"""
INSERT = f'INSERT INTO {TABLE} (partition, "offset", key, value) VALUES ($1, $2, $3, $4)'  # noqa: S608 - own names; values are parameters


class BareConsumer:
    """One member of a group, until it is told to stop."""

    def __init__(self, *, consumer: Any, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._consumer = consumer
        self._pool = pool
        self._stored: list[tuple[int, int, int]] = []
        self._wanted = 0
        self._enough = asyncio.Event()

    async def run(self) -> None:
        """Consume without end."""
        while True:
            found = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=IN_FLIGHT_MAX)
            by_key: dict[bytes, list[Any]] = defaultdict(list)
            for record in (one for records in found.values() for one in records):
                by_key[record.key].append(record)
            await asyncio.gather(*(self._store(records) for records in by_key.values()))
            if found:
                await self._consumer.commit(
                    {
                        TopicPartition(place.topic, place.partition): records[-1].offset + 1
                        for place, records in found.items()
                    }
                )
            if self._wanted and len(self._stored) >= self._wanted:
                self._enough.set()

    async def count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Tell when the next so many messages were stored."""
        asked = await reader.readline()
        if asked:
            self._stored.clear()
            self._enough.clear()
            self._wanted = int(asked)
            writer.write(b"ready\n")
            await self._enough.wait()
            writer.write(json.dumps(self._stored).encode() + b"\n")
            await writer.drain()
            self._wanted = 0
        writer.close()

    async def _store(self, records: list[Any]) -> None:
        for one in records:
            await self._pool.execute(INSERT, one.partition, one.offset, one.key, one.value)
            self._stored.append((one.partition, one.offset, monotonic_ns()))


async def _run(chosen: argparse.Namespace) -> None:
    consumer = AIOKafkaConsumer(
        chosen.topic,
        bootstrap_servers=chosen.bootstrap,
        group_id="bench-bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    async with asyncpg.create_pool(
        chosen.database_url, min_size=POOL_SIZE, max_size=POOL_SIZE, reset=_no_reset
    ) as pool:
        await pool.execute(f"DROP TABLE IF EXISTS {TABLE}")
        await pool.execute(CREATE)
        await consumer.start()
        bare = BareConsumer(consumer=consumer, pool=pool)
        try:
            async with asyncio.timeout(chosen.seconds_max):
                # The line with all the moments is long.
                await asyncio.start_server(bare.count, LOOPBACK, chosen.port)
                await bare.run()
        finally:
            await consumer.stop()


async def _no_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Leave the connection as it is: nothing here changes a session."""


def main() -> None:
    """Consume until told to stop or until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds-max", type=float, default=600.0)
    uvloop.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
