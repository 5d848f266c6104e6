"""Keep heads of audit chains in a file: appended to, and now and then thinned out."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from domain.audit.anchoring import (
    AnchorRecord,
    Anchors,
    Gap,
    anchor_line,
    anchored,
    gap_line,
)
from domain.audit.macs import AuditKeys, UnknownKey
from domain.audit.thinning import thinned
from ports.audit import AnchorUnavailable

NAME = "audit-heads.jsonl"
LINE_CHARACTERS_MAX = 1_024
# The file is thinned when so much was added: of one busy chain about an hour.
THIN_AFTER_BYTES = 4 * 1024 * 1024


class AnchorFile:
    """A file of signed heads, each forced to the disk before it counts (port AnchorTarget).

    Best on a disk, or mounted from a machine, that whoever can write the database cannot.
    Where the file may only be appended to, it is not thinned.
    """

    def __init__(
        self,
        *,
        folder: Path,
        read_keys: Callable[[], AuditKeys],
        thin_after_bytes: int = THIN_AFTER_BYTES,
    ) -> None:
        self._path = folder / NAME
        self._read_keys = read_keys
        self._thin_after_bytes = thin_after_bytes
        # The file as we left it, and the number of its last record.
        self._left: tuple[int, int] | None = None
        self._last = 0
        self._thinned_to = 0

    @property
    def name(self) -> str:
        """The file's place."""
        return str(self._path)

    async def append(self, records: Sequence[AnchorRecord], *, after: int = 0) -> int:
        """Keep records durably, and return the number of the last; raises AnchorUnavailable."""
        return await self._said(lambda: self._keep(records, after=after))

    async def give_up(self, gap: Gap) -> None:
        """Keep that records are lost, which a person said; raises AnchorUnavailable."""
        await self._said(lambda: self._add([gap_line(gap, keys=self._read_keys())], last=gap.last))

    async def is_empty(self) -> bool:
        """Tell whether nothing was ever kept there; raises AnchorUnavailable."""
        return not await self._said(lambda: _size(self._path))

    async def count(self) -> int:
        """Return the number of the last record; raises AnchorUnavailable."""
        return await self._said(self._counted)

    async def _said(self, work: Callable[[], int]) -> int:
        try:
            return await asyncio.to_thread(work)
        except OSError as problem:
            raise AnchorUnavailable(f"{self._path}: {problem.strerror}") from problem

    def _keep(self, records: Sequence[AnchorRecord], *, after: int) -> int:
        keys = self._read_keys()
        first = max(self._counted(), after) + 1
        numbered = [replace(one, number=first + place) for place, one in enumerate(records)]
        lines = [anchor_line(one, keys=keys) for one in numbered]
        return self._add(lines, last=first + len(records) - 1)

    def _counted(self) -> int:
        """Count anew where the file is not as we left it: another process, or somebody else."""
        if self._left is None or self._left != _mark(self._path):
            found = Anchors().take_all(anchored_lines(self._path.parent), keys=self._read_keys())
            self._last, self._left = found.last, _mark(self._path)
        return self._last

    def _add(self, lines: Sequence[str], *, last: int) -> int:
        _append(self._path, "".join(f"{line}\n" for line in lines).encode("ascii"))
        self._last, self._left = last, _mark(self._path)
        if _size(self._path) - self._thinned_to > self._thin_after_bytes:
            self._thin()
        return last

    def _thin(self) -> None:
        """Write the file anew without what may go; one with something wrong stays as it is."""
        keys = self._read_keys()
        try:
            kept = _kept(anchored_lines(self._path.parent), keys=keys)
            _replace(self._path, "".join(f"{line}\n" for line in kept).encode("ascii"))
            self._left = _mark(self._path)
        except (ValueError, UnknownKey):
            # What somebody changed, or nobody here can read, is left for who looks into it.
            self._left = None
        except OSError:
            # It may be kept where nothing can be taken away: then it only grows.
            self._left = None
        self._thinned_to = _size(self._path)


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


def _kept(lines: Iterator[str], *, keys: AuditKeys) -> list[str]:
    """Return the lines that stay; raises ValueError and UnknownKey for what is not all right."""
    whole, check = [], Anchors()
    written: dict[AnchorRecord | Gap, str] = {}
    for line in lines:
        record = anchored(line, keys=keys)
        check.take_record(record)
        whole.append(record)
        written[record] = line.rstrip("\n")
    if check.faults:
        raise ValueError(check.faults[0].problem)
    return [written.get(one) or _line(one, keys=keys) for one in thinned(whole)]


def _line(one: AnchorRecord | Gap, *, keys: AuditKeys) -> str:
    return gap_line(one, keys=keys) if isinstance(one, Gap) else anchor_line(one, keys=keys)


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
        _write(descriptor, data)
    finally:
        os.close(descriptor)
    if new:
        _sync_folder(path.parent)


def _replace(path: Path, data: bytes) -> None:
    """Put another file in its place, whole or not at all."""
    beside = path.with_name(f".{path.name}.thin")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        _write(descriptor, data)
    finally:
        os.close(descriptor)
    os.replace(beside, path)
    _sync_folder(path.parent)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _mark(path: Path) -> tuple[int, int]:
    """Return what tells one content of the file from another."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0)
    return (found.st_ino, found.st_size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
