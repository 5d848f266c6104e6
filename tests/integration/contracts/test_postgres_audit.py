"""The audit trail in Postgres: the shared promises, and those that only it can break."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.memory.audit import MemoryAnchor
from adapters.postgres.audit.reading import check_trail
from adapters.postgres.audit.sealing import PostgresAuditSealing
from adapters.postgres.audit.trail import PostgresAuditTrail
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from domain.audit.anchoring import Anchors
from tests.contracts.audit.trail import KEYS, AuditTrailContract, Rig, entries

WRITERS = 8
EACH = 30


@pytest.fixture
async def signing(database_url: str) -> AsyncIterator[Database]:
    database = Database()
    database.audit_key = KEYS.current
    await database.start(url=database_url)
    try:
        yield database
    finally:
        await database.stop()


def rig_on(database: Database) -> Rig:
    return Rig(
        trail=PostgresAuditTrail(database=database),
        sealing=PostgresAuditSealing(database=database),
    )


class TestPostgresAuditTrail(AuditTrailContract):
    @pytest.fixture
    async def rig(self, signing: Database) -> Rig:
        return rig_on(signing)


async def wrong(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            return (await check_trail(connection, keys=KEYS, anchors=Anchors())).wrong
    finally:
        await connection.close()


async def test_beside_many_slow_writers_no_entry_is_passed_over(
    signing: Database, database_url: str
) -> None:
    rig = rig_on(signing)
    await rig.sealing.begin(keys=KEYS, may_adopt=True)
    writing = True

    async def write(seed: int) -> None:
        for number, entry in enumerate(entries(EACH, seed=seed)):
            async with signing.transaction(entry.tenant_id) as connection:
                await add_audit(connection, entry)
                # Some numbers are handed out long before their rows can be seen.
                await asyncio.sleep(0.03 if (number + seed) % 5 == 0 else 0)
                if number % 7 == 3:
                    await connection.execute("SELECT pg_sleep(0.01)")

    async def seal() -> None:
        sealer = rig.sealer()
        while writing:
            await sealer.drain()
            await asyncio.sleep(0.002)

    sealing = asyncio.create_task(seal())
    await asyncio.gather(*(write(seed) for seed in range(WRITERS)))
    writing = False
    await sealing
    await rig.sealer().drain()
    (head,) = await rig.sealing.heads()
    assert head.position == WRITERS * EACH
    assert await wrong(database_url) == 0


async def test_entries_from_before_there_were_proofs_are_adopted_once(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url)
    insert = (
        "INSERT INTO audit (id, tenant_id, actor, action, subject, at, trace_id, detail)"
        " VALUES (gen_random_uuid(), $1, 'user:a', 'order.submit', 's', now(), '', '{}')"
    )
    for entry in entries(3):
        await connection.execute(insert, entry.tenant_id)
    assert await wrong(database_url) == 0
    database = Database()
    database.audit_key = KEYS.current
    await database.start(url=database_url)
    try:
        rig = rig_on(database)
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        await rig.write(*entries(2))
        assert await wrong(database_url) == 0
        # Whoever adds one without a proof now is found out, sealed or not.
        await connection.execute(insert, entries(1)[0].tenant_id)
        assert await wrong(database_url) == 1
        await rig.sealing.begin(keys=KEYS, may_adopt=True)
        await rig.sealer().drain()
        assert await wrong(database_url) == 1
    finally:
        await database.stop()
        await connection.close()


async def test_a_cut_chain_is_told_by_the_one_who_sealed_it(
    signing: Database, database_url: str
) -> None:
    rig = rig_on(signing)
    said: list[str] = []
    told = asyncio.Event()

    def hear(problem: str | None) -> None:
        if problem is not None:
            said.append(problem)
            told.set()

    await rig.sealing.begin(keys=KEYS, may_adopt=True)
    sealer = rig.sealer(anchor=MemoryAnchor())
    sealer.on_state = hear
    for entry in entries(4):
        await rig.trail.add(entry)
    await sealer.drain()
    connection = await asyncpg.connect(database_url)
    try:
        for table in ("audit", "audit_links"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM audit_links WHERE position > 2")
        await connection.execute("DELETE FROM audit WHERE seq > 2")
    finally:
        await connection.close()
    await rig.trail.add(entries(5)[4])
    running = asyncio.create_task(sealer())
    try:
        await asyncio.wait_for(told.wait(), 10)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert "the chain ended at 4, and ends at 2 now" in said[0]


@pytest.mark.parametrize("table", ["audit", "audit_links"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET mac = mac", "TRUNCATE {}"])
async def test_the_database_itself_refuses_changes(
    signing: Database, table: str, statement: str
) -> None:
    rig = rig_on(signing)
    await rig.sealing.begin(keys=KEYS, may_adopt=True)
    await rig.write(*entries(1))
    async with signing.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(table))
    with pytest.raises(asyncpg.PostgresError, match="immutable"):
        async with signing.system.connection() as owner:
            await owner.execute(statement.format(table))
