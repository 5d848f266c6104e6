"""Reach the keys and the secrets of an installation, whether or not a server runs on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.postgres.migrations.run import pending
from application.shared.change import Changes
from bootstrap.areas.secrets import SecretsParts, build
from bootstrap.backup.installation import reached_database
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import build_system


class Unmigrated(Exception):
    """The database is not at this code's revision; the message says what to do."""


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[tuple[SecretsParts, Storage]]:
    """Give the parts over the installation's database; raises NoDatabase, Unmigrated."""
    async with reached_database(settings) as url:
        if await pending(url):
            raise Unmigrated(
                "the database is of an earlier release: run `ballast migrate`, or start the server"
            )
        given = replace(settings, profile="cluster", database_url=url)
        system = build_system()
        storage = build_postgres(settings=given, system=system)
        changes = Changes(works=storage.works, clock=system.clock, ids=system.ids)
        parts = build(settings=given, storage=storage, system=system, changes=changes)
        await storage.server.start()
        try:
            yield parts, storage
        finally:
            await parts.stop()
            await storage.server.stop()
