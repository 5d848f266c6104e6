"""Write a back-up: the database, then the paper venue's journal where we keep one."""

import asyncio
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.postgres.backup.archive import DUMP, VENUE, write_archive
from adapters.postgres.backup.dumping import Dumped, dump
from bootstrap.backup.keys import sealer_of
from bootstrap.backup.reaching import reached
from bootstrap.choices import venue_folder
from bootstrap.settings.sections import Settings
from bootstrap.storage import postgres_environment
from bootstrap.system import build_system

_TRIES = 5


class OutputUnfit(Exception):
    """The back-up cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a back-up holds."""

    dumped: Dumped
    bytes: int


async def make_backup(settings: Settings, *, out: Path) -> Made:
    """Write a back-up while servers go on; nothing is overwritten.

    The venue's journal is copied after the database: as with any broker, what the restored
    books do not know yet is told by its reports.
    """
    beside = await asyncio.to_thread(_folder_for, out)
    made_at = build_system().clock.now()
    with TemporaryDirectory(prefix=f".{out.name}.", dir=beside) as folder:
        work = Path(folder)
        async with reached(settings) as url:
            # Of a folder with a database alone a key is made; and before anything is copied: a
            # back-up that cannot be proven is none.
            sealer = await asyncio.to_thread(sealer_of, settings)
            dumped = await dump(
                url=url, to=work / DUMP, environment=postgres_environment(settings.pg_bindir)
            )
        venue = await asyncio.to_thread(_copy_venue, settings, work)
        parts = {DUMP: work / DUMP} | {f"{VENUE}{path.name}": path for path in venue}
        about = {
            "made_at": made_at.isoformat(),
            "ballast": version("ballast"),
            "instance_id": str(dumped.instance_id),
            "revision": dumped.revision,
            "postgres": str(dumped.server_major),
        }
        size = await asyncio.to_thread(write_archive, out, parts=parts, about=about, sealer=sealer)
    return Made(dumped=dumped, bytes=size)


def _folder_for(out: Path) -> Path:
    """Return the folder of a file that is to be written; raises OutputUnfit."""
    if out.exists():
        raise OutputUnfit(f"{out} is there already: name another file")
    folder = out.absolute().parent
    if not folder.is_dir():
        raise OutputUnfit(f"there is no folder {folder}")
    return folder


def _copy_venue(settings: Settings, work: Path) -> list[Path]:
    """Copy the journal; a compaction may put another file in its place meanwhile."""
    folder = venue_folder(settings)
    if folder is None or settings.paper.url is not None:
        return []
    for _ in range(_TRIES):
        found = sorted(folder.glob("venue-*.jsonl"))
        if not found:
            return []
        # The latest holds everything; an older one is about to be removed.
        copied = work / found[-1].name
        try:
            shutil.copyfile(found[-1], copied)
        except FileNotFoundError:
            continue
        return [copied]
    raise OutputUnfit(f"the journal in {folder} is replaced again and again; try again")
