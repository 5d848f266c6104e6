"""Workspaces in Postgres: what was harmed is not given out, and two defaults cannot be written."""

import asyncpg
import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.workspaces import PostgresWorkspaces
from domain.workspaces.shelf import Owner, Shelf
from ports.storage import StorageCorrupt
from tests import builders
from tests.contracts.workspaces.shelves import WRITTEN, saving
from tests.postgres_server import execute


@pytest.fixture
async def owner(database: Database) -> Owner:
    tenant = builders.tenant()
    async with database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )
    return Owner(tenant_id=tenant.id, user_id=builders.new_id())


async def test_a_layout_that_was_harmed_is_not_given_out(
    database: Database, database_url: str, owner: Owner
) -> None:
    workspaces = PostgresWorkspaces(database=database)
    assert await workspaces.commit(saving(Shelf(owner=owner), "a", text=WRITTEN))
    await execute(
        url=database_url, statement="UPDATE workspaces SET layout = set_byte(layout, 1, 9)"
    )
    with pytest.raises(StorageCorrupt, match="not what was saved"):
        await workspaces.restore(owner=owner)
    # The others of the shelf can still be seen and opened.
    shelf = await workspaces.shelf(owner=owner)
    assert await workspaces.commit(saving(shelf, "b"))
    assert await workspaces.restore(owner=owner, name="b") is not None


async def test_a_shelf_that_contradicts_itself_stops_the_work(
    database: Database, database_url: str, owner: Owner
) -> None:
    workspaces = PostgresWorkspaces(database=database)
    assert await workspaces.commit(saving(Shelf(owner=owner), "a"))
    await execute(url=database_url, statement="UPDATE workspace_shelves SET default_id = NULL")
    with pytest.raises(StorageCorrupt, match="exactly one"):
        await workspaces.shelf(owner=owner)


async def test_nobody_elses_workspace_can_be_written_as_the_default(
    database: Database, database_url: str, owner: Owner
) -> None:
    workspaces = PostgresWorkspaces(database=database)
    mine = saving(Shelf(owner=owner), "a")
    assert await workspaces.commit(mine)
    other = Owner(tenant_id=owner.tenant_id, user_id=builders.new_id())
    assert await workspaces.commit(saving(Shelf(owner=other), "a"))
    statement = (
        f"UPDATE workspace_shelves SET default_id = '{mine.after.default_id}'"
        f" WHERE user_id = '{other.user_id}'"
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await execute(url=database_url, statement=statement)
