"""The audit trail: entries proven, stored and chained, beside plain INSERTs of the same rows.

Ours stores each entry with its proof, one a transaction, then seals them all into their chain
and keeps the head in a file. Theirs stores the same columns with one prepared INSERT each, and
proves and chains nothing. Both on one Postgres, one connection at a time, without waiting for
the disk at commits. A second row counts the processor alone: what a proof adds to an entry.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from uuid import UUID

import asyncpg
import uvloop

from adapters.postgres.audit.rows import COLUMNS, audit_row
from adapters.postgres.audit.sealing import PostgresAuditSealing
from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.postgres.notices import add_audit
from adapters.security.anchor_file import AnchorFile
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock, SystemSleeper
from application.audit.seal_trail import SealTrail
from bench.postgres import fresh_database
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.stats import interleave
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKeys, audit_keys

TURNS = 7
ENTRIES = 3_000
PROOFS = 20_000
FLOOR = "plain INSERTs of the same rows"
BARE = "the same row without a proof"
_PLACES = ", ".join(f"${place}" for place in range(1, len(COLUMNS.split(",")) + 1))
_INSERT = f"INSERT INTO audit ({COLUMNS}) VALUES ({_PLACES})"  # noqa: S608 - own names; values are parameters
_TENANT = UUID("01900000-0000-7000-8000-000000000001")
_KEYS = audit_keys(b"k" * 32)


def measure() -> list[Row]:
    """Measure entries per second, and the processor's time for one proof."""
    with own_server("postgres") as server, TemporaryDirectory(prefix="ballast-bench-") as folder:
        url = fresh_database(server)
        ours, floor = interleave(
            lambda: uvloop.run(append_and_chain(url, Path(folder), entries=ENTRIES)),
            lambda: uvloop.run(insert_plainly(url, entries=ENTRIES)),
            repeats=TURNS,
        )
    proven, bare = interleave(
        lambda: rows_us(keys=_KEYS), lambda: rows_us(keys=None), repeats=TURNS
    )
    return [
        compare(
            name="audit_chain",
            unit="1/s",
            better=Better.HIGHER,
            ours=ours,
            reference=floor,
            reference_name=FLOOR,
        ),
        compare(
            name="audit_row_cpu",
            unit="us",
            better=Better.LOWER,
            ours=proven,
            reference=bare,
            reference_name=BARE,
        ),
    ]


def made_entries(count: int) -> list[AuditEntry]:
    """Return entries as accepted orders leave them."""
    ids, at = UuidV7Ids(), datetime.now(UTC)
    one = AuditEntry(
        id=ids.new(),
        tenant_id=_TENANT,
        account_id=ids.new(),
        actor=f"user:{ids.new()}",
        action="order.submit",
        subject=str(ids.new()),
        at=at,
        market_at=at,
        trace_id="0" * 32,
        session_id=ids.new(),
        ip="192.0.2.7",
        user_agent="desk/1.0",
        detail=(
            ("state", "accepted"),
            ("symbol", "AAPL"),
            ("side", "buy"),
            ("type", "limit"),
            ("quantity", "10"),
            ("limit_price", "119.5"),
            ("time_in_force", "day"),
        ),
    )
    return [replace(one, id=ids.new()) for _ in range(count)]


async def append_and_chain(url: str, folder: Path, *, entries: int) -> float:
    """Return entries per second, from the first to the anchored head of them all."""
    database = Database(limits=DatabaseLimits(pool_size_min=1, pool_size_max=2))
    database.audit_key = _KEYS.current
    await database.start(url=url)
    made = made_entries(entries)
    sealing = PostgresAuditSealing(database=database)
    seal = SealTrail(
        sealing=sealing,
        anchors=[AnchorFile(folder=folder, read_keys=lambda: _KEYS)],
        read_keys=lambda: _KEYS,
        clock=SystemClock(),
        sleeper=SystemSleeper(),
    )
    try:
        # Both write behind what is sealed already.
        await sealing.begin(keys=_KEYS, may_adopt=False)
        await seal.drain()
        async with database.system.connection() as connection:
            await connection.execute("SET synchronous_commit = off")
            began = perf_counter()
            for entry in made:
                await add_audit(connection, entry)
        sealed = await seal.drain()
        taken_s = perf_counter() - began
    finally:
        await database.stop()
    if sealed != entries:
        raise RuntimeError(f"{sealed} of {entries} entries were sealed")
    return entries / taken_s


async def insert_plainly(url: str, *, entries: int) -> float:
    """Return rows per second of a prepared INSERT."""
    connection = await asyncpg.connect(url, timeout=10)
    rows = [audit_row(entry, key=_KEYS.current) for entry in made_entries(entries)]
    try:
        await connection.execute("SET synchronous_commit = off")
        prepared = await connection.prepare(_INSERT)
        began = perf_counter()
        for row in rows:
            await prepared.fetch(*row)
        return entries / (perf_counter() - began)
    finally:
        await connection.close()


def rows_us(*, keys: AuditKeys | None) -> float:
    """Return microseconds of the processor to make an entry's row."""
    made = made_entries(PROOFS)
    key = keys.current if keys is not None else None
    began = process_time()
    for entry in made:
        audit_row(entry, key=key)
    return (process_time() - began) / PROOFS * 1e6
