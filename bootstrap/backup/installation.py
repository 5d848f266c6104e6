"""Reach the database of an installation, whether or not a server runs on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.postgres.embedded.cluster import CLUSTER_NAME
from adapters.postgres.embedded.errors import DataFolderBusy
from adapters.postgres.embedded.server import EmbeddedPostgres, address_of_running
from bootstrap.binaries import postgres_environment
from bootstrap.settings.sections import Settings

_TRIES = 50
_BETWEEN_S = 0.2


class NoDatabase(Exception):
    """There is none where these settings say; the message says what to do."""


@asynccontextmanager
async def reached_database(settings: Settings, *, make: bool = False) -> AsyncIterator[str]:
    """Give the database's URL; a Postgres of our own that does not run is run for the block.

    make: make one of our own where there is none; else that raises NoDatabase.
    """
    if settings.profile == "memory":
        raise NoDatabase("profile is memory: its data ends with the process")
    if settings.database_url is not None:
        yield settings.database_url
        return
    folder = await asyncio.to_thread(settings.data_dir.absolute)
    if not make and not (folder / CLUSTER_NAME).exists():
        raise NoDatabase(
            f"{folder} holds no database: name the data folder with BALLAST_DATA_DIR,"
            " or a Postgres with BALLAST_DATABASE_URL"
        )
    server = EmbeddedPostgres(data_dir=folder, environment=postgres_environment(settings.pg_bindir))
    try:
        url = await server.start()
    except DataFolderBusy:
        if make:
            raise
        yield await _of_running(folder)
        return
    try:
        yield url
    finally:
        await server.stop()


async def _of_running(folder: Path) -> str:
    """Wait for the database of a server that may be starting just now."""
    for _ in range(_TRIES):
        url = address_of_running(data_dir=folder)
        if url is not None:
            return url
        await asyncio.sleep(_BETWEEN_S)
    raise NoDatabase(
        f"a process holds {folder}, but no database runs in it: it starts, stops, or"
        " keeps its data elsewhere"
    )
