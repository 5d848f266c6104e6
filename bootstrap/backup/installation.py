"""Reach the database of an installation, whether or not a server runs on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.embedded.reached import NoDatabase, reached
from adapters.postgres.migrations.run import pending
from bootstrap.binaries import postgres_environment
from bootstrap.settings.sections import Settings


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
    environment = postgres_environment(settings.pg_bindir)
    async with reached(settings.data_dir, environment=environment, make=make) as url:
        yield url


async def must_be_current(url: str) -> None:
    """Raise NoDatabase for a database that this code's tables are not in."""
    missing = await pending(url)
    if missing:
        raise NoDatabase(
            f"the database lacks the revisions {', '.join(missing)}: run `ballast migrate`"
        )
