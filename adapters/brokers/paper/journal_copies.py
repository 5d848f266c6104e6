"""Copy the journals of venues for a back-up, and put them back where they belong."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_JOURNALS = "venue-*.jsonl"
_TRIES = 5


class JournalReplaced(Exception):
    """Each time that a journal was about to be copied, another file stood in its place."""


def copy_journal(folder: Path, work: Path) -> list[Path]:
    """Copy a venue's journal; a compaction may put another file in its place meanwhile."""
    for _ in range(_TRIES):
        found = sorted(folder.glob(_JOURNALS))
        if not found:
            return []
        # The latest holds everything; an older one is about to be removed.
        copied = work / folder.name / found[-1].name
        copied.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            shutil.copyfile(found[-1], copied)
        except FileNotFoundError:
            continue
        return [copied]
    raise JournalReplaced(f"the journal in {folder} is replaced again and again; try again")


@dataclass(slots=True)
class Venues:
    """The journals of a back-up's paper venues, and the data folder where they belong."""

    journals: Sequence[Path]
    folder: Path | None
    said: str = "the back-up holds no paper venue"

    def put(self) -> None:
        """Put each where there is none: one that is there is the broker, and knows more."""
        if self.folder is not None and self.journals:
            several = len(self.journals) > 1
            told = [self._put(path, self.folder / path.parent.name) for path in self.journals]
            self.said = "; ".join(
                f"{path.parent.name}: {one}" if several else one
                for path, one in zip(self.journals, told, strict=True)
            )

    def _put(self, path: Path, folder: Path) -> str:
        if any(folder.glob(_JOURNALS)):
            return "the paper venue that was here is kept: it knows what happened since"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = folder / f"{path.stem}.new"
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        aside.rename(folder / path.name)
        return "the paper venue is as it was at the back-up"
