"""Keep the venue's changes on disk: written and synced before anybody is answered."""

import asyncio
import fcntl
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from adapters.brokers.paper.change import Change

_PREFIX = "venue-"
_SUFFIX = ".jsonl"

log = structlog.get_logger()


class VenueJournalCorrupt(Exception):
    """The journal contradicts itself before its last line: restore it or start a new folder."""

    def __init__(self, *, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}")
        self.path = path
        self.line = line


class VenueJournalFailed(Exception):
    """A write or sync failed: nothing more is written before `recover`."""


class VenueJournalBusy(Exception):
    """Another process keeps its venue in this folder: give each venue a folder of its own."""


class _Entry(msgspec.Struct, frozen=True):
    """One line: the change and its number, one above the line's before."""

    number: int
    change: Change


def is_kept(folder: Path) -> bool:
    """Tell whether a venue keeps its journal in the folder."""
    return any(folder.glob(f"{_PREFIX}*{_SUFFIX}"))


class VenueJournal:
    """An append-only file of JSON lines, each with its CRC-32; the first is a snapshot.

    Names of files carry the snapshot's number. Compaction writes a new file aside, syncs
    and renames it, then removes the old one, so that one whole file is there at any time.
    After a failed write only what was synced before it holds; `recover` goes on from there.
    """

    def __init__(self, folder: Path, *, compact_bytes: int = 8 * 1024 * 1024) -> None:
        self._folder = folder
        self._compact_bytes = compact_bytes
        self._file: io.FileIO | None = None
        self._lock: int | None = None
        self._path = folder
        self._number = 0
        self._size = 0
        self._limit = compact_bytes
        self._waiting: list[bytes] = []
        self._appended = 0
        self._durable = 0
        self._writing: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        # Counts recoveries: a change of an earlier life that was not synced is no more.
        self._life = 0

    def open(self, *, restore: Callable[[Change], None], snapshot: Callable[[], Change]) -> None:
        """Replay what is there, cut a torn last line, and begin a compacted file.

        Raises VenueJournalCorrupt, and VenueJournalBusy while another venue has the folder.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(self._folder)
        try:
            self._replay(restore)
            self.compact(snapshot())
        except BaseException:
            self.close()
            raise

    @property
    def problem(self) -> str:
        """Why nothing can be written, empty while all is well."""
        return "" if self._failure is None else f"cannot write its journal: {self._failure}"

    def recover(
        self, *, roll_back: Callable[[Iterator[Change]], None], snapshot: Callable[[], Change]
    ) -> None:
        """Go on after a failed write, from what the last sync proved, in a new file.

        roll_back is given those changes and must forget all others: nobody was told of them.
        Raises OSError while there still is no room, VenueJournalCorrupt.
        """
        if self._failure is None or self._writing is not None:
            return
        proven = (entry.change for entry in _entries(self._path, end=self._size))
        roll_back(proven)
        self._waiting.clear()
        self._life += 1
        self._durable = self._appended
        # The number goes on, so that the new file is the latest whatever becomes of the old.
        self.compact(snapshot())
        self._failure = None
        log.warning("paper_venue.journal_recovered", path=str(self._path))

    def append(self, change: Change) -> int:
        """Encode a change for the next write; return the ticket to wait for with `synced`."""
        if self._failure is not None:
            raise VenueJournalFailed(str(self._failure)) from self._failure
        self._number += 1
        self._waiting.append(_line(_Entry(number=self._number, change=change)))
        self._appended += 1
        return self._appended

    async def synced(self) -> int:
        """Return once everything appended so far is on disk, with the last such ticket."""
        ticket, life = self._appended, self._life
        while self._durable < ticket or self._life != life:
            if self._life != life:
                raise VenueJournalFailed("the change was rolled back after a failed write")
            if self._failure is not None:
                raise VenueJournalFailed(str(self._failure)) from self._failure
            if self._writing is None:
                self._writing = asyncio.create_task(self._write())
            # A caller that is cancelled must not cancel the write that others wait for.
            await asyncio.shield(self._writing)
        return ticket

    @property
    def wants_compaction(self) -> bool:
        """Whether the file has outgrown its limit and nothing waits to be written."""
        return self._size > self._limit and not self._waiting and self._writing is None

    def compact(self, snapshot: Change) -> None:
        """Begin a new file with a snapshot of everything; blocks until it is on disk.

        Raises OSError when it cannot; the old file then goes on, unless the new one had
        taken its place already: which of them a restart would read is then to be settled.
        """
        number = self._number + 1
        path = self._folder / f"{_PREFIX}{number:020d}{_SUFFIX}"
        aside = path.with_suffix(".new")
        line = _line(_Entry(number=number, change=snapshot))
        try:
            # Left by a life that ended here; opened anew, so that it is ours alone from the start.
            aside.unlink(missing_ok=True)
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(path)
        except OSError:
            # Tried again once as much more was written, not with every line.
            self._limit = self._size + self._compact_bytes
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        old, self._number, self._path, self._size = self._file, number, path, len(line)
        # At least as much again as the snapshot, so that compaction stays a small part.
        self._limit = max(self._compact_bytes, 2 * len(line))
        try:
            self._file = path.open("ab", buffering=0)
            _sync_folder(self._folder)
            for other in self._folder.glob(f"{_PREFIX}*"):
                if other != path:
                    other.unlink()
            _sync_folder(self._folder)
        except OSError as error:
            self._fail(error)
            raise
        finally:
            if old is not None and old is not self._file:
                old.close()

    def close(self) -> None:
        """Close the file and let others have the folder; only after `synced`."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _replay(self, restore: Callable[[Change], None]) -> None:
        files = sorted(self._folder.glob(f"{_PREFIX}*{_SUFFIX}"))
        if files:
            for entry in _entries(files[-1]):
                restore(entry.change)
                self._number = entry.number

    async def _write(self) -> None:
        try:
            lines, self._waiting = self._waiting, []
            data = b"".join(lines)
            await asyncio.to_thread(self._put, data)
            self._durable += len(lines)
            self._size += len(data)
        except (OSError, ValueError) as error:
            # After a failed sync the page cache lies: never try the same file again.
            self._fail(error)
        finally:
            self._writing = None

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        log.error("paper_venue.journal_failed", path=str(self._path), error=str(error))

    def _put(self, data: bytes) -> None:
        if self._file is None:
            raise OSError("the journal is not open")
        left = memoryview(data)
        while left:
            # Straight to the file: what it took of a line is cut off by the size it had.
            left = left[self._file.write(left) :]
        os.fdatasync(self._file.fileno())


def _line(entry: _Entry) -> bytes:
    body = msgspec.json.encode(entry)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _entries(path: Path, *, end: int | None = None) -> Iterator[_Entry]:
    """Yield the entries of a file, with `end` only those before that byte."""
    decoder = msgspec.json.Decoder(_Entry)
    number, offset = 0, 0
    with path.open("rb") as file:
        for count, line in enumerate(file, start=1):
            if end is not None and offset >= end:
                return
            if not line.endswith(b"\n") and count > 1:
                log.warning("paper_venue.torn_line_cut", path=str(path), line=count, offset=offset)
                return
            entry = _checked(line, decoder, path=path, count=count)
            if number and entry.number != number + 1:
                problem = f"entry {entry.number} follows {number}: entries are missing"
                raise VenueJournalCorrupt(path=path, line=count, problem=problem)
            number, offset = entry.number, offset + len(line)
            yield entry
    if not number:
        raise VenueJournalCorrupt(path=path, line=1, problem="the file is empty")


def _checked(
    line: bytes, decoder: msgspec.json.Decoder[_Entry], *, path: Path, count: int
) -> _Entry:
    crc, _, body = line.rstrip(b"\n").partition(b" ")
    if crc != b"%08x" % zlib.crc32(body):
        problem = "the checksum does not match"
        raise VenueJournalCorrupt(path=path, line=count, problem=problem)
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        problem = f"cannot be read: {error}"
        raise VenueJournalCorrupt(path=path, line=count, problem=problem) from error


def _locked(folder: Path) -> int:
    """Take the folder for this process; the kernel gives it back when the process ends."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise VenueJournalBusy(f"{folder}: another venue keeps its journal here") from None
    return handle


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
