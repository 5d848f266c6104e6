"""Row-level security: the login that answers requests sees one tenant's rows, and no more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.link.app_role import RowSecurityMissing, app_url, login_of
from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.postgres.link.tenancy import AnotherTenant, enter
from adapters.postgres.migrations.isolation import SHARED
from tests.integration.adapters.postgres.tenant_rows import TenantTable, fill

MINE, THEIRS, NOBODYS = UUID(int=1), UUID(int=2), UUID(int=3)
# There are so many at least: a look at the catalogue that finds none would show nothing.
TABLES_MIN = 35

_UNGUARDED = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND EXISTS (
        SELECT 1 FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname
            AND p.policyname = 'tenant' AND p.permissive = 'PERMISSIVE' AND p.cmd = 'ALL'
            AND (p.qual IN ('(tenant_id = ballast_tenant())', '(id = ballast_tenant())')
                OR c.relname = 'passkey_challenges' AND p.qual = '((tenant_id = ballast_tenant())'
                    || ' OR (tenant_id = ''00000000-0000-0000-0000-000000000000''::uuid))')
            AND p.with_check = p.qual AND p.roles = ARRAY['public'::name]
    ))"""


@pytest.fixture
async def filled(database: Database, database_url: str) -> list[TenantTable]:
    return await fill(database_url, tenants=[MINE, THEIRS])


@pytest.fixture
async def intruder(
    database: Database, database_url: str
) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Give a connection as requests have them, for statements that no request sends."""
    connection = await asyncpg.connect(app_url(database_url))
    try:
        yield connection
    finally:
        await connection.close()


async def test_every_table_has_a_policy_or_a_named_reason(database: Database) -> None:
    async with database.system.connection() as connection:
        unguarded = {row["relname"] for row in await connection.fetch(_UNGUARDED)}
    assert unguarded == set(SHARED)
    assert all(SHARED.values())


async def test_no_view_or_function_reads_with_its_owners_rights(database: Database) -> None:
    async with database.system.connection() as connection:
        views = await connection.fetch(
            "SELECT relname, reloptions FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
        )
        definers = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        )
    assert all("security_invoker=true" in (view["reloptions"] or ()) for view in views)
    assert {row["proname"] for row in definers} == {
        "tenant_by_credential_id",
        "tenant_by_digest",
        "tenant_by_id",
    }


async def test_a_tenant_sees_and_changes_its_own_rows_only(
    database: Database, filled: list[TenantTable]
) -> None:
    assert len(filled) >= TABLES_MIN
    for table in filled:
        async with database.connection(MINE) as connection:
            seen = await connection.fetch(f"SELECT {table.owner} FROM {table.name}")
            assert [row[0] for row in seen] == [MINE], table.name
            for statement in (
                f"UPDATE {table.name} SET {table.owner} = {table.owner}",
                f"DELETE FROM {table.name}",
            ):
                assert await _touched(connection, statement) in (None, 1), table.name
            for statement in (
                f"UPDATE {table.name} SET {table.owner} = '{THEIRS}'",
                table.insert(THEIRS),
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)


async def test_without_a_tenant_there_is_nothing(
    database: Database, filled: list[TenantTable]
) -> None:
    for table in filled:
        for tenant_id in (None, NOBODYS):
            async with database.connection(tenant_id) as connection:
                assert await connection.fetchval(f"SELECT count(*) FROM {table.name}") == 0
                for statement in (
                    f"UPDATE {table.name} SET {table.owner} = {table.owner}",
                    f"DELETE FROM {table.name}",
                ):
                    assert await _touched(connection, statement) in (None, 0), table.name
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(table.insert(MINE))


async def test_a_connection_lent_again_shows_whose_it_is_then(
    database_url: str, filled: list[TenantTable]
) -> None:
    async with _narrow(database_url) as database:
        for tenant_id in (MINE, THEIRS, None, MINE, MINE, NOBODYS, THEIRS):
            async with database.connection(tenant_id) as connection:
                seen = await connection.fetch("SELECT id FROM tenants")
            assert [row[0] for row in seen] == ([tenant_id] if tenant_id in (MINE, THEIRS) else [])
        with pytest.raises(ZeroDivisionError):
            async with database.transaction(MINE):
                raise ZeroDivisionError
        held = await database.hold()
        assert await held.fetchval("SELECT count(*) FROM tenants") == 0


async def test_one_transaction_is_for_one_tenant(database: Database) -> None:
    async with database.transaction() as connection:
        await enter(connection, MINE)
        await enter(connection, MINE)
        with pytest.raises(AnotherTenant):
            await enter(connection, THEIRS)
    async with database.transaction(MINE) as connection:
        with pytest.raises(AnotherTenant):
            await enter(connection, THEIRS)
        await enter(connection, MINE)
    async with database.connection(MINE) as connection:
        assert await connection.fetchval("SELECT ballast_tenant()") == MINE


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE orders",
        "TRUNCATE audit",
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP POLICY tenant ON orders",
        "DROP TABLE orders",
        "CREATE TABLE public.mine (id int)",
        "CREATE OR REPLACE FUNCTION ballast_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL'",
        "SET ROLE {owner}",
        "SET SESSION AUTHORIZATION {owner}",
        "ALTER ROLE {login} BYPASSRLS",
        "GRANT {owner} TO {login}",
        "SET session_replication_role = replica",
        "SELECT * FROM leases",
        "SELECT * FROM stream_tickets",
        "UPDATE audit SET actor = ''",
        "DELETE FROM notices",
        "INSERT INTO tenants VALUES (gen_random_uuid(), 'x', now())",
        "UPDATE secret_keys SET state = 'retired'",
        "INSERT INTO alembic_version VALUES ('x')",
        "COPY orders TO PROGRAM 'cat'",
    ],
)
async def test_who_answers_requests_cannot_free_itself(
    database: Database,
    database_url: str,
    intruder: "asyncpg.Connection[asyncpg.Record]",
    statement: str,
) -> None:
    async with database.system.connection() as owner:
        await owner.execute(
            "INSERT INTO secret_keys VALUES (1, 'current', '', '', now()) ON CONFLICT DO NOTHING"
        )
    written = statement.format(owner=login_of(database_url), login=login_of(app_url(database_url)))
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)):
        await intruder.execute(written)


async def test_policies_cannot_be_switched_off(
    filled: list[TenantTable], intruder: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert filled
    await intruder.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await intruder.fetch("SELECT * FROM orders")


async def test_the_lookups_tell_whose_a_row_is_and_nothing_else(
    filled: list[TenantTable], intruder: "asyncpg.Connection[asyncpg.Record]", database_url: str
) -> None:
    assert filled
    owner = await asyncpg.connect(database_url)
    try:
        user_id = await owner.fetchval("SELECT id FROM users WHERE tenant_id = $1", THEIRS)
    finally:
        await owner.close()
    by_id = "SELECT tenant_by_id($1, $2)"
    assert await intruder.fetchval(by_id, "users", user_id) == THEIRS
    assert await intruder.fetchval(by_id, "users", uuid4()) is None
    for table in ("pg_authid", "leases", 'users" --'):
        with pytest.raises(asyncpg.UndefinedTableError):
            await intruder.fetchval(by_id, table, user_id)


async def test_the_lookups_run_nothing_of_their_callers_as_the_owner(
    intruder: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await intruder.execute("""
        CREATE FUNCTION pg_temp.astray() RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'run by %', current_user; END $$;
        CREATE TEMP VIEW pg_policies AS
            SELECT 'public'::text AS schemaname, pg_temp.astray() AS tablename""")
    for column, kind, table in (
        ("id", "uuid", "users"),
        ("digest", "bytea", "refresh_tokens"),
        ("credential_id", "bytea", "passkeys"),
    ):
        found = await intruder.fetchval(f"SELECT tenant_by_{column}($1, NULL::{kind})", table)
        assert found is None


async def test_a_login_that_no_policy_binds_is_refused(database_url: str) -> None:
    database = Database()
    with pytest.raises(RowSecurityMissing, match="does not bind"):
        await database.start(url=database_url, requests_url=database_url)
    # Whoever wants it so is let in, and warned.
    await database.start(url=database_url, requests_url=database_url, bound=False)
    await database.stop()


@asynccontextmanager
async def _narrow(url: str) -> AsyncIterator[Database]:
    """Give a database with one connection and one more to hold."""
    database = Database(limits=DatabaseLimits(pool_size_min=1, pool_size_max=2))
    await database.start(url=url)
    try:
        yield database
    finally:
        await database.stop()


async def _touched(connection: object, statement: str) -> int | None:
    """Return how many rows a statement would touch; None when it is not allowed at all."""
    assert isinstance(connection, asyncpg.pool.PoolConnectionProxy)
    undo = connection.transaction()
    await undo.start()
    try:
        return int((await connection.execute(statement)).split()[-1])
    except asyncpg.InsufficientPrivilegeError:
        return None
    finally:
        await undo.rollback()
