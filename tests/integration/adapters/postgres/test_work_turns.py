"""A tenant whose changes wait for each other leaves the connections to the others."""

import asyncio

from adapters.postgres.link.database import Database
from adapters.postgres.work import PostgresWorks
from ports.storage import StorageUnavailable
from tests import builders

CHANGES = 60


async def test_changes_that_wait_take_one_connection_of_the_pool(database: Database) -> None:
    busy, other = builders.new_id(), builders.new_id()
    works, elsewhere = PostgresWorks(database), PostgresWorks(database)

    async def change() -> str:
        try:
            async with works.begin(busy):
                return "done"
        except StorageUnavailable:
            return "refused"

    # Another process's change, which goes on.
    async with elsewhere.begin(busy):
        waiting = [asyncio.create_task(change()) for _ in range(CHANGES)]
        # Each of them would have got as far as to its connection.
        for _ in range(CHANGES):
            async with database.connection(other) as connection:
                assert await connection.fetchval("SELECT 1") == 1
        assert not all(task.done() for task in waiting)
        said = await asyncio.gather(*waiting)
    assert set(said) == {"refused"}
    assert await change() == "done"
