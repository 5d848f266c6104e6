"""Copy a database out: one file, as of one moment, while others go on writing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from adapters.postgres.backup.tools import find_tools
from adapters.postgres.link.address import plain_url
from adapters.postgres.link.errors import port_errors

CONNECT_TIMEOUT_S = 10.0
_LOCK_WAIT_MS = 60_000


class NothingToCopy(Exception):
    """The database has no tables of Ballast's, or is only half restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpSummary:
    """What was copied: the database's identity, its revision, the server's version."""

    instance_id: UUID
    revision: str
    server_major: int


async def dump(*, url: str, to: Path, environment: Mapping[str, str]) -> DumpSummary:
    """Write the database to a file with pg_dump; raises ToolsMissing, ToolFailed, and more.

    pg_dump reads everything in one snapshot: what commits meanwhile is in it whole or not
    at all. Raises NothingToCopy, and StorageUnavailable for a server that does not answer.
    """
    with port_errors():
        connection = await asyncpg.connect(plain_url(url), timeout=CONNECT_TIMEOUT_S)
        try:
            found = await _identity(connection)
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_S)
    tools = find_tools(environment=environment, major=found.server_major)
    arguments = (
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--lock-wait-timeout={_LOCK_WAIT_MS}",
        f"--file={to}",
    )
    await tools.run("pg_dump", arguments, url=url)
    return found


async def _identity(connection: "asyncpg.Connection[asyncpg.Record]") -> DumpSummary:
    known = await connection.fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL")
    row = None
    if known:
        row = await connection.fetchrow(
            "SELECT m.instance_id, v.version_num FROM ballast_meta m, alembic_version v"
        )
    if row is None:
        raise NothingToCopy("the database holds no books of Ballast's")
    return DumpSummary(
        instance_id=UUID(int=row["instance_id"].int),
        revision=row["version_num"],
        server_major=connection.get_server_version().major,
    )
