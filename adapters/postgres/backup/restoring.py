"""Copy a database in again: into an empty one, whole or not at all."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import asyncpg

from adapters.postgres.backup.dumping import CONNECT_TIMEOUT_S
from adapters.postgres.backup.finishing import finish
from adapters.postgres.backup.tools import ToolFailed, Tools, find_tools
from adapters.postgres.link.address import plain_url
from adapters.postgres.link.errors import port_errors
from adapters.postgres.migrations.run import ADVISORY_LOCK, revisions
from domain.audit.macs import AuditKey

_HOUR_S = 3_600
# An entry of this archive is left for the end: without it no server starts on the database.
_LAST = " TABLE DATA public alembic_version "
_OURS = " TABLE public ballast_meta "


class BackupUnusable(Exception):
    """The file is no back-up of Ballast's, a torn one, or one of a newer Ballast."""


class NotEmpty(Exception):
    """The database holds something already: it is not touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What the restored tenants' trading is stopped with until a person has looked."""

    reason: str
    at: datetime
    new_id: Callable[[], UUID]
    key: AuditKey | None = None


async def restore(
    *,
    url: str,
    dump: Path,
    stop: Stop,
    environment: Mapping[str, str],
    beside: Callable[[], None] = lambda: None,
) -> str:
    """Restore a file that pg_dump wrote into an empty database; returns its revision.

    Where it breaks off, the database is left empty, or so that no server starts on it and no
    second restore touches it. beside is called once everything is in, before a server may
    start. Raises BackupUnusable, NotEmpty, ToolsMissing, ToolFailed.
    """
    async with _alone(url) as connection:
        major = connection.get_server_version().major
        tools = find_tools(environment=environment, major=major)
        listed = await _listed(tools, dump)
        revision = await _revision(tools, dump)
        if revision not in await asyncio.to_thread(revisions):
            raise BackupUnusable(
                f"{dump.name} is at revision {revision}, which this Ballast does not know:"
                " restore it with the newer one"
            )
        await _copy_in(tools, dump, listed=listed, url=url)
        await asyncio.to_thread(beside)
        async with connection.transaction():
            await finish(connection, revision=revision, stop=stop)
        # Without statistics the first questions take the slow ways.
        await connection.execute("ANALYZE")
    return revision


@asynccontextmanager
async def _alone(url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Keep servers that start from migrating meanwhile; refuse what is not empty."""
    with port_errors():
        connection = await asyncpg.connect(
            plain_url(url), timeout=CONNECT_TIMEOUT_S, command_timeout=_HOUR_S
        )
        try:
            await connection.execute(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
            there = await connection.fetch(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY relname LIMIT 3"
            )
            if there:
                names = ", ".join(row["relname"] for row in there)
                raise NotEmpty(
                    f"the database holds tables already ({names}, …): restore into an empty one"
                )
            yield connection
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _listed(tools: Tools, dump: Path) -> str:
    """Return the archive's own list of what is in it."""
    try:
        listed = (await tools.run("pg_restore", ("--list", str(dump)))).decode("utf-8", "replace")
    except ToolFailed as problem:
        raise BackupUnusable(f"{dump.name} cannot be read: {problem}") from problem
    if _OURS not in listed or _LAST not in listed:
        raise BackupUnusable(f"{dump.name} is a copy of another database than Ballast's")
    return listed


async def _revision(tools: Tools, dump: Path) -> str:
    arguments = ("--data-only", "--table=alembic_version", "--file=-", str(dump))
    try:
        lines = (await tools.run("pg_restore", arguments)).decode("utf-8", "replace").splitlines()
    except ToolFailed as problem:
        raise BackupUnusable(f"{dump.name} cannot be read: {problem}") from problem
    for line, following in pairwise(lines):
        if line.startswith("COPY public.alembic_version ") and following != "\\.":
            return following.strip()
    raise BackupUnusable(f"{dump.name} is the copy of a database that was only half restored")


async def _copy_in(tools: Tools, dump: Path, *, listed: str, url: str) -> None:
    kept = "\n".join(line for line in listed.splitlines() if _LAST not in line)
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as file:
        file.write(kept)
        file.flush()
        arguments = (
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            f"--use-list={file.name}",
            str(dump),
        )
        try:
            await tools.run("pg_restore", arguments, url=url)
        except ToolFailed as problem:
            raise BackupUnusable(
                f"{dump.name} could not be restored, and nothing was: {problem}"
            ) from problem
