"""Keep heads of audit chains in a file that is only ever appended to."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from domain.audit.anchoring import AnchorRecord, anchor_line
from domain.audit.macs import AuditKeys
from ports.audit import AnchorUnavailable

NAME = "audit-heads.jsonl"
LINE_CHARACTERS_MAX = 1_024


class AnchorFile:
    """A file of signed heads, each forced to the disk before it counts (port AnchorTarget).

    Best on a disk, or mounted from a machine, that whoever can write the database cannot.
    """

    def __init__(self, *, folder: Path, read_keys: Callable[[], AuditKeys]) -> None:
        self._path = folder / NAME
        self._read_keys = read_keys

    @property
    def name(self) -> str:
        """The file's place."""
        return str(self._path)

    async def append(self, records: Sequence[AnchorRecord]) -> None:
        """Keep records durably; raises AnchorUnavailable."""
        lines = "".join(f"{anchor_line(one, keys=self._read_keys())}\n" for one in records)
        try:
            await asyncio.to_thread(_append, self._path, lines.encode("ascii"))
        except OSError as problem:
            raise AnchorUnavailable(f"{self._path}: {problem.strerror}") from problem

    async def is_empty(self) -> bool:
        """Tell whether nothing was ever kept there; raises AnchorUnavailable."""
        try:
            return not await asyncio.to_thread(_size, self._path)
        except OSError as problem:
            raise AnchorUnavailable(f"{self._path}: {problem.strerror}") from problem


def anchored_lines(folder: Path) -> Iterator[str]:
    """Give the lines of a folder's anchor file, none where there is no file.

    A last line without its end is what a crash left of a record that never counted.
    """
    try:
        file = (folder / NAME).open(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return
    with file:
        while line := file.readline(LINE_CHARACTERS_MAX):
            if line.endswith("\n") or len(line) == LINE_CHARACTERS_MAX:
                yield line


def _append(path: Path, data: bytes) -> None:
    new = not path.exists()
    if new:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            # Half a line of a life that ended in it: it must not swallow this one.
            data = b"\n" + data
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
