"""Connections held for one statement: kept while whole, replaced when broken, given back."""

import asyncio

import asyncpg
import pytest

from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.postgres.link.held import HeldStatement
from ports.storage import StorageUnavailable
from tests.waiting import until_true

BACKEND = "SELECT pg_backend_pid()"


async def test_the_connection_used_last_is_used_again(database: Database) -> None:
    held = HeldStatement(database, BACKEND, connections_max=3)
    assert len({await held.value() for _ in range(5)}) == 1


async def test_no_more_connections_than_allowed_are_held(database: Database) -> None:
    held = HeldStatement(database, "SELECT pg_backend_pid() FROM pg_sleep(0.05)", connections_max=2)
    assert len(set(await asyncio.gather(*(held.value() for _ in range(8))))) == 2


async def test_whoever_waits_too_long_for_one_is_refused(database: Database) -> None:
    held = HeldStatement(database, "SELECT pg_sleep(0.4)", connections_max=1, wait_s=0.05)
    first = asyncio.create_task(held.value())
    await asyncio.sleep(0.05)
    with pytest.raises(StorageUnavailable, match="became free"):
        await held.value()
    await first


async def test_a_refused_statement_leaves_the_connection_in_use(database: Database) -> None:
    held = HeldStatement(database, "SELECT pg_backend_pid() / $1::int", connections_max=1)
    before = await held.value(1)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await held.value(0)
    assert await held.value(1) == before


async def test_a_broken_connection_is_replaced(database: Database) -> None:
    held = HeldStatement(database, BACKEND, connections_max=1)
    pid = await held.value()
    async with database.connection() as other:
        await other.execute("SELECT pg_terminate_backend($1)", pid)
    async with asyncio.timeout(40):
        while True:
            try:
                found = await held.value()
            except StorageUnavailable:
                continue
            break
    assert found != pid


async def test_a_connection_that_broke_while_idle_costs_no_call(database: Database) -> None:
    held = HeldStatement(database, BACKEND, connections_max=1)
    pid = await held.value()
    async with database.connection() as other:
        await other.execute("SELECT pg_terminate_backend($1)", pid)
        await until_true(
            lambda: other.fetchval("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $1", pid),
            every_s=0.01,
        )
    # The driver has read the hang-up by now, and nobody had to meet it.
    await asyncio.sleep(0.1)
    assert await held.value() != pid


async def test_a_call_that_is_cut_off_does_not_harm_the_next(database: Database) -> None:
    held = HeldStatement(database, "SELECT $1::int FROM pg_sleep($2)", connections_max=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await held.value(1, 5.0)
    assert await held.value(2, 0.0) == 2


async def test_held_connections_are_given_back_at_the_stop(database_url: str) -> None:
    database = Database(limits=DatabaseLimits(pool_size_max=2))
    await database.start(url=database_url)
    held = HeldStatement(database, BACKEND, connections_max=2)
    before = await held.value()
    async with asyncio.timeout(40):
        await database.stop()
    with pytest.raises(StorageUnavailable):
        await held.value()
    await database.start(url=database_url)
    try:
        assert await held.value() != before
    finally:
        await database.stop()
