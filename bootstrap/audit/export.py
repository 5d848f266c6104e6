"""Hand the audit trail of an installation out."""

from typing import TextIO

from adapters.postgres.audit.export import write_trail
from adapters.postgres.backup.verifying import snapshot
from bootstrap.backup.installation import must_be_current, reached_database
from bootstrap.settings.sections import Settings


async def export(settings: Settings, *, to: TextIO, as_csv: bool, since: int = 1) -> int:
    """Write every chain from a place on, and return how many entries that were.

    As of one moment. Raises NoDatabase, StorageUnavailable.
    """
    async with reached_database(settings) as url:
        await must_be_current(url)
        async with snapshot(url) as connection:
            return await write_trail(connection, to=to, as_csv=as_csv, since=since)
