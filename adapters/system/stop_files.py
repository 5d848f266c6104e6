"""Keep stops in files of a volume until storage has them: written whole, synced, or not at all."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from adapters.system.file_modes import make_private
from domain.kill_switch.latch import Latch
from ports.stops import StopNotKept

_SUFFIX = ".stop.json"
_BYTES_MAX = 65_536
_DECODER = msgspec.json.Decoder(Latch)
_ACCOUNTS = msgspec.json.Decoder(dict[str, dict[UUID, UUID]])


class FileStops:
    """Stops as one file each (port StopFiles); processes of one machine share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, latch: Latch) -> None:
        """Return once the latch is on the disk; raises StopNotKept."""
        await asyncio.to_thread(self._keep, latch)

    async def kept(self) -> Sequence[Latch]:
        """Return what is kept, oldest first; raises StopNotKept."""
        return await asyncio.to_thread(self._kept)

    async def forget(self, latch_id: UUID) -> None:
        """Remove one that storage has."""
        await asyncio.to_thread(self._forget, latch_id)

    def _keep(self, latch: Latch) -> None:
        _write(self._path(latch.id), msgspec.json.encode(latch))

    def _kept(self) -> list[Latch]:
        found = []
        try:
            for path in self._folder.glob(f"*{_SUFFIX}"):
                try:
                    text = path.read_bytes()
                except FileNotFoundError:
                    # Another process has stored it just now.
                    continue
                if len(text) > _BYTES_MAX:
                    raise StopNotKept(f"{path} is too large to be a stop")
                found.append(_DECODER.decode(text))
        except OSError as problem:
            raise StopNotKept(f"{self._folder}: {problem.strerror}") from problem
        except (msgspec.MsgspecError, ValueError) as problem:
            # It may be a stop: nothing is sent until somebody has looked.
            raise StopNotKept(f"a file of {self._folder} is no stop: {problem}") from problem
        return sorted(found, key=lambda latch: (latch.engaged_at, latch.id))

    def _forget(self, latch_id: UUID) -> None:
        try:
            self._path(latch_id).unlink(missing_ok=True)
        except OSError as problem:
            raise StopNotKept(f"{self._folder}: {problem.strerror}") from problem

    def _path(self, latch_id: UUID) -> Path:
        return self._folder / f"{latch_id}{_SUFFIX}"


class FileWatchedAccounts:
    """The accounts that a watchdog knows, as one file (port WatchedAccounts)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Mapping[str, Mapping[UUID, UUID]]:
        """Return what was kept, nothing before the first time; raises StopNotKept."""
        try:
            text = await asyncio.to_thread(self._path.read_bytes)
            return _ACCOUNTS.decode(text)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, ValueError) as problem:
            raise StopNotKept(f"{self._path} cannot be read: {problem}") from problem

    async def write(self, accounts: Mapping[str, Mapping[UUID, UUID]]) -> None:
        """Keep them in the place of what was kept; raises StopNotKept."""
        text = msgspec.json.encode({name: dict(known) for name, known in accounts.items()})
        await asyncio.to_thread(_write, self._path, text)


def _write(path: Path, text: bytes) -> None:
    """Write beside, sync and rename: after a power cut the file is whole, or as it was."""
    folder = path.parent
    try:
        make_private(folder)
        descriptor, beside = tempfile.mkstemp(prefix=".stop.", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
            raise
        _sync(folder)
    except OSError as problem:
        raise StopNotKept(f"{folder}: {problem.strerror}") from problem


def _sync(folder: Path) -> None:
    """Have the name on the disk as well: a file without one is lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
