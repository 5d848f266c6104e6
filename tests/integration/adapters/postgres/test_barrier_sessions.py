"""A send whose session the database has ended finds out before it could write."""

import asyncio
import time

import pytest

from adapters.postgres.database import Database
from adapters.postgres.kill_switch import PostgresKillBarrier
from domain.kill_switch.latch import Scope
from ports.storage import StorageUnavailable
from tests import builders


async def _end_senders(other: Database) -> int:
    async with other.connection() as connection:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
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
        async with barrier.sending(tenant_id=tenant_id, account_id=builders.new_id()) as passage:
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
        async with barrier.sending(tenant_id=tenant_id, account_id=builders.new_id()) as passage:
            assert passage.holds()
    finally:
        await other.stop()
