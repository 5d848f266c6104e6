"""Read texts that lie in a folder: one a file, its first line the title."""

import asyncio
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from ports.news import NewsText, NewsUnavailable

FILES_MAX = 10_000
BYTES_MAX = 256 * 1024
NAME = "folder"


class FolderNews:
    """The .txt files of a folder, UTF-8; links and others are left alone (port NewsSource)."""

    name = NAME

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def latest(self) -> Sequence[NewsText]:
        """Return what lies there, by the names of the files."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> list[NewsText]:
        try:
            with os.scandir(self._folder) as entries:
                names = sorted(one.name for one in entries if one.name.endswith(".txt"))
        except OSError as fault:
            raise NewsUnavailable(f"{self._folder} cannot be read: {fault.strerror}") from None
        if len(names) > FILES_MAX:
            raise NewsUnavailable(f"{self._folder} holds more than {FILES_MAX} texts")
        return [text for name in names if (text := self._text(self._folder / name)) is not None]

    def _text(self, file: Path) -> NewsText | None:
        try:
            with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as it:
                if not stat.S_ISREG(os.fstat(it.fileno()).st_mode):
                    return None
                body = it.read(BYTES_MAX + 1)
        except OSError:
            # Taken away meanwhile, a link, or not ours to read.
            return None
        if len(body) > BYTES_MAX:
            raise NewsUnavailable(f"{file.name} has more than {BYTES_MAX} bytes")
        try:
            said = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise NewsUnavailable(f"{file.name} is not UTF-8") from None
        title, _, text = said.strip().partition("\n")
        return NewsText(title=title.strip(), text=" ".join(text.split())) if title else None
