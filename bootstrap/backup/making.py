"""Write a back-up: the database, then the journals of the paper venues that we keep."""

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.brokers.paper.journal_copies import copy_journal
from adapters.postgres.backup.archive import DUMP, write_archive
from adapters.postgres.backup.dumping import DumpSummary, dump
from bootstrap.backup.installation import reached_database
from bootstrap.backup.keys import sealer_of
from bootstrap.binaries import postgres_environment
from bootstrap.brokers.registry import own_venues
from bootstrap.settings.sections import Settings
from bootstrap.system import build_system


class OutputUnfit(Exception):
    """The back-up cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSummary:
    """What a back-up holds."""

    dumped: DumpSummary
    bytes: int


async def make_backup(settings: Settings, *, out: Path) -> BackupSummary:
    """Write a back-up while servers go on; nothing is overwritten.

    The venues' journals are copied after the database: as with any broker, what the restored
    books do not know yet is told by its reports.
    """
    beside = await asyncio.to_thread(_folder_for, out)
    made_at = build_system().clock.now()
    with TemporaryDirectory(prefix=f".{out.name}.", dir=beside) as folder:
        work = Path(folder)
        async with reached_database(settings) as url:
            # Of a folder with a database alone a key is made; and before anything is copied: a
            # back-up that cannot be proven is none.
            sealer = await asyncio.to_thread(sealer_of, settings)
            dumped = await dump(
                url=url, to=work / DUMP, environment=postgres_environment(settings.pg_bindir)
            )
        venues = await asyncio.to_thread(copy_venues, settings, work)
        parts = {DUMP: work / DUMP, **venues}
        about = {
            "made_at": made_at.isoformat(),
            "ballast": version("ballast"),
            "instance_id": str(dumped.instance_id),
            "revision": dumped.revision,
            "postgres": str(dumped.server_major),
        }
        size = await asyncio.to_thread(write_archive, out, parts=parts, about=about, sealer=sealer)
    return BackupSummary(dumped=dumped, bytes=size)


def _folder_for(out: Path) -> Path:
    """Return the folder of a file that is to be written; raises OutputUnfit."""
    if out.exists():
        raise OutputUnfit(f"{out} is there already: name another file")
    folder = out.absolute().parent
    if not folder.is_dir():
        raise OutputUnfit(f"there is no folder {folder}")
    return folder


def copy_venues(settings: Settings, work: Path) -> dict[str, Path]:
    """Copy the journal of each venue of ours, and return the copies by their names."""
    copied = [copy_journal(folder, work) for folder in own_venues(settings).values()]
    return {str(path.relative_to(work)): path for of_one in copied for path in of_one}
