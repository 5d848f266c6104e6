"""Workspaces in Postgres: what was harmed is not given out, and two defaults cannot be written."""

import asyncpg
import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.work import PostgresWorks
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock
from application.shared.change import Changes
from application.workspaces.commands import SaveCommand, WorkspaceAsker
from application.workspaces.keep_workspaces import KeepWorkspaces
from domain.workspaces.layout import Layout
from domain.workspaces.workspace_set import Owner, Saved
from ports.storage import StorageCorrupt
from tests import builders
from tests.postgres_server import execute

# Every freedom that JSON leaves: spaces, escapes, the order of names, how numbers are written.
WRITTEN = '{ "b":1.0,\r\n\t"a" : [1e2, -0, "\\u00e9é\\/"] ,"\\u0000":{}}'.encode()


@pytest.fixture
def workspaces(database: Database) -> KeepWorkspaces:
    changes = Changes(works=PostgresWorks(database), clock=SystemClock(), ids=UuidV7Ids())
    return KeepWorkspaces(changes=changes, allowed=9)


@pytest.fixture
async def owner(database: Database) -> Owner:
    tenant = builders.tenant()
    async with database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )
    return Owner(tenant_id=tenant.id, user_id=builders.new_id())


async def save(workspaces: KeepWorkspaces, owner: Owner, name: str) -> Saved:
    """Save a layout."""
    saved = await workspaces.save(
        SaveCommand(name=name, layout=Layout.read(WRITTEN)),
        asker=WorkspaceAsker(owner=owner, actor="user:1"),
    )
    assert isinstance(saved, Saved)
    return saved


async def test_a_layout_that_was_harmed_is_not_given_out(
    database_url: str, workspaces: KeepWorkspaces, owner: Owner
) -> None:
    await save(workspaces, owner, "a")
    assert (await workspaces.restore(owner=owner)).workspace.layout == WRITTEN
    await execute(
        url=database_url, statement="UPDATE workspaces SET layout = set_byte(layout, 1, 9)"
    )
    with pytest.raises(StorageCorrupt, match="not what was saved"):
        await workspaces.restore(owner=owner)
    # The others can still be seen and opened.
    saved = await save(workspaces, owner, "b")
    assert await workspaces.list(owner=owner) == saved.workspace_set
    assert (await workspaces.restore(owner=owner, name="b")).workspace.layout == WRITTEN


async def test_a_person_of_two_defaults_or_none_stops_the_work(
    database_url: str, workspaces: KeepWorkspaces, owner: Owner
) -> None:
    await save(workspaces, owner, "a")
    await execute(url=database_url, statement="UPDATE workspace_shelves SET default_id = NULL")
    with pytest.raises(StorageCorrupt, match="exactly one"):
        await workspaces.list(owner=owner)


async def test_nobody_elses_workspace_can_be_written_as_the_default(
    database_url: str, workspaces: KeepWorkspaces, owner: Owner
) -> None:
    mine = await save(workspaces, owner, "a")
    other = Owner(tenant_id=owner.tenant_id, user_id=builders.new_id())
    await save(workspaces, other, "a")
    statement = (
        f"UPDATE workspace_shelves SET default_id = '{mine.workspace_set.default_id}'"
        f" WHERE user_id = '{other.user_id}'"
    )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await execute(url=database_url, statement=statement)


async def test_the_last_one_goes_and_the_count_of_changes_goes_on(
    workspaces: KeepWorkspaces, owner: Owner
) -> None:
    asker = WorkspaceAsker(owner=owner, actor="user:1")
    for name in ("a", "b", "c"):
        await save(workspaces, owner, name)
    workspace_set = await workspaces.list(owner=owner)
    for one in workspace_set.workspaces:
        await workspaces.delete(one.id, asker=asker)
    left = await workspaces.list(owner=owner)
    # An old reading of it cannot fit again.
    assert (left.workspaces, left.default_id, left.revision) == ((), None, 6)
