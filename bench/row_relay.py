"""The relay, from the journal in Postgres to Kafka, beside the bare query that it reads by.

Ours reads committed notices behind the snapshot's horizon, makes them values, publishes them
to Kafka with all acknowledgements and keeps where it stands. Theirs is the floor: the same
query in a loop, each batch from where the last one ended, whose rows nobody looks at. Both go
once through the same backlog of one notice a transaction, on the same Postgres.
"""

from time import perf_counter

import asyncpg
import uvloop

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.events import KafkaEventStream
from adapters.memory.streams import MemoryWakeup
from adapters.postgres.link.database import Database
from adapters.postgres.rows import text_of
from adapters.postgres.streams import PostgresJournal
from adapters.system.time import SystemSleeper
from application.streams.relay import BATCH, Relay
from bench.events import made_notices
from bench.kafka import own_kafka
from bench.postgres import fresh_database
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.stats import interleave

TURNS = 7
EVENTS = 20_000
FLOOR = "the bare xid8 query loop"
_READER = "bench"
_QUERY = (
    "SELECT *, xact::text AS xact_text FROM notices"
    " WHERE (xact, position) > ($1::text::xid8, $2::bigint)"
    " AND xact < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY xact, position LIMIT $3"
)
_INSERT = (
    "INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,"
    " market_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)


def measure() -> Row:
    """Measure events per second; Postgres and Kafka end with the row."""
    with own_server("postgres") as server, own_kafka() as address:
        url = fresh_database(server)
        uvloop.run(fill(url, events=EVENTS))
        ours, floor = interleave(
            lambda: uvloop.run(relay_all(url, address=address, events=EVENTS)),
            lambda: uvloop.run(query_all(url, events=EVENTS)),
            repeats=TURNS,
        )
    return compare(
        name="relay",
        unit="1/s",
        better=Better.HIGHER,
        ours=ours,
        reference=floor,
        reference_name=FLOOR,
    )


async def fill(url: str, *, events: int) -> None:
    """Write a backlog, each notice in a transaction of its own."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        # The disk is no part of what is measured.
        await connection.execute("SET synchronous_commit = off")
        for notice in made_notices(events):
            await connection.execute(
                _INSERT,
                notice.id,
                notice.tenant_id,
                notice.account_id,
                notice.channel,
                notice.sequence,
                notice.type,
                notice.subject,
                notice.at,
                notice.market_at,
                text_of(notice.body),
            )
    finally:
        await connection.close()


async def relay_all(url: str, *, address: KafkaAddress, events: int) -> float:
    """Return events per second of the relay through all there is."""
    database = Database()
    await database.start(url=url)
    journal = PostgresJournal(database=database)
    stream = KafkaEventStream(address=address)
    relay = Relay(
        journal=journal,
        stream=stream,
        wakeup=MemoryWakeup(),
        sleeper=SystemSleeper(),
        reader=_READER,
    )
    try:
        # Connecting is no part of it.
        await stream.publish(made_notices(BATCH))
        await journal.save_cursor(reader=_READER, cursor="")
        await relay.resume()
        began = perf_counter()
        published = await relay.drain()
        taken_s = perf_counter() - began
    finally:
        await stream.stop()
        await database.stop()
    if published != events:
        raise RuntimeError(f"the relay published {published} of {events} events")
    return published / taken_s


async def query_all(url: str, *, events: int) -> float:
    """Return rows per second of the bare query through all there is."""
    connection = await asyncpg.connect(url, timeout=10)
    read, xact, position = 0, "0", 0
    try:
        prepared = await connection.prepare(_QUERY)
        began = perf_counter()
        while found := await prepared.fetch(xact, position, BATCH):
            read += len(found)
            xact, position = found[-1]["xact_text"], found[-1]["position"]
        taken_s = perf_counter() - began
    finally:
        await connection.close()
    if read != events:
        raise RuntimeError(f"the query read {read} of {events} rows")
    return read / taken_s
