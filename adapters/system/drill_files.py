"""Keep drills as files, one each, readable by us alone (port DrillLog)."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from adapters.system.file_modes import make_private
from domain.kill_switch.drill import SignedDrill
from ports.storage import StorageUnavailable

_SUFFIX = ".drill.json"
_DECODER = msgspec.json.Decoder(SignedDrill)


class FileDrills:
    """Drills in a folder, by their ids, which grow with time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, drill: SignedDrill) -> None:
        """Keep a drill for good; raises StorageUnavailable."""
        await asyncio.to_thread(self._keep, drill)

    async def latest(self, limit: int) -> Sequence[SignedDrill]:
        """Return the latest ones, the last first; raises StorageUnavailable."""
        return await asyncio.to_thread(self._latest, limit)

    def _keep(self, drill: SignedDrill) -> None:
        try:
            make_private(self._folder)
            path = self._folder / f"{drill.id}{_SUFFIX}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(drill))
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise StorageUnavailable(f"{self._folder}: {problem.strerror}") from problem

    def _latest(self, limit: int) -> list[SignedDrill]:
        try:
            paths = sorted(self._folder.glob(f"*{_SUFFIX}"), reverse=True)[:limit]
            return [_DECODER.decode(path.read_bytes()) for path in paths]
        except (OSError, msgspec.MsgspecError, ValueError) as problem:
            raise StorageUnavailable(f"a drill in {self._folder} cannot be read") from problem
