"""Put rows of another database into tables of ours, and nothing but rows.

The tables are those of our own migrations. What a copy says of tables, functions, triggers,
operators or rights is not asked, so it cannot run; and the role that writes the rows may neither
run programs nor touch files on the server's machine, whatever the login may.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from uuid import uuid4

import asyncpg

from adapters.postgres.backup.contents import BackupUnusable, Contents, Table

# What the code itself says there, at each revision: a copy has no say in it.
OF_THE_CODE = ("alembic_version", "order_transitions")

_COLUMNS = """
    SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
        AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname ORDER BY c.relname
"""
# A row that refers to one of its own table, or is looked at only at the end, orders nothing.
_REFERENCES = """
    SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS other
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        AND conrelid <> confrelid AND NOT condeferred
"""
_GUARDS = """
    SELECT t.tgrelid::regclass::text || '.' || t.tgname AS guard, t.tgenabled::text AS state
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal ORDER BY 1
"""
_SEQUENCES = """
    SELECT s.oid::regclass::text AS sequence, d.refobjid::regclass::text AS table,
        quote_ident(a.attname) AS column
    FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
        AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
"""
_MAY = """
    SELECT rolsuper, pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')
        OR pg_has_role(current_user, 'pg_write_server_files', 'MEMBER')
        OR pg_has_role(current_user, 'pg_read_server_files', 'MEMBER') AS reaches_machine
    FROM pg_roles WHERE rolname = current_user
"""
_COPY_TIMEOUT_S = 86_400
# How pg_dump wrote what can be read in several ways.
_AS_WRITTEN = (
    "SET LOCAL row_security = off; SET LOCAL datestyle = 'ISO';"
    " SET LOCAL intervalstyle = 'postgres'; SET LOCAL client_encoding = 'UTF8'"
)


class LoginTooMighty(Exception):
    """The login may do more on the server's machine than reading in rows should."""


async def load(connection: "asyncpg.Connection[asyncpg.Record]", *, copied: Contents) -> None:
    """Fill the tables of a fresh database with a copy's rows, within a transaction.

    Our guards are off while rows come in, as they were checked when they were first written,
    and on again, all of them, when this returns. Raises BackupUnusable, LoginTooMighty.
    """
    found = {row["table"]: row["columns"] for row in await connection.fetch(_COLUMNS)}
    columns = {name: tuple(found[name]) for name in found if name not in OF_THE_CODE}
    names = await _in_order(connection, list(columns))
    guards = await connection.fetch(_GUARDS)
    for name in names:
        await connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    # What migrations put there is of this installation: the copy's is another.
    await connection.execute(f"TRUNCATE {', '.join(names)}")
    await connection.execute(_AS_WRITTEN)
    async with _harmless(connection, names), copied.tables(names) as tables:
        expected = iter(names)
        async for table in tables:
            if table.name != next(expected, None):
                raise BackupUnusable(f"{copied.dump.name} holds rows where none belong")
            if sorted(table.columns) != sorted(columns[table.name]):
                raise BackupUnusable(
                    f"{copied.dump.name}: the table {table.name} is not that of its revision"
                )
            await _fill(connection, table, file=copied.dump.name)
        lacking = next(expected, None)
        if lacking is not None:
            raise BackupUnusable(f"{copied.dump.name} lacks the rows of {lacking}")
        await _settle(connection, file=copied.dump.name)
    await _count_on(connection)
    for name in names:
        await connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
    if await connection.fetch(_GUARDS) != guards:
        raise RuntimeError("the guards of the tables do not stand as they stood")


async def _in_order(
    connection: "asyncpg.Connection[asyncpg.Record]", names: Sequence[str]
) -> list[str]:
    """Return the tables so that each comes behind those that its rows refer to."""
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(names, ()))
    for row in await connection.fetch(_REFERENCES):
        if row["table"] in names and row["other"] in names:
            order.add(row["table"], row["other"])
    return [*order.static_order()]


@asynccontextmanager
async def _harmless(
    connection: "asyncpg.Connection[asyncpg.Record]", names: Sequence[str]
) -> AsyncIterator[None]:
    """Let the block write rows as a role that can do nothing else."""
    may = await connection.fetchrow(_MAY)
    if may is None or (may["reaches_machine"] and not may["rolsuper"]):
        raise LoginTooMighty(
            "the database's login may run programs or touch files on the server's machine:"
            " restore with one that is no member of pg_execute_server_program,"
            " pg_write_server_files and pg_read_server_files"
        )
    if not may["rolsuper"]:
        yield
        return
    role = f"ballast_restore_{uuid4().hex}"
    # No policy binds it, as none binds the owner: the rows are all tenants'.
    await connection.execute(f"CREATE ROLE {role} NOLOGIN BYPASSRLS")
    await connection.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    await connection.execute(f"GRANT INSERT ON {', '.join(names)} TO {role}")
    await connection.execute(f"SET LOCAL ROLE {role}")
    yield
    await connection.execute("SET LOCAL ROLE NONE")
    await connection.execute(f"DROP OWNED BY {role}")
    await connection.execute(f"DROP ROLE {role}")


async def _fill(
    connection: "asyncpg.Connection[asyncpg.Record]", table: Table, *, file: str
) -> None:
    try:
        await connection.copy_to_table(
            table.name,
            schema_name="public",
            columns=table.columns,
            source=table.pieces,
            timeout=_COPY_TIMEOUT_S,
        )
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as problem:
        raise _unfit(file, problem) from problem


async def _settle(connection: "asyncpg.Connection[asyncpg.Record]", *, file: str) -> None:
    """Ask now what is asked at a transaction's end."""
    try:
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.IntegrityConstraintViolationError as problem:
        raise _unfit(file, problem) from problem


async def _count_on(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let numbers that the database gives go on behind the last that is there."""
    for row in await connection.fetch(_SEQUENCES):
        await connection.execute(
            f"SELECT setval('{row['sequence']}', coalesce(max({row['column']}), 0) + 1, false)"  # noqa: S608 - own names; values are parameters
            f" FROM {row['table']}"
        )


def _unfit(file: str, problem: Exception) -> BackupUnusable:
    return BackupUnusable(f"{file} could not be restored, and nothing was: {problem}")
