"""A send whose session the database has ended finds out before it could write."""

import asyncio
import time

import pytest

from adapters.postgres.identity.users import PostgresCredentialStatus
from adapters.postgres.kill_barrier import PostgresKillBarrier
from adapters.postgres.link.database import Database, DatabaseLimits
from domain.kill_switch.latch import Scope
from ports.storage import StorageUnavailable
from tests import builders


async def _end_senders(other: Database) -> int:
    async with other.connection() as connection:
        ended = await connection.fetch(
            # A session holds the tenant's lock and the firm's.
            "SELECT pg_terminate_backend(pid) FROM (SELECT DISTINCT pid FROM pg_locks"
            " WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) s"
        )
    return len(ended)


@pytest.mark.parametrize("busy", [False, True])
async def test_once_an_activation_no_longer_waits_for_a_send_the_passage_does_not_hold(
    database: Database, database_url: str, busy: bool
) -> None:
    other = Database()
    await other.start(url=database_url)
    barrier, activating = (
        PostgresKillBarrier(database=database),
        PostgresKillBarrier(database=other),
    )
    tenant_id = builders.new_id()

    async def lose_it() -> None:
        async with barrier.sending(
            builders.target(tenant_id=tenant_id, account_id=builders.new_id())
        ) as passage:
            assert passage.allowed
            assert passage.holds()
            assert await _end_senders(other) == 1
            closed = asyncio.ensure_future(activating.close(Scope(tenant_id=tenant_id)))
            while not closed.done():
                if busy:
                    # Seen by the first who asks, though nothing was read meanwhile.
                    time.sleep(0.02)  # noqa: ASYNC251
                await asyncio.sleep(0)
            assert not passage.holds()

    try:
        with pytest.raises(StorageUnavailable):
            await lose_it()
        # The broken session is not lent again.
        async with barrier.sending(
            builders.target(tenant_id=tenant_id, account_id=builders.new_id())
        ) as passage:
            assert passage.holds()
    finally:
        await other.stop()


async def test_a_session_that_sees_another_tenant_than_it_was_lent_to_lets_nothing_pass(
    database_url: str,
) -> None:
    # As behind a pooler that hands each transaction to whichever session is free.
    narrow = Database(limits=DatabaseLimits(pool_size_min=1, pool_size_max=1))
    await narrow.start(url=database_url)
    barrier, credential_status = (
        PostgresKillBarrier(database=narrow),
        PostgresCredentialStatus(database=narrow),
    )
    tenant_id = builders.new_id()
    try:
        for sees, passes in (("", False), (str(builders.new_id()), False), (str(tenant_id), True)):
            async with narrow.connection(tenant_id) as connection:
                await connection.execute(f"SET ballast.tenant = '{sees}'")
            sending = barrier.sending(
                builders.target(tenant_id=tenant_id, account_id=builders.new_id())
            )
            async with sending as passage:
                assert passage.allowed is passes
            assert passes is await credential_status.key_holds(
                tenant_id=tenant_id, key_id="key", user_id=None
            )
    finally:
        await narrow.stop()


async def test_sends_of_a_tenant_that_come_together_share_a_session(database: Database) -> None:
    barrier = PostgresKillBarrier(database=database)
    tenant_id = builders.new_id()
    inside, go, full = 0, asyncio.Event(), asyncio.Event()

    async def send() -> None:
        nonlocal inside
        async with barrier.sending(
            builders.target(tenant_id=tenant_id, account_id=builders.new_id())
        ) as passage:
            assert passage.allowed
            assert passage.holds()
            inside += 1
            if inside == 8:
                full.set()
            await go.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(send())
        await full.wait()
        async with database.connection() as connection:
            held = await connection.fetchval(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND mode = 'ShareLock'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        # Who comes later is not let into a session whose latches were read already.
        closed = asyncio.ensure_future(barrier.close(Scope(tenant_id=tenant_id)))
        late = asyncio.ensure_future(send())
        await asyncio.sleep(0.05)
        assert (held, inside, closed.done()) == (1, 8, False)
        go.set()
        await asyncio.gather(closed, late)
    assert inside == 9
