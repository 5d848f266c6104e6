"""Copy a database in again: into an empty one, whole or not at all."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from adapters.postgres.backup.contents import BackupUnusable, Contents, contents
from adapters.postgres.backup.dumping import CONNECT_TIMEOUT_S
from adapters.postgres.backup.finishing import finish
from adapters.postgres.backup.loading import load
from adapters.postgres.backup.tools import ToolFailed, find_tools
from adapters.postgres.link.address import plain_url
from adapters.postgres.link.errors import port_errors
from adapters.postgres.migrations.run import RevisionTooOld, fresh, revision_of_backup
from domain.audit.macs import AuditKey

# What is not proven to be ours may unpack to no more than this, or so many times its size.
_UNPACKED_BYTES = 1024**3
_UNPACKED_TIMES = 100


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
    proven: bool = False,
    beside: Callable[[], None] = lambda: None,
) -> str:
    """Restore the rows of a file that pg_dump wrote into an empty database; returns its revision.

    Nothing of the file but rows is taken, and no part of it is executed: the tables are made by
    our own migrations. All is one transaction. beside is called once everything is in, before a
    server may start. proven: the file is known to be ours, and may be of any size. Raises
    BackupUnusable, NotEmpty, LoginTooMighty, ToolsMissing, ToolFailed.
    """
    with port_errors():
        major = await _major(url)
        tools = find_tools(environment=environment, major=major)
        bytes_max = None if proven else await asyncio.to_thread(_bytes_max, dump)
        copied = await contents(tools, dump, bytes_max=bytes_max)
        revision = await _revision(copied)
        async with fresh(url, revision=revision) as connection:
            try:
                await load(connection, copied=copied)
            except ToolFailed as problem:
                raise BackupUnusable(
                    f"{dump.name} could not be restored, and nothing was: {problem}"
                ) from problem
            await asyncio.to_thread(beside)
            await finish(connection, stop=stop)
        # Without statistics the first questions take the slow ways.
        await _analyze(url)
    return revision


def _bytes_max(dump: Path) -> int:
    return max(_UNPACKED_BYTES, _UNPACKED_TIMES * dump.stat().st_size)


async def _major(url: str) -> int:
    connection = await asyncpg.connect(plain_url(url), timeout=CONNECT_TIMEOUT_S)
    try:
        return connection.get_server_version().major
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _analyze(url: str) -> None:
    connection = await asyncpg.connect(plain_url(url), timeout=CONNECT_TIMEOUT_S)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


async def _revision(copied: Contents) -> str:
    """Return the revision whose tables the rows fit."""
    try:
        stored = await copied.value("alembic_version")
    except ToolFailed as problem:
        raise BackupUnusable(f"{copied.dump.name} cannot be read: {problem}") from problem
    if stored is None:
        raise BackupUnusable(
            f"{copied.dump.name} is the copy of a database that was only half restored"
        )
    try:
        revision = await asyncio.to_thread(revision_of_backup, stored, file=copied.dump.name)
    except RevisionTooOld as problem:
        raise BackupUnusable(str(problem)) from problem
    if revision is None:
        raise BackupUnusable(
            f"{copied.dump.name} is at revision {stored[:40]!r}, which this Ballast does not"
            " know: restore it with the newer one"
        )
    return revision
