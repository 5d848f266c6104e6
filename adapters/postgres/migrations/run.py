"""Apply the migrations that lie in this package; no alembic.ini, no command line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import structlog
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from adapters.postgres.link.address import plain_url, without_secrets
from adapters.postgres.link.app_role import app_url, login_of, settle_login, settle_privileges
from adapters.postgres.link.errors import port_errors

log = structlog.get_logger(__name__)

# Any number, as long as every version of Ballast uses the same.
ADVISORY_LOCK = 0x42414C4C4153
_CONNECT_TIMEOUT_S = 10.0
_LOCK_TIMEOUT_S = 60
_STATEMENT_TIMEOUT_S = 600


class Fetching(Protocol):
    """A connection, whoever's."""

    async def fetchval(self, query: str, /) -> Any:
        """Return the first value of the first row."""
        ...


_THERE = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY relname LIMIT 3"
)
_Steps = Callable[[str, MigrationContext], Iterable[Any]]


# The revisions of before were told anew, one per area, and end in the tables that the last of
# them ended in: a database there is carried on from where the new ones are.
_OLD_HEAD = "0029"
_SAME_AS_OLD_HEAD = "0109"
# Older ones are brought to the last by the version that still has them.
_OLDER = frozenset(f"{number:04}" for number in range(1, int(_OLD_HEAD)))
_VERSION_WITH_OLDER = "0.1.0"


class DatabaseTooNew(Exception):
    """The database was brought further by a newer Ballast than this one."""


class RevisionTooOld(Exception):
    """A database or a back-up is of before the revisions that this Ballast has."""

    def __init__(self, what: str, *, revision: str) -> None:
        super().__init__(
            f"{what} is at revision {revision}, older than this Ballast can carry on: start"
            f" Ballast {_VERSION_WITH_OLDER} with it first, which brings it to revision"
            f" {_OLD_HEAD}, then this one"
        )


class DatabaseHalfRestored(Exception):
    """A restore into the database was broken off: it holds books, and no revision."""


class NotEmpty(Exception):
    """The database holds something already: it is not touched."""


async def upgrade(url: str, *, to: str = "head", requests_url: str | None = None) -> list[str]:
    """Apply all missing revisions in one transaction and return them, oldest first.

    to: an earlier revision, for tests of what an older release left behind. requests_url: of
    the login that answers requests, where it does not follow from the URL; the login is made
    if need be, and has all it may have when this returns.
    Several processes may start at once: one applies, the others wait and find nothing to do.
    A database at the old head is stamped with the revision that it is the same as, which is
    the first of those returned. Raises DatabaseTooNew, RevisionTooOld, AddressInvalid, or a
    storage port error; then nothing was changed.
    """
    script = await asyncio.to_thread(_script)
    if to == "head":
        await settle_login(url, given=requests_url)
    async with _connection(url) as connection:
        # Held to the commit; who waited reads the revision only after that.
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        missing = await connection.run_sync(_missing, script, url)
        await connection.run_sync(_stamp)
        if to != "head":
            missing = missing[: missing.index(to) + 1]
        if missing:
            await connection.run_sync(_move, script, _up(script, to))
        if to == "head":
            driven = (await connection.get_raw_connection()).driver_connection
            await settle_privileges(driven, login=login_of(app_url(url, given=requests_url)))
    for revision in missing:
        log.info("database.migrated", revision=revision)
    return missing


@asynccontextmanager
async def fresh(url: str, *, revision: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Make the tables of a revision in an empty database, and give the transaction of it.

    The block's end commits tables and all that the block put in them; where it raises, the
    database is as empty as before. Others that start meanwhile wait. Raises NotEmpty.
    """
    script = await asyncio.to_thread(_script)
    async with _connection(url) as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        there = (await connection.execute(text(_THERE))).scalars().all()
        if there:
            raise NotEmpty(
                f"the database holds tables already ({', '.join(there)}, …): restore into an"
                " empty one"
            )
        await connection.run_sync(_move, script, _up(script, revision))
        driven = (await connection.get_raw_connection()).driver_connection
        assert driven is not None
        # Copying everything in takes as long as it takes.
        await driven.execute("SET LOCAL statement_timeout = 0")
        yield driven


async def pending(url: str) -> list[str]:
    """Return the revisions that `upgrade` would apply, oldest first; changes nothing."""
    script = await asyncio.to_thread(_script)
    async with _connection(url) as connection:
        return await connection.run_sync(_missing, script, url)


async def check_revision(connection: Fetching) -> None:
    """Raise DatabaseTooNew once a newer Ballast has brought the database further.

    A process of before it may not read its tables rightly any more: it is to be replaced.
    """
    stored = await connection.fetchval("SELECT version_num FROM alembic_version")
    known = _known()
    if stored not in known:
        raise DatabaseTooNew(
            f"the database is at revision {stored} now, this process knows up to {known[-1]}:"
            " replace it with the newer Ballast"
        )


async def downgrade(url: str, *, revision: str = "base") -> None:
    """Undo down to a revision: for tests; it drops what the undone revisions hold."""
    script = await asyncio.to_thread(_script)
    async with _connection(url) as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        await connection.run_sync(_missing, script, url)
        await connection.run_sync(_move, script, _down(script, revision))


def revision_of_backup(stored: str, *, file: str) -> str | None:
    """Return the revision whose tables a back-up fits; None for one that is not known.

    Raises RevisionTooOld.
    """
    if stored in _OLDER:
        raise RevisionTooOld(file, revision=stored)
    if stored == _OLD_HEAD:
        return _SAME_AS_OLD_HEAD
    # Those before it were never a version's last: no database stops there.
    whole = _known()[_known().index(_SAME_AS_OLD_HEAD) :]
    return stored if stored in whole else None


def revisions() -> list[str]:
    """Return all revisions of this code, oldest first."""
    return [*_known()]


@cache
def _known() -> tuple[str, ...]:
    return tuple(step.revision for step in reversed([*_script().walk_revisions()]))


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[AsyncConnection]:
    plain = plain_url(url)

    async def connect(*_: object, **__: object) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            plain,
            timeout=_CONNECT_TIMEOUT_S,
            server_settings={
                "application_name": "ballast migrate",
                "timezone": "UTC",
                "lock_timeout": f"{_LOCK_TIMEOUT_S}s",
                "statement_timeout": f"{_STATEMENT_TIMEOUT_S}s",
            },
        )

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=pool.NullPool
    )
    try:
        with port_errors():
            async with engine.begin() as connection:
                yield connection
    finally:
        await engine.dispose()


def _missing(connection: Connection, script: ScriptDirectory, url: str) -> list[str]:
    known = [step.revision for step in reversed([*script.walk_revisions()])]
    stored = MigrationContext.configure(connection).get_current_heads()
    for revision in _OLDER.intersection(stored):
        raise RevisionTooOld(f"database {without_secrets(plain_url(url))}", revision=revision)
    if _OLD_HEAD in stored:
        return known[known.index(_SAME_AS_OLD_HEAD) :]
    unknown = [revision for revision in stored if revision not in known]
    if unknown:
        raise DatabaseTooNew(
            f"database {without_secrets(plain_url(url))} is at revision {', '.join(unknown)}, "
            f"this Ballast knows up to {known[-1]}; run the newer Ballast, or restore a backup "
            "made before it"
        )
    if not stored and _holds_books(connection):
        raise DatabaseHalfRestored(
            f"a restore into database {without_secrets(plain_url(url))} was broken off: drop it,"
            " make it anew and restore again"
        )
    return known if not stored else known[known.index(stored[0]) + 1 :]


def _stamp(connection: Connection) -> None:
    """Give a database at the old head the revision that it is the same as."""
    if _OLD_HEAD in MigrationContext.configure(connection).get_current_heads():
        stamped = text("UPDATE alembic_version SET version_num = :new WHERE version_num = :old")
        connection.execute(stamped, {"new": _SAME_AS_OLD_HEAD, "old": _OLD_HEAD})


def _holds_books(connection: Connection) -> bool:
    there = (
        "SELECT to_regclass('alembic_version') IS NOT NULL AND to_regclass('tenants') IS NOT NULL"
    )
    return bool(connection.execute(text(there)).scalar_one())


def _up(script: ScriptDirectory, target: str) -> _Steps:
    return lambda revision, _: script._upgrade_revs(target, revision)


def _down(script: ScriptDirectory, target: str) -> _Steps:
    return lambda revision, _: script._downgrade_revs(target, revision)


def _move(connection: Connection, script: ScriptDirectory, steps: _Steps) -> None:
    context = MigrationContext.configure(connection, opts={"script": script, "fn": steps})
    with Operations.context(context):
        context.run_migrations()
