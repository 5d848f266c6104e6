"""The database's two ways, their limits, and what its faults look like from outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from adapters.postgres.link.database import Database, DatabaseLimits
from ports.storage import ConstraintBroken, StorageConflict, StorageUnavailable

MINE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@pytest_asyncio.fixture
async def small(database_url: str) -> AsyncIterator[Database]:
    """Give a database with one connection each way and short limits."""
    limits = DatabaseLimits(
        pool_size_min=1,
        pool_size_max=1,
        acquire_timeout_s=1.5,
        statement_timeout_s=1.5,
        lock_timeout_s=0.5,
        idle_in_transaction_timeout_s=1.5,
    )
    database = Database(limits=limits)
    await database.start(url=database_url)
    async with database.system.connection() as connection:
        await connection.execute("CREATE TABLE thing (id int PRIMARY KEY, value numeric(38,18))")
        await connection.execute("GRANT ALL ON thing TO PUBLIC")
    try:
        yield database
    finally:
        await database.stop()


async def things(database: Database) -> list[int]:
    async with database.connection() as connection:
        return [row["id"] for row in await connection.fetch("SELECT id FROM thing ORDER BY id")]


async def test_values_pass_the_pool_whole(database: Database) -> None:
    wanted = (uuid4(), Decimal("12345678901234567890.123456789012345678"), {"a": ["ä", 1]})
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT $1::uuid, $2::numeric(38,18), $3::jsonb",
            *wanted[:2],
            msgspec.json.encode(wanted[2]),
        )
    assert row is not None
    assert isinstance(row[0], UUID)
    assert isinstance(row[2], bytes)
    assert (row[0], row[1], msgspec.json.decode(row[2])) == wanted


async def test_jsonb_takes_text_too(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT $1::jsonb", '{"b":1}') == b'{"b": 1}'


async def test_statements_run_under_the_limits(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    async with database.connection() as pooled:
        for name, expected in zip(names, ("5s", "2s", "10s"), strict=True):
            assert await pooled.fetchval(f"SHOW {name}") == expected
        assert await pooled.fetchval("SHOW timezone") == "UTC"


async def test_a_clean_exit_commits_and_an_error_undoes(small: Database) -> None:
    async with small.transaction() as connection:
        await connection.execute("INSERT INTO thing VALUES (1)")

    async def fail() -> None:
        async with small.transaction() as connection:
            await connection.execute("INSERT INTO thing VALUES (2)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await things(small) == [1]


async def test_a_cancelled_transaction_leaves_nothing_open(small: Database) -> None:
    started = asyncio.Event()

    async def pooled() -> None:
        async with small.transaction() as connection:
            await connection.execute("INSERT INTO thing VALUES (1)")
            started.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(pooled())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await things(small) == []
    async with small.connection() as connection:
        assert await connection.fetchval(f"{MINE} AND state LIKE 'idle in transaction%'") == 0


async def test_an_open_transaction_does_not_reach_the_next_user(small: Database) -> None:
    async with small.connection() as connection:
        await connection.execute("BEGIN; INSERT INTO thing VALUES (1)")
        # The driver calls this a mistake of ours, and undoes it.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    assert await things(small) == []


async def test_a_broken_constraint_is_named_and_its_values_are_not(small: Database) -> None:
    async with small.connection() as connection:
        await connection.execute("INSERT INTO thing VALUES (424242)")
    with pytest.raises(ConstraintBroken) as pooled:
        async with small.transaction() as connection:
            await connection.execute("INSERT INTO thing VALUES (424242)")
    assert pooled.value.constraint == "thing_pkey"
    assert "424242" not in str(pooled.value)


async def test_a_slow_statement_is_ended(small: Database) -> None:
    with pytest.raises(StorageUnavailable, match="57014"):
        async with small.connection() as connection:
            await connection.execute("SELECT pg_sleep(30)")


async def test_a_taken_lock_is_not_waited_for_long(small: Database) -> None:
    async with small.system.transaction() as holder:
        await holder.execute("LOCK TABLE thing")
        with pytest.raises(StorageUnavailable, match="55P03"):
            await things(small)


async def test_an_idle_transaction_is_ended(small: Database) -> None:
    async def dawdle() -> None:
        async with small.transaction() as connection:
            await connection.execute("INSERT INTO thing VALUES (1)")
            await asyncio.sleep(3.0)
            await connection.execute("INSERT INTO thing VALUES (2)")

    with pytest.raises(StorageUnavailable):
        await dawdle()
    assert await things(small) == []


async def test_a_pool_that_is_used_up_answers_in_time(small: Database) -> None:
    async with small.connection():
        with pytest.raises(StorageUnavailable):
            async with small.connection():
                pass


async def test_two_that_undo_each_other_are_told_of_the_conflict(database: Database) -> None:
    async with database.system.connection() as connection:
        await connection.execute("CREATE TABLE n (v int)")
        await connection.execute("GRANT ALL ON n TO PUBLIC")
        await connection.execute("INSERT INTO n VALUES (0)")

    async def cross() -> None:
        async with (
            database.connection() as first,
            database.connection() as second,
            first.transaction(isolation="serializable"),
        ):
            await first.fetchval("SELECT v FROM n")
            await second.execute("UPDATE n SET v = 1")
            await first.execute("UPDATE n SET v = 2")

    with pytest.raises(StorageConflict, match="40001"):
        await cross()


async def works_soon(use: Callable[[], Awaitable[object]]) -> None:
    """Use it until it works, for some time; whatever fails meanwhile must fail as storage does."""
    for _ in range(1_000):
        try:
            await use()
        except StorageUnavailable:
            await asyncio.sleep(0.02)
        else:
            return
    pytest.fail("the database did not come back")


async def test_cut_connections_are_replaced(small: Database) -> None:
    cut = f"SELECT pg_terminate_backend(pid) {MINE[15:]} AND pid <> pg_backend_pid()"

    async def cut_in_between() -> None:
        async with small.transaction() as connection:
            async with small.system.connection() as owner:
                await owner.execute(cut)
            await connection.execute("INSERT INTO thing VALUES (1)")

    async with small.system.connection() as owner:
        await owner.execute(cut)
    await works_soon(lambda: things(small))
    with pytest.raises(StorageUnavailable):
        await cut_in_between()
    await works_soon(lambda: things(small))
    assert await things(small) == []


async def test_our_own_mistake_passes_unchanged(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with database.connection() as connection:
            await connection.execute("SELECT * FROM no_such_table")


async def test_a_read_only_server_is_not_writable(database: Database, database_url: str) -> None:
    await database.check_writable()
    async with database.system.connection() as connection:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    other = Database()
    await other.start(url=database_url)
    try:
        with pytest.raises(StorageUnavailable, match="read-only"):
            await other.check_writable()
    finally:
        await other.stop()


async def test_stopping_closes_every_connection(database: Database, database_url: str) -> None:
    other = Database()
    await other.start(url=database_url)
    async with other.connection() as connection:
        assert await connection.fetchval(MINE) >= 3
    await other.stop()
    await other.stop()
    with pytest.raises(StorageUnavailable, match="not started"):
        async with other.connection():
            pass
    async with database.connection() as connection:
        for _ in range(1_000):
            if await connection.fetchval(f"{MINE} AND pid <> pg_backend_pid()") <= 2:
                return
            await asyncio.sleep(0.02)
    pytest.fail("connections were left open")


async def test_an_unreachable_server_is_named_without_the_password() -> None:
    with pytest.raises(StorageUnavailable, match=r"database 127\.0\.0\.1:1/x: .*reach") as caught:
        await Database().start(url="postgresql://me:hunter2@127.0.0.1:1/x?sslmode=disable")
    assert "hunter2" not in str(caught.value)


async def test_a_refused_login_is_named_without_the_password(database_url: str) -> None:
    parts = urlsplit(database_url)
    netloc = f"nobody_known:hunter2@{parts.netloc.rpartition('@')[2]}"
    with pytest.raises(StorageUnavailable, match="28P01") as caught:
        await Database().start(url=urlunsplit(parts._replace(netloc=netloc)))
    assert "hunter2" not in str(caught.value)
