"""Read the operator's models from a folder: NAME.onnx, or NAME/VERSION/model.onnx."""

import asyncio
import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.inference.model import UNVERSIONED, ModelKey
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused

SUFFIX = ".onnx"
FILE = "model.onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """Models in a folder (port ModelFiles); nothing in it leads out of it.

    Links are refused, whatever they lead to, and files of more than bytes_max are.
    """

    folder: Path
    bytes_max: int

    async def list(self) -> Sequence[ModelKey]:
        """Return the versions that lie there, in order."""
        return await asyncio.to_thread(lambda: sorted(set(self._found())))

    async def read(self, key: ModelKey) -> bytes | None:
        """Return a model's file, None when there is none; raises ModelRefused."""
        return await asyncio.to_thread(self._read, key)

    def path_of(self, key: ModelKey) -> Path:
        """Return where a version lies, or would."""
        plain = self.folder / f"{key.name}{SUFFIX}"
        versioned = self.folder / key.name / key.version / FILE
        return plain if key.version == UNVERSIONED and not versioned.exists() else versioned

    def _found(self) -> Iterator[ModelKey]:
        for one in _entries(self.folder):
            with contextlib.suppress(InvalidValue):
                if one.name.endswith(SUFFIX):
                    yield ModelKey(one.name.removesuffix(SUFFIX))
                    continue
                for version in _entries(one):
                    if os.path.lexists(version / FILE):
                        with contextlib.suppress(InvalidValue):
                            yield ModelKey(one.name, version.name)

    def _read(self, key: ModelKey) -> bytes | None:
        path = self.path_of(key)
        for one in (path, *path.parents):
            if one == self.folder:
                break
            if one.is_symlink():
                raise ModelRefused(f"{one.relative_to(self.folder)} is a link")
        try:
            # What it becomes between the look and the opening is refused as well.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise ModelRefused(f"cannot be read: {problem.strerror}") from None
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            os.close(descriptor)
            raise ModelRefused("is no file")
        with os.fdopen(descriptor, "rb") as file:
            if told.st_size > self.bytes_max:
                raise ModelRefused(f"has more than {self.bytes_max >> 20} MiB")
            return file.read(self.bytes_max)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
