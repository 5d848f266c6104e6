"""Migrations apply once, undo, and refuse what they do not know."""

import asyncio
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.backup.verifying import verify
from adapters.postgres.link.app_role import app_url, login_of, settle_privileges
from adapters.postgres.link.database import Database
from adapters.postgres.migrations.run import (
    DatabaseTooNew,
    RevisionTooOld,
    downgrade,
    pending,
    revisions,
    upgrade,
)
from adapters.postgres.work import PostgresWorks
from domain.agents.agent import DesiredState
from ports.agents import AGENTS
from ports.storage import StorageUnavailable
from tests import old_head
from tests.catalogue import catalogue

_VERSION = "SELECT version_num FROM alembic_version"


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_an_empty_database_is_brought_up_once(empty_database_url: str) -> None:
    url = empty_database_url
    assert await pending(url) == revisions()
    assert await value(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert await upgrade(url) == revisions()
    assert await pending(url) == []
    assert await upgrade(url) == []


async def test_starts_at_once_apply_each_revision_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(upgrade(empty_database_url) for _ in range(6)))
    assert sorted(applied) == [[]] * 5 + [revisions()]
    assert await value(empty_database_url, "SELECT count(*) FROM ballast_meta") == 1


async def test_the_database_has_an_identity_and_keeps_one(database_url: str) -> None:
    made = await value(database_url, "SELECT instance_id FROM ballast_meta")
    await upgrade(database_url)
    assert await value(database_url, "SELECT instance_id FROM ballast_meta") == made
    with pytest.raises(asyncpg.UniqueViolationError):
        await value(database_url, "INSERT INTO ballast_meta DEFAULT VALUES RETURNING true")
    with pytest.raises(asyncpg.CheckViolationError):
        await value(database_url, "INSERT INTO ballast_meta (only_row) VALUES (false)")


async def test_down_and_up_again_leaves_the_same_shape(database_url: str) -> None:
    shape = """
        SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), '|'
                          ORDER BY table_name, column_name)
        FROM information_schema.columns WHERE table_schema = 'public'
    """
    before = await value(database_url, shape)
    await downgrade(database_url)
    assert await pending(database_url) == revisions()
    left = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'"
    assert await value(database_url, left) == "alembic_version"
    assert await upgrade(database_url) == revisions()
    assert await value(database_url, shape) == before


async def test_the_revisions_end_in_the_schema_of_the_old_head(empty_database_url: str) -> None:
    url = empty_database_url
    await upgrade(url, to="0109")
    connection = await asyncpg.connect(url)
    await settle_privileges(connection, login=login_of(app_url(url)))
    await connection.close()
    assert await catalogue(url) == old_head.CATALOGUE.read_text("utf-8").splitlines()


async def test_a_database_at_the_old_head_is_carried_on_with_all_that_it_holds(
    empty_database_url: str, database_url: str
) -> None:
    url = empty_database_url
    await old_head.load(url)
    before = await old_head.rows_of(url)
    assert {"orders", "fills", "postings", "decisions", "audit", "workspaces", "ballast_meta"} <= {
        name for name, (count, _) in before.items() if count
    }
    stamped = revisions()[revisions().index("0109") :]
    assert await pending(url) == stamped
    assert await value(url, _VERSION) == "0029", "to ask what is missing changes nothing"
    assert sorted(await asyncio.gather(*(upgrade(url) for _ in range(3)))) == [[], [], stamped]
    assert await value(url, _VERSION) == revisions()[-1]
    after = await old_head.rows_of(url)
    assert {name: after[name] for name in before} == before
    assert await catalogue(url) == await catalogue(database_url)
    assert [one for one in await verify(url=url) if one.wrong] == []
    with pytest.raises(asyncpg.PostgresError, match="immutable"):
        await value(url, "DELETE FROM ledger")


async def test_agents_of_before_they_were_records_are_carried_on_as_they_were(
    empty_database_url: str,
) -> None:
    url = empty_database_url
    await upgrade(url, to="0109")
    tenant_id = UUID(int=1)
    await value(url, f"INSERT INTO tenants VALUES ('{tenant_id}', 'Ada', now()) RETURNING 1")
    add = (
        "INSERT INTO agents (tenant_id, id, kind, version, state, since, last_at, last_sequence,"
        f" heard_at, desired) SELECT '{tenant_id}', name, 'strategy', '1.0', 'alive', now(), now(),"
        " 7, now(), 'paused' FROM unnest(ARRAY[%s]) AS name RETURNING 1"
    )
    await value(url, add % "'momentum', 'value'")
    assert (await upgrade(url))[0] == "0110"
    # A process of before, which is still to be replaced, stores one more.
    await value(url, add % "'late'")
    database = Database()
    await database.start(url=url)
    try:
        works = PostgresWorks(database)
        async with works.begin(tenant_id) as work:
            found = await work.records(AGENTS).list(limit=9)
            assert await work.records(AGENTS).update(
                replace(found[0], version=2, desired=DesiredState.RUNNING)
            )
    finally:
        await database.stop()
    assert {one.name for one in found} == {"momentum", "value", "late"}
    assert len({one.id for one in found}) == 3
    assert {(one.release, one.version, one.last_sequence, one.desired) for one in found} == {
        ("1.0", 1, 7, DesiredState.PAUSED)
    }


@pytest.mark.parametrize("revision", ["0001", "0028"])
async def test_a_database_of_before_the_old_head_is_told_which_version_to_start_first(
    empty_database_url: str, revision: str
) -> None:
    url = empty_database_url
    await old_head.load(url)
    await value(url, f"UPDATE alembic_version SET version_num = '{revision}' RETURNING 1")
    before = await old_head.rows_of(url)
    for use in (upgrade, pending, downgrade):
        with pytest.raises(RevisionTooOld, match=rf"revision {revision}, .* start Ballast 0\.1\.0"):
            await use(url)
    assert await value(url, _VERSION) == revision
    assert await old_head.rows_of(url) == before


async def test_going_back_one_revision_leaves_the_rest(database_url: str) -> None:
    await downgrade(database_url, revision=revisions()[0])
    assert await pending(database_url) == revisions()[1:]
    assert await value(database_url, "SELECT count(*) FROM ballast_meta") == 1


async def test_a_database_of_a_newer_ballast_is_refused_and_left_alone(database_url: str) -> None:
    await value(database_url, "UPDATE alembic_version SET version_num = '9999' RETURNING 1")
    for use in (upgrade, pending, downgrade):
        with pytest.raises(DatabaseTooNew, match=rf"at revision 9999, .* up to {revisions()[-1]}"):
            await use(database_url)
    assert await value(database_url, "SELECT version_num FROM alembic_version") == "9999"


async def test_a_failing_revision_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an operator's own table of that name does to the first revision.
    await value(empty_database_url, "CREATE TABLE ballast_meta (x int)")
    with pytest.raises(Exception, match="ballast_meta"):
        await upgrade(empty_database_url)
    assert await value(empty_database_url, "SELECT to_regclass('alembic_version')::text") is None


async def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        await upgrade("postgresql://me:secret@127.0.0.1:1/x?sslmode=disable")
