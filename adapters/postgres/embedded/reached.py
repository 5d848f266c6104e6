"""Reach a database of our own, whether or not a server runs on it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.postgres.embedded.cluster import CLUSTER_NAME
from adapters.postgres.embedded.errors import DataFolderBusy
from adapters.postgres.embedded.server import EmbeddedPostgres, address_of_running

_TRIES = 50
_BETWEEN_S = 0.2


class NoDatabase(Exception):
    """There is none where these settings say; the message says what to do."""


@asynccontextmanager
async def reached(
    data_dir: Path, *, environment: Mapping[str, str], make: bool = False
) -> AsyncIterator[str]:
    """Give the database's URL; one that does not run is run for the block.

    make: make one where there is none; else that raises NoDatabase.
    """
    folder = await asyncio.to_thread(data_dir.absolute)
    if not make and not (folder / CLUSTER_NAME).exists():
        raise NoDatabase(
            f"{folder} holds no database: name the data folder with BALLAST_DATA_DIR,"
            " or a Postgres with BALLAST_DATABASE_URL"
        )
    server = EmbeddedPostgres(data_dir=folder, environment=environment)
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
