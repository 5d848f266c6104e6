"""Commands from Kafka, carried out, beside a bare aiokafka consumer with one INSERT a message.

Ours is `ballast worker commands`, with `ballast worker market` for the prices: it checks the
signature, asks the gate (twelve rules), stores order, reservation, decision, audit, journal and
the answer under the command's id in one transaction, commits the offset behind it and sends
the reply; a command ends when its reply is read. Theirs (bench/peers/bare_consumer.py) stores
the message as it is; it ends with its INSERT. Both take up to 64 messages at once, keep the
order of a key, run keys side by side over 16 connections and commit offsets behind what is
stored; same Kafka, same Postgres, 32 accounts, 12 partitions.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaProducer

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events import PRODUCING
from adapters.kafka.topics import make_topics
from bench.commands import (
    ANSWERED_S_MAX,
    Counter,
    Message,
    Taken,
    command_workers,
    made_orders,
    send_all,
    taken,
)
from bench.context import Context, furnished_context
from bench.kafka import own_kafka
from bench.postgres import fresh_database
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.serving import LOOPBACK, free_port, serving
from bench.stats import interleave

TURNS = 5
ACCOUNTS = 32
COMMANDS = 1_500
PACED = 300
PACE_PER_S = 100.0
PEER = "aiokafka + one INSERT"
BARE_TOPIC = "bench.bare.v1"
_LINE_BYTES_MAX = 16 * 1024 * 1024


def measure() -> list[Row]:
    """Measure messages per second, then the latency at a steady pace."""
    with _sides() as (context, address, port):

        def ours(count: int, per_s: float | None = None) -> Taken:
            messages = made_orders(context, count=count, accounts=context.accounts)
            return uvloop.run(carry_ours(messages, address=address, per_s=per_s))

        def theirs(count: int, per_s: float | None = None) -> Taken:
            messages = made_orders(context, count=count, accounts=context.accounts)
            return uvloop.run(carry_bare(messages, address=address, port=port, per_s=per_s))

        ours(COMMANDS // 10)
        theirs(COMMANDS // 10)
        rates = interleave(
            lambda: ours(COMMANDS).messages_per_s,
            lambda: theirs(COMMANDS).messages_per_s,
            repeats=TURNS,
        )
        delays = interleave(
            lambda: ours(PACED, PACE_PER_S).latency_ms.p99,
            lambda: theirs(PACED, PACE_PER_S).latency_ms.p99,
            repeats=TURNS,
        )
    return [
        compare(
            name="consume",
            unit="1/s",
            better=Better.HIGHER,
            ours=rates[0],
            reference=rates[1],
            reference_name=PEER,
        ),
        compare(
            name=f"consume_p99_at_{PACE_PER_S:.0f}_per_s",
            unit="ms",
            better=Better.LOWER,
            ours=delays[0],
            reference=delays[1],
            reference_name=PEER,
        ),
    ]


async def carry_ours(
    messages: Sequence[Message], *, address: KafkaAddress, per_s: float | None = None
) -> Taken:
    """Send commands to our workers and wait for their replies."""
    async with Counter(address=address, gathers=per_s is None) as counter:
        return await counter.carry(messages, per_s=per_s)


async def carry_bare(
    messages: Sequence[Message], *, address: KafkaAddress, port: int, per_s: float | None = None
) -> Taken:
    """Send messages to the bare consumer and wait until it has stored them."""
    producer = AIOKafkaProducer(**address.options(), **PRODUCING)
    await producer.start()
    reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=_LINE_BYTES_MAX)
    try:
        async with asyncio.timeout(ANSWERED_S_MAX):
            writer.write(b"%d\n" % len(messages))
            await reader.readline()
            sent = await send_all(producer, topic=BARE_TOPIC, messages=messages, per_s=per_s)
            told = json.loads(await reader.readline())
    finally:
        writer.close()
        await producer.stop()
    stored = {(partition, offset): at_ns for partition, offset, at_ns in told}
    return taken(sent=[one.at_ns for one in sent], ended=[stored[one.place] for one in sent])


@contextmanager
def bare_consumer(*, address: KafkaAddress, database_url: str) -> Iterator[int]:
    """Run the bare consumer while the block runs; give its port."""
    uvloop.run(make_topics((BARE_TOPIC,), address=address))
    port = free_port()
    arguments = (
        "-m",
        "bench.peers.bare_consumer",
        f"--bootstrap={address.bootstrap}",
        f"--database-url={database_url}",
        f"--topic={BARE_TOPIC}",
        f"--port={port}",
    )
    with serving(arguments=arguments, port=port):
        yield port


@contextmanager
def _sides() -> Iterator[tuple[Context, KafkaAddress, int]]:
    with (
        tempfile.TemporaryDirectory(prefix="ballast-bench-") as name,
        own_server("postgres") as server,
        own_kafka() as address,
    ):
        context = furnished_context(
            database_url=fresh_database(server), folder=Path(name), accounts=ACCOUNTS
        )
        bare_url = fresh_database(server, migrated=False)
        with (
            command_workers(context, address=address),
            bare_consumer(address=address, database_url=bare_url) as port,
        ):
            yield context, address, port
